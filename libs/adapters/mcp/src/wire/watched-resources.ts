import type { JsonObject, Outcome, ResourceListener } from '@sallyport/contracts';
import { isObject } from '@sallyport/base';
import { failed } from './read-outcome.ts';

export type SubscriptionMethod = 'resources/subscribe' | 'resources/unsubscribe';

/** The resources that one session or program of a server with a handshake tells of. */
export class WatchedResources {
  readonly #ask: (method: SubscriptionMethod, uri: string) => Promise<Outcome>;
  readonly #listeners = new Map<string, ResourceListener>();
  /** The last request about each: the next one waits for it, so that they arrive in this order. */
  readonly #last = new Map<string, Promise<Outcome>>();

  /** @param ask sends a request; never rejects */
  constructor(ask: (method: SubscriptionMethod, uri: string) => Promise<Outcome>) {
    this.#ask = ask;
  }

  get size(): number {
    return this.#listeners.size;
  }

  /** Subscribes until the signal of the listener aborts. */
  async watch(uri: string, listener: ResourceListener): Promise<Outcome> {
    this.#listeners.set(uri, listener);
    const forget = (): boolean => this.#listeners.get(uri) === listener && this.#listeners.delete(uri);
    listener.signal.addEventListener('abort', () => {
      if (forget()) void this.#inTurn('resources/unsubscribe', uri);
    });
    const outcome = await this.#inTurn('resources/subscribe', uri);
    if (outcome.kind !== 'result') forget();
    return outcome;
  }

  /** Takes a notification of the server: whom it concerns is told. */
  take(message: JsonObject): void {
    for (const [uri, listener] of this.#listeners) if (isUpdateOf(message, uri)) listener.updated();
  }

  /** The session is gone, and with it what it told of. */
  end(why: string): void {
    const listeners = [...this.#listeners.values()];
    this.#listeners.clear();
    for (const listener of listeners) listener.ended(why);
  }

  #inTurn(method: SubscriptionMethod, uri: string): Promise<Outcome> {
    const turn = (this.#last.get(uri) ?? Promise.resolve()).then(() => this.#ask(method, uri));
    this.#last.set(uri, turn);
    void turn.then(() => this.#last.get(uri) === turn && this.#last.delete(uri));
    return turn;
  }
}

/**
 * Whether a notification says that a resource has changed, or one below it: "this might be a sub-resource of the one that the client
 * actually subscribed to" (2025-11-25, schema).
 */
export function isUpdateOf({ method, params }: JsonObject, watched: string): boolean {
  const uri = method === 'notifications/resources/updated' && isObject(params) ? params['uri'] : undefined;
  if (typeof uri !== 'string') return false;
  return uri === watched || uri.startsWith(watched.endsWith('/') ? watched : `${watched}/`);
}

/** Whether a server declares that it tells of changes of single resources. */
export function tellsOfResources({ resources }: JsonObject): boolean {
  return isObject(resources) && resources['subscribe'] === true;
}

/** The outcome of a subscription at any other server. */
export const noSubscriptions = failed(
  'upstream_no_subscriptions',
  false,
  'the server declares no `resources.subscribe`',
);

const ACKNOWLEDGED = 'notifications/subscriptions/acknowledged';

/** Whether the acknowledgement of `subscriptions/listen` says that the resource is told of (2026-07-28). */
export function acknowledges({ method, params }: JsonObject, uri: string): boolean {
  if (method !== ACKNOWLEDGED || !isObject(params)) return false;
  const { notifications } = params;
  const uris = isObject(notifications) ? notifications['resourceSubscriptions'] : undefined;
  return Array.isArray(uris) && uris.includes(uri);
}
