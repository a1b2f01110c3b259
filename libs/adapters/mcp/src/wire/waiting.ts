import type { UpstreamFailure } from '@sallyport/contracts';

/** Why a wait ended before what was waited for. */
export class WaitEnded extends Error {
  readonly code = 'wait_ended';
  readonly reason: UpstreamFailure;

  constructor(reason: UpstreamFailure) {
    super(reason === 'cancelled' ? 'cancelled while waiting' : 'timed out while waiting');
    this.reason = reason;
  }
}

/**
 * Waits for a promise that others may share, at most `timeoutMs` milliseconds and until `signal` aborts.
 * Throws `WaitEnded`, or what the promise rejects with.
 */
export function waitFor<T>(promise: Promise<T>, signal: AbortSignal, timeoutMs: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => end('upstream_timeout'), timeoutMs);
    const onAbort = (): void => end('cancelled');
    function release(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    }
    function end(reason: UpstreamFailure): void {
      release();
      reject(new WaitEnded(reason));
    }
    promise.finally(release).then(resolve, reject);
    if (signal.aborted) end('cancelled');
    else signal.addEventListener('abort', onAbort, { once: true });
  });
}
