/** So many places for each key. Nobody waits for one: who finds none is turned away. */
export interface Places {
  /** Takes one, or so many at once: a function that gives them back, or null where the key has fewer left. */
  take(key: string, count?: number): (() => void) | null;
}

/** @param perKey how many, or what says it each time */
export function createPlaces(perKey: number | (() => number)): Places {
  const taken = new Map<string, number>();

  function take(key: string, count = 1): (() => void) | null {
    const before = taken.get(key) ?? 0;
    if (before + count > (typeof perKey === 'number' ? perKey : perKey())) return null;
    taken.set(key, before + count);
    let isTaken = true;
    return function giveBack() {
      if (!isTaken) return;
      isTaken = false;
      const left = (taken.get(key) ?? count) - count;
      if (left === 0) taken.delete(key);
      else taken.set(key, left);
    };
  }

  return { take };
}
