import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { KafkaClient } from '../src/index.ts';

const main = fileURLToPath(new URL('./traffic.main.ts', import.meta.url));

/** What became of the messages of a process that sent to itself. */
export interface TrafficReport {
  readonly sent: number;
  readonly acked: number;
  readonly failed: number;
  /** Acknowledged, and never given to the group or the inbox. */
  readonly lost: number;
  /** Given to the group more than once. */
  readonly doubled: number;
  /** Number of the message that was acknowledged last. */
  readonly lastAcked: number;
}

export interface TrafficOptions {
  readonly client: KafkaClient;
  readonly brokers: readonly string[];
  readonly topic: string;
}

/** Starts a process that sends to itself every 10 ms; `finish` rejects if it has died. */
export async function startTraffic(options: TrafficOptions): Promise<{ finish(): Promise<TrafficReport> }> {
  const execArgv = ['--conditions=@sallyport/source', '--disable-warning=ExperimentalWarning'];
  const child = fork(main, [JSON.stringify(options)], { execArgv, stdio: 'inherit' });
  const died = once(child, 'exit').then(([code]) => {
    throw new Error(`the process ended with ${code}`);
  });
  died.catch(() => undefined); // the wait below is told of it
  await Promise.race([once(child, 'message'), died]);
  return {
    async finish() {
      const said = once(child, 'message');
      const ended = once(child, 'exit');
      if (!child.connected) return died;
      child.send('finish');
      const [report] = await Promise.race([said, died]);
      await ended;
      return report;
    },
  };
}
