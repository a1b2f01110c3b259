/** How long an answer is good for everybody who asks. */
const GOOD_MS = 1_000;

/**
 * Makes an answer once for all who ask while it is made, and within a second after that: what anybody may ask for as often
 * as they like must not cost as much each time. A failure is told to those who wait, and not kept.
 *
 * @param now monotonic, milliseconds
 */
export function shareAnswer<T>(make: () => Promise<T>, now: () => number = () => performance.now()): () => Promise<T> {
  let shared: Promise<T> | null = null;
  let goodUntil = Infinity;

  function makeOne(): Promise<T> {
    goodUntil = Infinity;
    const made = make();
    made.then(
      () => (goodUntil = now() + GOOD_MS),
      () => (shared = null),
    );
    return made;
  }

  return function ask() {
    if (shared === null || now() >= goodUntil) shared = makeOne();
    return shared;
  };
}
