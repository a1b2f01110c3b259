import type { Clock, Outcome, ResourceListener } from '@sallyport/contracts';
import { throttle } from '@sallyport/base';

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
const FIRST_PAUSE_MS = 500;
const MAX_PAUSE_MS = 60_000;

/**
 * Stands between an upstream and the client that is subscribed to a resource of it. What the upstream tells is passed on only while the
 * subject may read the resource; else the subscription ends. One that the upstream has lost is made again with growing pauses, and
 * then counts as updated, since something may have been missed.
 */
export function createKeptListener({ clock, client, refusal, again }: KeptListenerParts): ResourceListener {
  const { signal } = client;

  async function tell(): Promise<void> {
    const why = signal.aborted ? null : await refusal().catch(() => UNJUDGED);
    if (signal.aborted) return;
    if (why === null) client.updated();
    else client.ended(why);
  }

  function renewIn(pause: number): void {
    setTimeout(() => void renew(pause), pause).unref();
  }

  async function renew(pause: number): Promise<void> {
    if (signal.aborted) return;
    const outcome = await again(listener);
    if (outcome.kind === 'result') listener.updated();
    else if (outcome.kind === 'error') client.ended('The server has lost the subscription and refuses another.');
    else renewIn(Math.min(MAX_PAUSE_MS, 2 * pause));
  }

  const listener: ResourceListener = {
    signal,
    updated: throttle(tell, clock, tellPauses),
    ended: () => renewIn(FIRST_PAUSE_MS),
  };
  return listener;
}

const UNJUDGED = 'Whether you may read the resource could not be judged.';
