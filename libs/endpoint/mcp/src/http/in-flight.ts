/** Counts what runs, and lets a shutdown wait for it. */
export interface InFlight {
  readonly draining: boolean;
  readonly count: number;
  enter(): void;
  leave(): void;
  /** Lets nothing new in; resolves when nothing runs. */
  drain(): Promise<void>;
}

export function createInFlight(): InFlight {
  let count = 0;
  let draining = false;
  const waiting: (() => void)[] = [];

  return {
    get draining() {
      return draining;
    },
    get count() {
      return count;
    },
    enter() {
      count++;
    },
    leave() {
      count--;
      if (count === 0 && draining) for (const resolve of waiting.splice(0)) resolve();
    },
    drain() {
      draining = true;
      return count === 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve));
    },
  };
}
