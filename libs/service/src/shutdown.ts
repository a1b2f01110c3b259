import { counted, LATE, within } from '@sallyport/base';
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
  /** The calls that are waited for, by name. */
  readonly waitsFor: () => readonly string[];
  /** Milliseconds for each step; one that takes longer is left behind, and said so. */
  readonly stepMs: number;
}

/**
 * Runs the drain hooks in order, closes the server, then runs the release hooks in order. A hook that fails or hangs
 * does not keep the others from running.
 *
 * @returns false when a step failed or took too long
 */
export async function shutDown({ hooks, closeServer, ...parts }: ShutdownParts): Promise<boolean> {
  const drains = hooks.filter(({ stage = 'drain' }) => stage === 'drain');
  const releases = hooks.filter(({ stage }) => stage === 'release');
  let clean = true;
  for (const hook of [...drains, { name: 'server', run: closeServer }, ...releases]) {
    clean = (await finish(hook, parts)) && clean;
  }
  return clean;
}

async function finish(
  { name, run }: ShutdownHook,
  { logger, waitsFor, stepMs }: Pick<ShutdownParts, 'logger' | 'waitsFor' | 'stepMs'>,
): Promise<boolean> {
  try {
    if ((await within(Promise.resolve().then(run), stepMs)) !== LATE) return true;
    const left = named(waitsFor());
    logger.warn(`not finished within ${stepMs / 1000} s, so it is left behind`, { step: name, ...(left && { left }) });
    return false;
  } catch (error) {
    logger.error('shutdown step failed', { step: name, error });
    return false;
  }
}

/** More are counted. */
const MOST_NAMED = 5;

/** `waits up to 15 s for 1 call: files/slow` */
export function waitsText(calls: readonly string[], stepMs: number): string {
  const what = calls.length === 0 ? 'what is under way' : `${counted(calls.length, 'call')}: ${named(calls)}`;
  return `waits up to ${stepMs / 1000} s for ${what}`;
}

function named(calls: readonly string[]): string {
  const more = calls.length - MOST_NAMED;
  return calls.slice(0, MOST_NAMED).join(', ') + (more > 0 ? ` and ${more} more` : '');
}
