import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { KafkaClient } from '../src/index.ts';

const main = fileURLToPath(new URL('./victim.main.ts', import.meta.url));

export interface VictimOptions {
  readonly client: KafkaClient;
  readonly brokers: readonly string[];
  readonly topic: string;
  readonly group: string;
}

/** A process to be killed; what it took, as text. */
export interface Victim {
  taken(): readonly string[];
  kill(): Promise<void>;
}

/** Starts a process that takes messages and never finishes one. Resolves when it has its partitions. */
export async function startVictim(options: VictimOptions): Promise<Victim> {
  const execArgv = ['--conditions=@sallyport/source', '--disable-warning=ExperimentalWarning'];
  const child = fork(main, [JSON.stringify(options)], { execArgv, stdio: 'inherit' });
  const taken: string[] = [];
  await new Promise<void>((resolve, reject) => {
    child.on('message', (said) => (said === 'ready' ? resolve() : taken.push(String(said))));
    child.on('exit', () => reject(new Error('the victim died by itself')));
  });
  return {
    taken: () => taken,
    async kill() {
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    },
  };
}
