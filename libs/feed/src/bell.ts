/** A sleep that another part of the program can end early. */
export interface Bell {
  /** Resolves after `ms`, or as soon as it is rung; at once where it was rung since the last sleep. */
  sleep(ms: number): Promise<void>;
  /** Resolves after `ms`, whoever rings; only `close` ends it early. */
  rest(ms: number): Promise<void>;
  ring(): void;
  /** Ends the sleep and every later one. */
  close(): void;
}

/** A bell with one sleeper. */
export function createBell(): Bell {
  let rung = false;
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
      if (!rung) await wait(ms);
      rung = false;
    },
    async rest(ms) {
      deaf = true;
      await wait(ms);
      deaf = false;
    },
    ring() {
      rung = true;
      if (!deaf) end?.();
    },
    close() {
      closed = true;
      end?.();
    },
  };
}
