import { Backoff, BoundedMap } from '@sallyport/base';
import type { Clock, UpstreamAuthParts } from '@sallyport/contracts';
import type { UpstreamLog } from '../bounded-log.ts';
import type { Reply } from '../http/exchange.ts';
import { type Challenge, challengeOf } from './challenge.ts';
import type { Targets } from './discover.ts';
import { bearer, createDpopKey, DpopProofs, type Nonces } from './dpop.ts';
import { RenewalPauses } from './renewal-pauses.ts';
import { earlyMs, LEEWAY_MS, requestToken } from './request-token.ts';
import { allowedOf, MOST_SCOPES, scopesFor } from './scopes.ts';
import { TokenUnavailable, unavailable } from './token-unavailable.ts';
import { withoutSecrets } from './without-secrets.ts';

export interface TokenSourceOptions {
  /** The server's MCP endpoint. */
  readonly url: string;
  readonly auth: UpstreamAuthParts;
  /** Reaches public addresses, and what the operator names; bounds what it reads, and follows no redirect. */
  readonly fetch: typeof globalThis.fetch;
  readonly clock: Clock;
  readonly log: UpstreamLog;
  readonly targets: Targets;
  readonly nonces: Nonces;
  /** The caller's token, where theirs is had in exchange for it; absent for our own. */
  readonly callerToken?: string;
  /** What was learned of the server before. */
  readonly known?: Known;
}

/** What a server has said of the tokens that it wants. */
export interface Known {
  readonly metadata: string | null;
  readonly named: readonly string[];
  /** Whether it wants tokens that are bound to a key. */
  readonly isDpop: boolean;
}

interface Held {
  readonly value: string;
  readonly scopes: readonly string[];
  /** Monotonic, milliseconds: from when on another one is asked for, and from when on it is not shown. */
  readonly freshUntil: number;
  readonly until: number;
  /** Of the key that it is bound to; null where it is to none. */
  readonly proofs: DpopProofs | null;
  /** Whether the server has taken it. */
  isAccepted: boolean;
}

type Refusal = Extract<Reply, { kind: 'whole' }>;

/** So often it may refuse tokens one after another and say something new, before another one waits for a pause. */
const MOST_NEWS = 2;
/** Characters of why there is no token: what a server says of that may be long. */
const LONGEST = 500;

/**
 * The access tokens for one server: asked for before they are needed, renewed before they end, and asked for again when the
 * server refuses one. While none can be had, it is asked for with growing pauses. They are kept in memory alone.
 */
export class TokenSource {
  readonly #options: TokenSourceOptions;
  readonly #backoff: Backoff;
  /** For a server that takes tokens for some requests, and refuses each one for others. */
  readonly #pauses: RenewalPauses;
  /** What must not come back to a client, or stand in a log: the last tokens. */
  readonly #given = new BoundedMap<string, true>(8);
  #metadata: string | null;
  #isDpop: boolean;
  /** With a key of this process: the tokens go with it. */
  #proofs: Promise<DpopProofs> | null = null;
  /** Scopes that the server has named. */
  #named: readonly string[];
  #held: Held | null = null;
  #pending: Promise<Held> | null = null;
  /** What becomes of the last refusal. */
  #settling: Promise<boolean> | null = null;
  #retryAt = -Infinity;
  #why = '';
  #isIntroduced = false;
  /** How often the server said something new since it took a token. */
  #news = 0;

  constructor(options: TokenSourceOptions) {
    this.#options = options;
    this.#metadata = options.known?.metadata ?? null;
    this.#named = options.known?.named ?? [];
    this.#isDpop = options.known?.isDpop ?? false;
    this.#pauses = new RenewalPauses(options, 1);
    this.#backoff = new Backoff(options.clock, { firstMs: 1_000, maxMs: 60_000, healthyMs: 0 });
  }

