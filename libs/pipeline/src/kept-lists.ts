import { BoundedMap } from '@sallyport/base';

/** A list as JSON text, and what it was made of. */
export interface KeptList {
  readonly version: string;
  readonly text: string;
}

/** Lists that were made a moment ago, by whose they are. */
export interface KeptLists {
  get(key: string): KeptList | undefined;
  set(key: string, list: KeptList): void;
}

/**
 * Keeps no more than so many lists, and no more than so many characters of them: a server may list megabytes, and each subject has a
 * list of their own. The oldest leave first.
 */
export function createKeptLists(most: number, mostCharacters: number): KeptLists {
  let characters = 0;
  const kept = new BoundedMap<string, KeptList>(most, ({ text }) => void (characters -= text.length));

  function forget(key: string): void {
    characters -= kept.get(key)?.text.length ?? 0;
    kept.delete(key);
  }

  return {
    get: (key) => kept.get(key),
    set(key, list) {
      forget(key);
      characters += list.text.length;
      kept.set(key, list);
      for (const oldest of kept.keys()) {
        if (characters <= mostCharacters) return;
        forget(oldest);
      }
    },
  };
}
