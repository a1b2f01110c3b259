import { type FSWatcher, watch } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { loadConfig, type LoadedConfig } from './load-config.ts';

/** Editors write a file in several steps; this long after the last one the change is taken. */
const quietMs = 150;
/** What Kubernetes swaps, instead of the files, when a mounted ConfigMap or Secret is another. */
const mounted = '..data';

/**
 * Calls `onChange` some time after the configuration, its users or one of its policies changed on disk. Where the
 * configuration then names other files, those are watched from then on, also when it was refused: they may be mended.
 *
 * @param onChange must not reject
 * @returns how to stop
 */
export function watchFiles(loaded: LoadedConfig, onChange: () => Promise<void>): () => void {
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let watchers = open(loaded);

  function open(now: LoadedConfig): readonly FSWatcher[] {
    const { folders, names } = placesOf(now);
    const later = (name: string | null): void => {
      if (name === null || !(names.has(name) || name.endsWith('.cedar'))) return;
      clearTimeout(timer);
      timer = setTimeout(() => void changed(), quietMs);
    };
    return [...folders].flatMap((folder) => watcherOf(folder, later));
  }

  /** Watched first and read then: what is edited in between is taken the next time. */
  async function changed(): Promise<void> {
    const answer = await loadConfig(loaded.file);
    if (stopped) return;
    if (answer.ok) {
      const before = watchers;
      watchers = open(answer.loaded);
      for (const watcher of before) watcher.close();
    }
    await onChange();
  }

  return () => {
    stopped = true;
    clearTimeout(timer);
    for (const watcher of watchers) watcher.close();
  };
}

/** Folders, not files: an editor that replaces a file would leave a watcher on the old one. */
function placesOf({ file, directory, config }: LoadedConfig): {
  readonly folders: ReadonlySet<string>;
  readonly names: ReadonlySet<string>;
} {
  const { development } = config.identity;
  const files = [file, ...(development === undefined ? [] : [resolve(directory, development.users)])];
  return {
    folders: new Set([...files.map((each) => dirname(each)), resolve(directory, config.policies)]),
    names: new Set([mounted, ...files.map((each) => basename(each))]),
  };
}

/** None for a folder that is not there: the code that loads the configuration reports it. */
function watcherOf(folder: string, heard: (name: string | null) => void): FSWatcher[] {
  try {
    const watcher = watch(folder, (_kind, name) => heard(name));
    watcher.on('error', () => watcher.close());
    return [watcher.unref()];
  } catch {
    return [];
  }
}
