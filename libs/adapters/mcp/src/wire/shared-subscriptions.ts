import type { Outcome, ResourceListener } from '@sallyport/contracts';
import { failed } from './read-outcome.ts';

/** Makes one subscription at the server, which lasts until the signal aborts; answers what the server says to it. */
export type Subscribe = (listener: ResourceListener) => Promise<Outcome>;

interface Shared {
  readonly listeners: Set<ResourceListener>;
  readonly stop: AbortController;
  readonly answer: Promise<Outcome>;
}

/** Subscriptions by what shares them: however many listen, the server has one. It ends with the last of them. */
export class SharedSubscriptions {
  readonly #shared = new Map<string, Shared>();

  /** Adds a listener, and subscribes where it is the first. One that is refused is not kept. @throws what `subscribe` throws */
  async add(key: string, listener: ResourceListener, subscribe: Subscribe): Promise<Outcome> {
    if (listener.signal.aborted) return failed('cancelled', false, 'nobody listens any more');
    const shared = this.#shared.get(key) ?? this.#begin(key, subscribe);
    shared.listeners.add(listener);
    listener.signal.addEventListener('abort', () => this.#leave(key, shared, listener), { once: true });
    return shared.answer;
  }

  /** Ends all of them, each with why. */
  end(why: string): void {
    for (const [key, shared] of this.#shared) this.#end(key, shared, why);
  }

  #begin(key: string, subscribe: Subscribe): Shared {
    const stop = new AbortController();
    const listeners = new Set<ResourceListener>();
    const answer = Promise.resolve()
      .then(() =>
        subscribe({
          signal: stop.signal,
          updated: () => [...listeners].forEach((listener) => listener.updated()),
          ended: (why) => this.#end(key, shared, why),
        }),
      )
      .then(
        (outcome) => {
          if (outcome.kind !== 'result') this.#drop(key, shared);
          return outcome;
        },
        (error: unknown) => {
          this.#drop(key, shared);
          throw error;
        },
      );
    const shared: Shared = { listeners, stop, answer };
    this.#shared.set(key, shared);
    return shared;
  }

  #leave(key: string, shared: Shared, listener: ResourceListener): void {
    shared.listeners.delete(listener);
    if (shared.listeners.size === 0) this.#drop(key, shared);
  }

  #end(key: string, shared: Shared, why: string): void {
    const listeners = [...shared.listeners];
    this.#drop(key, shared);
    for (const listener of listeners) listener.ended(why);
  }

  #drop(key: string, shared: Shared): void {
    if (this.#shared.get(key) === shared) this.#shared.delete(key);
    shared.listeners.clear();
    shared.stop.abort();
  }
}
