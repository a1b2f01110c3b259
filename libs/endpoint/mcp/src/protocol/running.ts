/** Requests that run, so that `notifications/cancelled` finds them. */
export interface Running {
  readonly size: number;
  /** False where a request of that id runs, and there may be no second. 1 and "1" are different ids. */
  enter(id: unknown, controller: AbortController): boolean;
  leave(id: unknown, controller: AbortController): void;
  /** False where none of that id runs here. */
  cancel(id: unknown): boolean;
  cancelAll(): void;
}

/**
 * @param shared for several clients that can't be told apart: each has an id 1, and a cancellation counts only where it
 *   can mean one request
 */
export function createRunning({ shared = false } = {}): Running {
  const controllers = new Map<string, AbortController[]>();
  const keyOf = (id: unknown): string => `${typeof id}:${String(id)}`;

  function enter(id: unknown, controller: AbortController): boolean {
    const same = controllers.get(keyOf(id));
    if (same === undefined) controllers.set(keyOf(id), [controller]);
    else if (shared) same.push(controller);
    return same === undefined || shared;
  }

  function leave(id: unknown, controller: AbortController): void {
    const left = controllers.get(keyOf(id))?.filter((one) => one !== controller) ?? [];
    if (left.length === 0) controllers.delete(keyOf(id));
    else controllers.set(keyOf(id), left);
  }

  return {
    get size() {
      return controllers.size;
    },
    enter,
    leave,
    cancel(id) {
      const [only, second] = controllers.get(keyOf(id)) ?? [];
      if (second === undefined) only?.abort();
      return only !== undefined;
    },
    cancelAll() {
      for (const controller of [...controllers.values()].flat()) controller.abort();
    },
  };
}
