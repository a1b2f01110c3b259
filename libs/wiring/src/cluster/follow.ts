import { basename, resolve } from 'node:path';
import type { LoadedConfig } from '../config.ts';
import { watchFiles } from '../watch-files.ts';

export interface Following {
  readonly loaded: LoadedConfig;
  /** Sees what others recorded. */
  readonly act: () => Promise<void>;
  /** The configuration or a policy changed on disk. */
  readonly onFiles: () => Promise<void>;
  readonly onFailure: (error: unknown) => void;
  /** Milliseconds between two looks at the record. */
  readonly everyMs?: number;
}

/**
 * Follows the record and the files of the configuration: one look at a time, until stopped.
 *
 * @returns how to stop
 */
export function follow({ loaded, act, onFiles, onFailure, everyMs = 250 }: Following): () => void {
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  const look = async (): Promise<void> => {
    await act().catch(onFailure);
    if (!stopped) timer = setTimeout(() => void look(), everyMs).unref();
  };
  void look();
  const stopWatching = watchFiles(
    [loaded.directory, resolve(loaded.directory, loaded.config.policies)],
    (name) => name === basename(loaded.file) || name.endsWith('.cedar'),
    () => void onFiles().catch(onFailure),
  );
  return () => {
    stopped = true;
    clearTimeout(timer);
    stopWatching();
  };
}
