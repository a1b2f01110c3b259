/** Runs the acts of one key one after the other. An act hears whether it had to wait for another. */
export type Line = <T>(key: string, act: (waited: boolean) => Promise<T>) => Promise<T>;

/** Makes lines that are forgotten when nobody stands in them. */
export function createLines(): Line {
  const last = new Map<string, Promise<unknown>>();
  return async function next(key, act) {
    const before = last.get(key);
    const turn = before === undefined ? act(false) : before.then(() => act(true));
    const ended = turn.catch(() => undefined);
    last.set(key, ended);
    try {
      return await turn;
    } finally {
      if (last.get(key) === ended) last.delete(key);
    }
  };
}
