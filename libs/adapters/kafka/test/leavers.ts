import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { KafkaClient } from '../src/index.ts';

const main = fileURLToPath(new URL('./leavers.main.ts', import.meta.url));
const endMs = 5_000;

export interface LeaversOptions {
  readonly client: KafkaClient;
  readonly brokers: readonly string[];
  /** One for each group. */
  readonly topics: readonly string[];
}

/** Whether a process whose members have left their groups ends by itself, soon after it said so. */
export async function leaversEnd(options: LeaversOptions): Promise<boolean> {
  const execArgv = ['--conditions=@sallyport/source', '--disable-warning=ExperimentalWarning'];
  const child = fork(main, [JSON.stringify(options)], { execArgv, stdio: 'inherit' });
  const ended = once(child, 'exit');
  await Promise.race([once(child, 'disconnect'), ended]);
  const late = setTimeout(() => child.kill('SIGKILL'), endMs);
  const [code] = await ended;
  clearTimeout(late);
  return code === 0;
}
