import type { JsonObject, Outcome, ResourceListener } from '@sallyport/contracts';
import type { OnBehalf } from '../auth/token-sources.ts';
import { requestText } from '../wire/requests.ts';
import { SharedSubscriptions } from '../wire/shared-subscriptions.ts';
import { acknowledges, isUpdateOf, noSubscriptions } from '../wire/watched-resources.ts';
import { modernHeaders } from './endpoint.ts';
import type { ModernLegOptions } from './modern-leg.ts';

const STREAM_MS = 3_600_000;

/** Subscriptions to resources of a 2026-07-28 server: a stream for each. */
export class ModernSubscriptions {
  readonly #parts: Omit<ModernLegOptions, 'greeted'>;
  readonly #shared = new SharedSubscriptions();

  constructor(parts: Omit<ModernLegOptions, 'greeted'>) {
    this.#parts = parts;
  }

  /** @param holder who shares it */
  add(uri: string, listener: ResourceListener, holder: string, onBehalf: OnBehalf): Promise<Outcome> {
    return this.#shared.add(`${holder}\n${uri}`, listener, (one) => this.#listen(uri, one, onBehalf));
  }

  end(why: string): void {
    this.#shared.end(why);
  }

  #listen(uri: string, listener: ResourceListener, onBehalf: OnBehalf): Promise<Outcome> {
    const { endpoint, meta, nextId, outcome } = this.#parts;
    const id = nextId();
    const params: JsonObject = { notifications: { resourceSubscriptions: [uri] }, _meta: meta };
    return new Promise((resolve) => {
      let isOpen = false;
      const take = (message: JsonObject): boolean => {
        if (acknowledges(message, uri)) resolve(((isOpen = true), { kind: 'result', result: {} }));
        else if (isUpdateOf(message, uri)) listener.updated();
        return !('method' in message);
      };
      const post = { body: requestText(id, 'subscriptions/listen', params), time: STREAM_MS, repeatable: true };
      const how = { headers: modernHeaders('subscriptions/listen'), lasting: true, onBehalf, signal: listener.signal };
      void endpoint.send({ ...post, ...how, take }).then((reply) => {
        if (isOpen) return listener.ended('the server ended the subscription');
        const answer = outcome(reply, id);
        resolve(answer.kind === 'result' ? noSubscriptions : answer);
      });
    });
  }
}
