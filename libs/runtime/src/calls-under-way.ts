import type { Upstream } from '@sallyport/contracts';

/** An upstream that knows how many of its calls run. */
export interface CountedUpstream {
  readonly upstream: Upstream;
  /** Resolves when no call is under way. */
  idle(): Promise<void>;
}

/** Counts the calls of an upstream, so that one that was configured again is ended after them, not under them. */
export function countCalls(inner: Required<Upstream>): CountedUpstream {
  let running = 0;
  let waiting: (() => void)[] = [];

  function ended(): void {
    running -= 1;
    if (running > 0) return;
    for (const resolve of waiting) resolve();
    waiting = [];
  }

  const upstream: Upstream = {
    id: inner.id,
    send(call, options) {
      running += 1;
      return inner.send(call, options).finally(ended);
    },
    list: (kind) => inner.list(kind),
    instructions: () => inner.instructions(),
    capabilities: () => inner.capabilities(),
    onChanged: (listener) => inner.onChanged(listener),
    signIn: inner.signIn,
    state: () => inner.state(),
    usage: () => inner.usage(),
    endTenant: (tenant) => inner.endTenant(tenant),
    endSession: (session) => inner.endSession(session),
    close: () => inner.close(),
  };
  return {
    upstream,
    idle: () => (running === 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))),
  };
}
