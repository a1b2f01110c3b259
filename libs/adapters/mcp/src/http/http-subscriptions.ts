import type { HttpUpstreamConfig, JsonObject, Outcome, SendOptions, SentCall } from '@sallyport/contracts';
import { sessionOf } from '../share/session-of.ts';
import { noSubscriptions, tellsOfResources } from '../wire/watched-resources.ts';
import { type CallOptions, soon } from './legacy-calls.ts';
import { LegacySubscriptions, type LegacySubscriptionsParts } from './legacy-subscriptions.ts';
import type { ModernLegOptions } from './modern-leg.ts';
import { ModernSubscriptions } from './modern-subscriptions.ts';

export type HttpSubscriptionsParts = LegacySubscriptionsParts &
  Omit<ModernLegOptions, 'greeted'> & {
    readonly config: Pick<HttpUpstreamConfig, 'share' | 'client_requests'>;
    /** What a 2026-07-28 server declared when it was asked last. */
    declared(): JsonObject;
  };

/** Subscriptions to resources over Streamable HTTP, in either era, each shared as calls share their sessions. */
export class HttpSubscriptions {
  readonly #parts: HttpSubscriptionsParts;
  readonly #legacy: LegacySubscriptions;
  readonly #modern: ModernSubscriptions;

  constructor(parts: HttpSubscriptionsParts) {
    this.#parts = parts;
    this.#legacy = new LegacySubscriptions(parts);
    this.#modern = new ModernSubscriptions(parts);
  }

  /** @throws PoolFull, WaitEnded, UpstreamUnavailable: nobody listens then */
  async add(era: 'legacy' | 'modern', { target }: SentCall, sending: CallOptions): Promise<Outcome> {
    const { options, onBehalf } = sending;
    const { listener } = options;
    if (listener === undefined || (era === 'modern' && !tellsOfResources(this.#parts.declared())))
      return noSubscriptions;
    // A server without sessions does not tell those of one subject apart.
    const of = era === 'modern' ? { ...options, ask: null, session: null } : options;
    const { key, capabilities } = this.#placeOf(of);
    const answer =
      era === 'modern'
        ? this.#modern.add(target.name, listener, key?.text ?? '', onBehalf)
        : this.#legacy.add(target.name, listener, { key, capabilities, onBehalf });
    return soon(answer, sending);
  }

  end(why: string): void {
    this.#legacy.end(why);
    this.#modern.end(why);
  }

  #placeOf(options: SendOptions): ReturnType<typeof sessionOf> {
    const { share, client_requests: granted } = this.#parts.config;
    return sessionOf(options, { share, granted, perSession: share === 'subject' });
  }
}
