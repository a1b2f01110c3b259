import { once } from 'node:events';
import { UpstreamUnavailable } from '@sallyport/contracts';
import type { JsonObject, Outcome, ResourceListener } from '@sallyport/contracts';
import type { OnBehalf } from '../auth/token-sources.ts';
import { LIST_TIMEOUT_MS } from '../wire/list-pages.ts';
import { requestText } from '../wire/requests.ts';
import { SharedSubscriptions } from '../wire/shared-subscriptions.ts';
import { noSubscriptions, tellsOfResources, WatchedResources } from '../wire/watched-resources.ts';
import type { ShareKey } from '../share/share-key.ts';
import type { LegacyCallsParts } from './legacy-calls.ts';
import { inSession, overStatuses } from './legacy-leg.ts';
import type { LegacySession } from './legacy-sessions.ts';

export type LegacySubscriptionsParts = Pick<
  LegacyCallsParts,
  'endpoint' | 'leg' | 'sessions' | 'streams' | 'nextId' | 'outcome'
>;

/** The session that subscriptions are made in: that of the calls of those who listen. */
export interface SubscribedIn {
  /** Null for our own. */
  readonly key: ShareKey | null;
  readonly capabilities: JsonObject;
  readonly onBehalf: OnBehalf;
}

/** One session with its stream, for as long as it is subscribed to anything. */
interface Place {
  readonly session: Promise<LegacySession>;
  readonly watched: WatchedResources;
  readonly stop: AbortController;
}

/** Subscriptions to resources in sessions of a server that keeps them, heard on the stream of a GET. */
export class LegacySubscriptions {
  readonly #parts: LegacySubscriptionsParts;
  readonly #shared = new SharedSubscriptions();
  readonly #places = new Map<string, Place>();

  constructor(parts: LegacySubscriptionsParts) {
    this.#parts = parts;
  }

  /** @throws PoolFull, UpstreamUnavailable */
  add(uri: string, listener: ResourceListener, at: SubscribedIn): Promise<Outcome> {
    const name = at.key?.text ?? '';
    return this.#shared.add(`${name}\n${uri}`, listener, (one) => this.#subscribe(uri, one, name, at));
  }

  end(why: string): void {
    for (const [name, place] of this.#places) this.#close(name, place);
    this.#shared.end(why);
  }

  async #subscribe(uri: string, listener: ResourceListener, name: string, at: SubscribedIn): Promise<Outcome> {
    const place = this.#places.get(name) ?? this.#open(name, at);
    const { capabilities } = await place.session;
    const answer = tellsOfResources(capabilities) ? await place.watched.watch(uri, listener) : noSubscriptions;
    if (place.watched.size === 0) this.#close(name, place);
    return answer;
  }

  #open(name: string, at: SubscribedIn): Place {
    const opened = Promise.withResolvers<LegacySession>();
    const watched = new WatchedResources(async (method, uri) => {
      const answer = await this.#ask(await opened.promise, method, uri);
      if (method === 'resources/unsubscribe' && watched.size === 0) this.#close(name, place);
      return answer;
    });
    const place: Place = { session: opened.promise, watched, stop: new AbortController() };
    this.#places.set(name, place);
    this.#keep(place, at, opened.resolve).then(
      (why) => {
        this.#close(name, place);
        watched.end(why);
      },
      (error: unknown) => {
        this.#close(name, place);
        opened.reject(error);
      },
    );
    return place;
  }

  #close(name: string, place: Place): void {
    if (this.#places.get(name) === place) this.#places.delete(name);
    place.stop.abort();
  }

  /** Holds the session and its stream; resolves when they have ended, with why. */
  #keep({ watched, stop }: Place, at: SubscribedIn, opened: (session: LegacySession) => void): Promise<string> {
    const { sessions, streams, leg } = this.#parts;
    const { key, capabilities, onBehalf } = at;
    return sessions.run(key, { capabilities, onBehalf }, async (opening) => {
      const session = await opening;
      if (leg.mayBeOver(session) && (await leg.ping(session)) === 'over') {
        sessions.leave(key, opening);
        throw new UpstreamUnavailable('its session is over; the next one is another');
      }
      const end = Promise.withResolvers<string>();
      const ended = (status: number | null): void => {
        if (status !== null && overStatuses.has(status)) sessions.leave(key, opening);
        end.resolve('the stream of the server has ended');
      };
      await streams.watch(session, { take: (message) => watched.take(message), ended }, stop.signal);
      opened(session);
      const stopped = stop.signal.aborted ? Promise.resolve() : once(stop.signal, 'abort');
      return Promise.race([end.promise, stopped.then(() => 'nobody listens any more')]);
    });
  }

  async #ask(session: LegacySession, method: string, uri: string): Promise<Outcome> {
    const { endpoint, nextId, outcome } = this.#parts;
    const id = nextId();
    const body = requestText(id, method, { uri });
    const reply = await endpoint.send({ ...inSession(session), body, time: LIST_TIMEOUT_MS, repeatable: true });
    return outcome(reply, id);
  }
}
