import type { JsonObject, Outcome, ResourceListener } from '@sallyport/contracts';
import { LIST_TIMEOUT_MS } from '../wire/list-pages.ts';
import { SharedSubscriptions } from '../wire/shared-subscriptions.ts';
import { acknowledges, isUpdateOf, noSubscriptions, WatchedResources } from '../wire/watched-resources.ts';
import { ownRequest } from './handshake.ts';
import type { Multiplex } from './multiplex.ts';

/** A subscription is open for as long as its connection. */
const STREAM_MS = 2_147_483_647;

/** The subscriptions to resources over one connection: they end with it. */
export class RunSubscriptions {
  readonly #lines: Multiplex;
  readonly #shared = new SharedSubscriptions();
  readonly #watched: WatchedResources;
  /** Of 2026-07-28, where each is a request of its own. */
  readonly #streams = new Set<(message: JsonObject) => void>();

  constructor(lines: Multiplex) {
    this.#lines = lines;
    this.#watched = new WatchedResources((method, uri) =>
      lines.request(method, () => ({ uri }), ownRequest(LIST_TIMEOUT_MS)),
    );
  }

  /** @param meta the `_meta` of 2026-07-28 requests; null for a server with a handshake */
  add(uri: string, listener: ResourceListener, meta: JsonObject | null): Promise<Outcome> {
    return this.#shared.add(uri, listener, (one) =>
      meta === null ? this.#watched.watch(uri, one) : this.#listen(uri, one, meta),
    );
  }

  /** Takes a notification of the server about its resources. */
  take(message: JsonObject): void {
    this.#watched.take(message);
    for (const take of this.#streams) take(message);
  }

  end(why: string): void {
    this.#shared.end(why);
  }

  #listen(uri: string, listener: ResourceListener, _meta: JsonObject): Promise<Outcome> {
    return new Promise((resolve) => {
      let isOpen = false;
      const take = (message: JsonObject): void => {
        if (acknowledges(message, uri)) resolve(((isOpen = true), { kind: 'result', result: {} }));
        else if (isUpdateOf(message, uri)) listener.updated();
      };
      this.#streams.add(take);
      const params = { notifications: { resourceSubscriptions: [uri] }, _meta };
      const options = { ...ownRequest(STREAM_MS), signal: listener.signal };
      void this.#lines
        .request('subscriptions/listen', () => params, options)
        .then((outcome) => {
          this.#streams.delete(take);
          if (isOpen) listener.ended('the server ended the subscription');
          resolve(outcome.kind === 'result' ? noSubscriptions : outcome);
        });
    });
  }
}
