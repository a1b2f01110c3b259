/** Runs one act after the other: one that is asked for during another begins after it, however that ends. */
export function serialize(): <T>(act: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return function next(act) {
    const turn = last.then(act, act);
    last = turn;
    return turn;
  };
}
