/** Keeps callers from waiting, one after the other, for a store that does not answer. */
export interface Breaker {
  /** Says whether the store is taken to be away. */
  readonly isOpen: boolean;
  /** The store did not answer: nobody asks it any more until a probe has found it again. */
  trip(): void;
  close(): void;
}

export interface BreakerOptions {
  /** Asks the store; rejects where it does not answer. Must settle by itself. */
  probe(): Promise<unknown>;
  /** Milliseconds between the end of a probe and the next. */
  readonly everyMs: number;
  /** Told once when it trips and once when the store is back. */
  onChange?(isOpen: boolean): void;
}

/** The first probe follows at once, so that one slow answer costs little; no caller is used as a probe. */
export function createBreaker({ probe, everyMs, onChange = () => undefined }: BreakerOptions): Breaker {
  let isOpen = false;
  let isClosed = false;
  let timer: NodeJS.Timeout | undefined;

  async function ask(): Promise<void> {
    const isBack = await probe().then(
      () => true,
      () => false,
    );
    if (isClosed) return;
    if (isBack) {
      isOpen = false;
      onChange(false);
      return;
    }
    timer = setTimeout(() => void ask(), everyMs).unref();
  }

  return {
    get isOpen() {
      return isOpen;
    },
    trip() {
      if (isOpen || isClosed) return;
      isOpen = true;
      onChange(true);
      void ask();
    },
    close() {
      isClosed = true;
      clearTimeout(timer);
    },
  };
}
