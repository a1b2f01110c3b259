/** A sleep that another part of the program can end early. */
export interface WakeSignal {
  /**
   * Resolves after `ms`, or as soon as it is woken; at once where it was woken since the last sleep.
   *
   * @returns whether it was woken
   */
  sleep(ms: number): Promise<boolean>;
  /** Resolves after `ms`, even if it is woken; only `close` ends it early. */
  rest(ms: number): Promise<void>;
  ring(): void;
  /** Ends the sleep and every later one. */
  close(): void;
}

/** A signal with one sleeper. */
export function createWakeSignal(): WakeSignal {
  let woken = false;
  let closed = false;
  let deaf = false;
  let end: (() => void) | null = null;

  function wait(ms: number): Promise<void> {
    if (closed) return Promise.resolve();
    return new Promise((done) => {
      const timer = setTimeout(() => end?.(), ms);
      end = () => {
        clearTimeout(timer);
        end = null;
        done();
      };
    });
  }

  return {
    async sleep(ms) {
      if (!woken) await wait(ms);
      const was = woken;
      woken = false;
      return was;
    },
    async rest(ms) {
      deaf = true;
      await wait(ms);
      deaf = false;
    },
    ring() {
      woken = true;
      if (!deaf) end?.();
    },
    close() {
      closed = true;
      end?.();
    },
  };
}
