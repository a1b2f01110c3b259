import type { Clock, Outcome, ResourceListener } from '@sallyport/contracts';
import { Backoff, throttle } from '@sallyport/base';

export interface KeptListenerParts {
  readonly clock: Pick<Clock, 'monotonic'>;
  /** The client that is subscribed. */
  readonly client: ResourceListener;
  /** Why its subject may read the resource no more, for the client; null while they may. */
  readonly refusal: () => Promise<string | null>;
  /** Subscribes once more at the upstream. Never throws. */
  readonly again: (listener: ResourceListener) => Promise<Outcome>;
}

/** A server that says without end that a resource has changed is not passed on without end. */
const tellPauses = { leastMs: 100, mostMs: 5_000 };
const renewPauses = { firstMs: 500, maxMs: 60_000 };

/**
 * Stands between an upstream and the client that is subscribed to a resource of it. What the upstream tells is passed on only while the
 * subject may read the resource; else the subscription ends. One that the upstream has lost is made again with growing pauses, and
 * then counts as updated, since something may have been missed.
 */
export function createKeptListener({ clock, client, refusal, again }: KeptListenerParts): ResourceListener {
  const { signal } = client;
  const pauses = new Backoff(clock, renewPauses);

  async function tell(): Promise<void> {
    const why = signal.aborted ? null : await refusal().catch(() => UNJUDGED);
    if (signal.aborted) return;
    if (why === null) client.updated();
    else client.ended(why);
  }

  function renewLater(): void {
    setTimeout(() => void renew(), pauses.down()).unref();
  }

  async function renew(): Promise<void> {
    if (signal.aborted) return;
    const outcome = await again(listener);
    if (outcome.kind === 'error') return client.ended('The server has lost the subscription and refuses another.');
    if (outcome.kind !== 'result') return renewLater();
    pauses.up();
    listener.updated();
  }

  const listener: ResourceListener = {
    signal,
    updated: throttle(tell, clock, tellPauses),
    ended: renewLater,
  };
  return listener;
}

const UNJUDGED = 'Whether you may read the resource could not be judged.';
