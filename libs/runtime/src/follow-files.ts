import type { Digest, Observer } from '@sallyport/contracts';
import { guards, sameSettings, settingsOf } from '@sallyport/guards';
import type { Logger } from '@sallyport/service';
import { repeat, serialize } from '@sallyport/base';
import { type FileProblem, loadConfig, type LoadedConfig, watchFiles } from '@sallyport/config';
import { notReloaded } from './faults.ts';
import { systemClock } from './system.ts';

export interface Following {
  readonly loaded: LoadedConfig;
  /** Where a configuration that changed on disk is taken. */
  readonly runtime: {
    /** Resolves with why it could not be taken; the last good one stays then. */
    take(loaded: LoadedConfig): Promise<readonly FileProblem[]>;
    /** Notes why files could not even be tried. */
    reject(problems: readonly FileProblem[]): void;
  };
  /** Sees what others recorded, or does what is due. */
  readonly act: () => Promise<void>;
  /** Milliseconds between two of them. */
  readonly everyMs?: number;
  readonly logger: Logger;
  readonly observer: Observer;
}

export interface Followed {
  /** What guards are configured with in this process, by their ids. */
  settings(): Readonly<Record<string, Digest>>;
  /** Takes the files as they are now, whatever they change. */
  reload(): Promise<readonly FileProblem[]>;
  /** The same for a call that names a configuration which is not here, not more often than is of use. Never throws. */
  refresh(): Promise<void>;
  stop(): void;
}

const refreshMs = 1_000;

/**
 * Follows the record, one look at a time, and the files of the configuration and its policies. A bad edit is told, and
 * the last good one stays. A configuration that guards are made from is taken when the first call of a gateway that has
 * it comes: before, its gateway may still refuse it, and no call would find a station that agrees.
 */
export function followFiles({ loaded, runtime, act, everyMs = 500, logger, observer }: Following): Followed {
  const turn = serialize();
  let taken = loaded;
  let settings = settingsOf(guards, loaded.config);
  let refreshing = Promise.resolve();
  let refreshedAt = Number.NEGATIVE_INFINITY;
  const failed = (error: unknown): void => observer.incident('follow_failed', String(error));

  function refused(problems: readonly FileProblem[]): readonly FileProblem[] {
    logger.error(notReloaded(problems));
    return problems;
  }

  async function read(choose: (next: LoadedConfig) => LoadedConfig): Promise<readonly FileProblem[]> {
    const answer = await loadConfig(loaded.file);
    if (!answer.ok) {
      runtime.reject(answer.problems);
      return refused(answer.problems);
    }
    const chosen = choose(answer.loaded);
    const problems = await runtime.take(chosen);
    if (problems.length > 0) return refused(problems);
    taken = chosen;
    settings = settingsOf(guards, chosen.config);
    return [];
  }

  const reload = (): Promise<readonly FileProblem[]> => turn(() => read((next) => next));
  const alike = ({ config }: LoadedConfig): boolean => sameSettings(settingsOf(guards, config), settings);

  const stopLooking = repeat(
    () => act().catch(failed),
    () => everyMs,
    { atOnce: true },
  );
  const stopWatching = watchFiles(loaded, () =>
    turn(() => read((next) => (alike(next) ? next : taken))).then(() => undefined, failed),
  );
  return {
    settings: () => settings,
    reload,
    refresh() {
      const now = systemClock.monotonic();
      if (now - refreshedAt < refreshMs) return refreshing;
      refreshedAt = now;
      refreshing = reload().then(() => undefined, failed);
      return refreshing;
    },
    stop() {
      stopLooking();
      stopWatching();
    },
  };
}
