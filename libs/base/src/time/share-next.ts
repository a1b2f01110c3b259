/**
 * Runs an act one at a time. All who ask during a run share the next one: the run that began before may not see what
 * they ask for.
 *
 * @returns asks for a run; settles as that run does
 */
export function shareNext<T>(act: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | null = null;
  let next: Promise<T> | null = null;

  function begin(): Promise<T> {
    next = null;
    running = act().finally(() => (running = null));
    return running;
  }

  return function ask() {
    if (next !== null) return next;
    if (running === null) return begin();
    next = running.then(begin, begin);
    return next;
  };
}
