/** No answer came in time. */
export class NoAnswer extends Error {
  readonly code = 'no_answer';
}

/**
 * Waits for work no longer than `ms`. A process that was held up itself first reads what has come meanwhile: timers run
 * before sockets, so that a plain timer would take its own delay for the store's.
 *
 * @throws NoAnswer, or what the work throws
 */
export function within<Value>(ms: number, work: Promise<Value>): Promise<Value> {
  return new Promise((resolve, reject) => {
    const late = () => reject(new NoAnswer(`no answer in ${ms} ms`));
    const timer = setTimeout(setImmediate, ms, late);
    work.then(
      (value) => {
        clearTimeout(timer);
        resolve(value);
      },
      (error: unknown) => {
        clearTimeout(timer);
        reject(error);
      },
    );
  });
}