  get known(): Known {
    return { metadata: this.#metadata, named: this.#named, isDpop: this.#isDpop };
  }

  /** Hears once what the server answers to a request without a token: its challenge says where it describes itself. */
  async introduce(ask: () => Promise<Reply>): Promise<void> {
    if (this.#isIntroduced) return;
    const reply = await ask();
    this.#isIntroduced = reply.kind !== 'failed';
    if (reply.kind === 'whole' && reply.status === 401) this.#learn(await challengeOf(reply.headers));
  }

  /** A token to show now, after what was refused is settled. Those who ask together share one request. @throws TokenUnavailable */
  async token(): Promise<string> {
    await this.#settling;
    return this.#current();
  }

  /** What one request shows with a token. */
  async headers(token: string, method: string, url: URL): Promise<Record<string, string>> {
    const { proofs = null } = this.#held?.value === token ? this.#held : {};
    return proofs === null ? bearer(token) : proofs.headers(token, method, url);
  }

  /** The server has taken a token. */
  accepted(token: string): void {
    if (this.#held?.value !== token || this.#held.isAccepted) return;
    this.#held.isAccepted = true;
    this.#news = 0;
    this.#backoff.up();
  }

  /** The server has refused a token, or its scopes. @returns whether there is another to show; never rejects */
  refused(token: string, { status, headers }: Refusal): Promise<boolean> {
    this.#settling = challengeOf(headers)
      .then((challenge) => (status === 401 ? this.#replace(token, challenge) : this.#stepUp(token, challenge)))
      .catch(() => false);
    return this.#settling;
  }

  /** A text of the server, JSON or not, without our credential and tokens. */
  clean(text: string): string {
    const { auth, callerToken = '' } = this.#options;
    const credentials = [auth.credential, auth.identity_provider?.credential].filter(
      (each) => typeof each === 'string',
    );
    return withoutSecrets(text, [...this.#given.keys(), ...credentials, callerToken]);
  }

  async #current(): Promise<string> {
    const held = this.#held;
    const now = this.#options.clock.monotonic();
    if (held !== null && now < held.freshUntil) return held.value;
    const renewed = this.#renew();
    if (held === null || now >= held.until) return (await renewed).value;
    renewed.catch(() => undefined);
    return held.value;
  }

  async #replace(token: string, challenge: Challenge): Promise<boolean> {
    if (challenge.error === 'use_dpop_nonce') return true;
    const isNews = this.#learn(challenge) && (this.#news += 1) <= MOST_NEWS;
    const held = this.#held;
    if (held?.value === token) {
      if (!isNews && held.isAccepted && this.#pauses.holds('')) return false;
      this.#held = null;
      if (!isNews && !held.isAccepted) this.#notTaken(challenge);
      this.#pauses.begin('');
    }
    await this.#current();
    return true;
  }

  async #stepUp(token: string, { error, scopes }: Challenge): Promise<boolean> {
    const held = this.#held;
    if (error !== 'insufficient_scope' || held === null) return false;
    if (held.value !== token) return true;
    const wanted = allowedOf([...new Set([...held.scopes, ...scopes])], this.#options.auth.scopes);
    if (wanted.length <= held.scopes.length || wanted.length > MOST_SCOPES) return false;
    const before = this.#named;
    this.#named = wanted;
    try {
      await this.#renew();
    } catch (failure) {
      this.#named = before;
      throw failure;
    }
    return true;
  }

  /** Takes what a challenge says. @returns whether it says anything new */
  #learn({ metadata, scopes, isDpop }: Challenge): boolean {
    const isElsewhere = metadata !== null && metadata !== this.#metadata;
    const named = [...new Set([...this.#named, ...scopes])];
    const isMore = named.length > this.#named.length && named.length <= MOST_SCOPES;
    if (isElsewhere) this.#metadata = metadata;
    if (isMore) this.#named = named;
    const isOther = isDpop && !this.#isDpop;
    this.#isDpop ||= isDpop;
    return isElsewhere || isMore || isOther;
  }

  #renew(): Promise<Held> {
    return (this.#pending ??= this.#request().finally(() => (this.#pending = null)));
  }

  async #request(): Promise<Held> {
    const { auth, fetch, clock, targets, callerToken } = this.#options;
    if (clock.monotonic() < this.#retryAt) throw new TokenUnavailable(this.#why);
    try {
      const target = await targets.find(this.#metadata);
      const scopes = scopesFor(target, this.#named, auth.scopes);
      const assertion = callerToken === undefined ? auth.assertion?.() : undefined;
      const onSecret = (text: string) => this.#given.set(text, true);
      if (assertion !== undefined) onSecret(assertion);
      const dpop = this.#isDpop ? await (this.#proofs ??= this.#newProofs()) : null;
      const asked = { auth, fetch, callerToken, assertion, dpop, onSecret };
      const { value, lifeMs } = await requestToken(target, scopes, asked);
      onSecret(value);
      const until = clock.monotonic() + (lifeMs ?? Infinity);
      const early = lifeMs === null ? 0 : earlyMs(lifeMs);
      this.#held = {
        value,
        scopes,
        freshUntil: until - early,
        until: until - LEEWAY_MS,
        proofs: dpop,
        isAccepted: false,
      };
      return this.#held;
    } catch (error) {
      // What a server says of itself may have changed.
      targets.forget();
      throw this.#failed(unavailable(auth.issuer, error));
    }
  }

  async #newProofs(): Promise<DpopProofs> {
    return DpopProofs.of(await createDpopKey(), this.#options.nonces);
  }

  #notTaken({ error }: Challenge): void {
    const { url, auth } = this.#options;
    this.#failed(`${new URL(url).host} does not take the token that ${auth.issuer} gives: HTTP 401 ${error ?? ''}`);
  }

  #failed(why: string): TokenUnavailable {
    // Cleaned before it is cut: half a secret would not be found.
    this.#why = this.clean(why).slice(0, LONGEST);
    this.#retryAt = this.#options.clock.monotonic() + this.#backoff.down();
    return new TokenUnavailable(this.#why);
  }
}
