import { createRequire } from 'node:module';

/** The part of the library's queue of requests that is corrected. */
export interface RequestQueue {
  readonly pending: readonly unknown[];
  /** Milliseconds since 1970 until which the broker wants quiet. */
  readonly throttledUntil: number;
  scheduleCheckPendingRequests(): void;
}

const guarded = new WeakSet<object>();

/**
 * Stops the library's idle queue from arming a timer of a millisecond for ever, which costs 2 % of a core for each
 * connection: with nothing waiting and no throttling there is nothing to look after.
 *
 * @see https://github.com/tulios/kafkajs/issues/1751
 * @returns The queue's prototype, corrected once however often this is called.
 */
export function guardIdleQueue(): RequestQueue {
  const library: { prototype: RequestQueue } = createRequire(import.meta.url)('kafkajs/src/network/requestQueue');
  const { prototype } = library;
  if (guarded.has(prototype)) return prototype;
  guarded.add(prototype);
  const original = prototype.scheduleCheckPendingRequests;
  prototype.scheduleCheckPendingRequests = function scheduleUnlessIdle() {
    if (this.pending.length === 0 && this.throttledUntil <= Date.now()) return;
    original.call(this);
  };
  return prototype;
}
