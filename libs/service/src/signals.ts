import type { EventEmitter } from 'node:events';
import { beside } from '@sallyport/base';
import type { Logger } from './logging/logger.ts';

export interface SignalParts {
  readonly stop: () => Promise<boolean>;
  readonly logger: Logger;
  /** Says what a stop waits for now, and for how long. */
  readonly waits: () => string;
  /** The process, or a stand-in. */
  readonly source?: Pick<EventEmitter, 'on' | 'off'>;
  readonly exit?: (code: number) => void;
}

const signals = ['SIGINT', 'SIGTERM'] as const;
/** What a shell reports for a program that Ctrl-C ended. */
const FORCED = 130;

/**
 * The first SIGINT or SIGTERM stops the service and then ends the process (0, or 1 when something was left behind); a
 * second one ends it at once.
 *
 * @returns stops listening
 */
export function onSignals({
  stop,
  logger,
  waits,
  source = process,
  exit = (code) => process.exit(code),
}: SignalParts): () => void {
  let stopping = false;

  function received(): void {
    if (stopping) return exit(FORCED);
    stopping = true;
    logger.info(`stopping: ${waits()}; Ctrl-C again ends at once`);
    beside(
      async () => exit((await stop()) ? 0 : 1),
      (why) => {
        logger.error(`could not stop: ${why}`);
        exit(1);
      },
    );
  }

  for (const signal of signals) source.on(signal, received);
  return () => signals.forEach((signal) => source.off(signal, received));
}
