/** So many places for each key. Nobody waits for one: who finds none is turned away. */
export interface Places {
  /** Takes one: a function that gives it back, or null where the key has none left. */
  take(key: string): (() => void) | null;
}

export function createPlaces(perKey: number): Places {
  const taken = new Map<string, number>();

  function take(key: string): (() => void) | null {
    const count = taken.get(key) ?? 0;
    if (count >= perKey) return null;
    taken.set(key, count + 1);
    let isTaken = true;
    return function giveBack() {
      if (!isTaken) return;
      isTaken = false;
      const left = (taken.get(key) ?? 1) - 1;
      if (left === 0) taken.delete(key);
      else taken.set(key, left);
    };
  }

  return { take };
}
