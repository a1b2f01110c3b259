import { LATE, within } from '@sallyport/base';
import type { Logger } from './logging/logger.ts';

/** Something to be finished before the process may end. */
export interface ShutdownHook {
  readonly name: string;
  /** `drain` runs while answers can still be sent (the default), `release` after the server has closed. */
  readonly stage?: 'drain' | 'release';
  run(): void | Promise<void>;
}

export interface ShutdownParts {
  readonly hooks: readonly ShutdownHook[];
  readonly closeServer: () => Promise<void>;
  readonly logger: Logger;
  /** Milliseconds for each step; one that takes longer is left behind, and said so. */
  readonly stepMs: number;
}

/**
 * Runs the drain hooks in order, closes the server, then runs the release hooks in order. A hook that fails or hangs
 * does not keep the others from running.
 *
 * @returns false when a step failed or took too long
 */
export async function shutDown({ hooks, closeServer, logger, stepMs }: ShutdownParts): Promise<boolean> {
  const drains = hooks.filter(({ stage = 'drain' }) => stage === 'drain');
  const releases = hooks.filter(({ stage }) => stage === 'release');
  let clean = true;
  for (const hook of [...drains, { name: 'server', run: closeServer }, ...releases]) {
    clean = (await finish(hook, { logger, stepMs })) && clean;
  }
  return clean;
}

async function finish(
  { name, run }: ShutdownHook,
  { logger, stepMs }: Pick<ShutdownParts, 'logger' | 'stepMs'>,
): Promise<boolean> {
  try {
    if ((await within(Promise.resolve().then(run), stepMs)) !== LATE) return true;
    throw new Error(`Not finished after ${stepMs} ms.`);
  } catch (error) {
    logger.error('shutdown step failed', { step: name, error });
    return false;
  }
}
