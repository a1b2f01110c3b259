/**
 * Catches up again and again.
 *
 * @param everyMs milliseconds between the end of a reading and the next
 * @param onIncident told once for each stretch of readings that fail
 * @returns how to stop
 */
export function follow(
  catchUp: () => Promise<void>,
  everyMs: number,
  onIncident: (error: unknown) => void,
): () => void {
  let stopped = false;
  let failing = false;
  let timer: NodeJS.Timeout | undefined;
  const again = (): void => {
    if (!stopped) timer = setTimeout(() => void once(), everyMs).unref();
  };
  const once = (): Promise<void> =>
    catchUp()
      .then(
        () => (failing = false),
        (error: unknown) => {
          if (!failing && !stopped) onIncident(error);
          failing = true;
        },
      )
      .then(again);
  again();
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}
