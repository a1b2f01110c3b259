import { type FSWatcher, watch } from 'node:fs';

/** Editors write a file in several steps; this long after the last one the change is taken. */
const quietMs = 150;

/**
 * Calls `onChange` some time after something changed in one of the folders. Folders, not files: an editor that replaces
 * a file would leave a watcher on the old one.
 *
 * @param interesting says of a file name whether it matters
 * @returns how to stop
 */
export function watchFiles(
  folders: readonly string[],
  interesting: (name: string) => boolean,
  onChange: () => void,
): () => void {
  let timer: NodeJS.Timeout | undefined;
  const watchers = [...new Set(folders)].map((folder): FSWatcher => {
    const watcher = watch(folder, (_kind, name) => {
      if (name === null || !interesting(name)) return;
      clearTimeout(timer);
      timer = setTimeout(onChange, quietMs);
    });
    watcher.on('error', () => watcher.close());
    return watcher.unref();
  });
  return () => {
    clearTimeout(timer);
    for (const watcher of watchers) watcher.close();
  };
}
