/** Instead of a result: the time was over first. */
export const LATE = Symbol('late');

/**
 * Waits for work no longer than `ms` milliseconds; the work itself goes on. A process that was held up itself first reads
 * what has come meanwhile: timers run before sockets, so that a plain timer would take its own delay for the other's.
 *
 * @returns what the work gives, or LATE
 * @throws what the work throws in time; a failure that comes later is dropped
 */
export function within<Value>(work: Promise<Value>, ms: number): Promise<Value | typeof LATE> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => setImmediate(resolve, LATE), ms);
    const settled = (): void => clearTimeout(timer);
    work.then(settled, settled);
    work.then(resolve, reject);
  });
}
