import { createRequire } from 'node:module';
import { guardIdleQueue, type RequestQueue } from './idle-guard.ts';

interface WholeQueue extends RequestQueue {
  pending: unknown[];
  throttledUntil: number;
  throttleCheckTimeoutId: NodeJS.Timeout | null;
  checkPendingRequests(): void;
  destroy(): void;
}

const Queue: new (options: object) => WholeQueue = createRequire(import.meta.url)('kafkajs/src/network/requestQueue');

describe('the guard of the idle queue', () => {
  const logger = { debug: () => undefined };
  let queue: WholeQueue;

  beforeEach(() => {
    guardIdleQueue();
    queue = new Queue({ maxInFlightRequests: 1, requestTimeout: 1_000, enforceRequestTimeout: false, logger });
  });

  afterEach(() => queue.destroy());

  it('arms no timer while nothing waits', () => {
    queue.checkPendingRequests();
    expect(queue.throttleCheckTimeoutId).toBeNull();
  });

  it('arms one while the broker wants quiet', () => {
    queue.throttledUntil = Date.now() + 60_000;
    queue.checkPendingRequests();
    expect(queue.throttleCheckTimeoutId).not.toBeNull();
  });

  it('arms one while a request waits', () => {
    queue.pending.push({});
    queue.scheduleCheckPendingRequests();
    expect(queue.throttleCheckTimeoutId).not.toBeNull();
  });

  it('corrects the library’s own prototype, once', () => {
    const once = guardIdleQueue().scheduleCheckPendingRequests;
    expect(guardIdleQueue()).toBe(Queue.prototype);
    expect(Queue.prototype.scheduleCheckPendingRequests).toBe(once);
  });
});
