import type { Observer } from '@sallyport/contracts';
import type { Logger } from '@sallyport/service';
import { loadConfig, type LoadedConfig } from '../config.ts';
import { problemText } from '../config-problems.ts';
import { inTurn } from '../in-turn.ts';
import { watchFiles } from '../watch-files.ts';

export interface Following {
  readonly loaded: LoadedConfig;
  /** Where a configuration that changed on disk is taken. */
  readonly room: { take(loaded: LoadedConfig): Promise<void> };
  /** Sees what others recorded, or does what is due. */
  readonly act: () => Promise<void>;
  /** Milliseconds between two of them. */
  readonly everyMs?: number;
  readonly logger: Logger;
  readonly observer: Observer;
}

/**
 * Follows the record, one look at a time, and the files of the configuration and its policies. A bad edit is told, and
 * the last good one stays.
 *
 * @returns how to stop
 */
export function followFiles({ loaded, room, act, everyMs = 500, logger, observer }: Following): () => void {
  const turn = inTurn();
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  const failed = (error: unknown): void => observer.trouble('follow_failed', String(error));

  async function look(): Promise<void> {
    await act().catch(failed);
    if (!stopped) timer = setTimeout(() => void look(), everyMs).unref();
  }

  async function reload(): Promise<void> {
    const answer = await loadConfig(loaded.file);
    if (answer.ok) return room.take(answer.loaded);
    logger.error(`The last good configuration stays.\n${answer.problems.map(problemText).join('\n')}`);
  }

  void look();
  const stopWatching = watchFiles(loaded, () => turn(reload).catch(failed));
  return () => {
    stopped = true;
    clearTimeout(timer);
    stopWatching();
  };
}
