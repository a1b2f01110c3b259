/**
 * Runs an act again and again, one run at a time. Keeps no process alive.
 *
 * @param act must not reject
 * @param pauseMs milliseconds from the end of one run to the next, asked each time
 * @param options.atOnce true where the first run does not wait
 * @returns how to stop; a run that is under way ends by itself
 */
export function repeat(act: () => Promise<void>, pauseMs: () => number, { atOnce = false } = {}): () => void {
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;

  function rest(): void {
    if (!stopped) timer = setTimeout(() => void run(), pauseMs()).unref();
  }

  async function run(): Promise<void> {
    await act();
    rest();
  }

  if (atOnce) void run();
  else rest();
  return function stop() {
    stopped = true;
    clearTimeout(timer);
  };
}
