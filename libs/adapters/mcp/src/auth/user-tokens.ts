import { setTimeout as pause } from 'node:timers/promises';
import { BoundedMap } from '@sallyport/base';
import type { Caller, Clock, UpstreamAuthParts } from '@sallyport/contracts';
import type { UpstreamLog } from '../bounded-log.ts';
import type { Reply } from '../http/exchange.ts';
import { refresh, type Tokens } from './authorization-code.ts';
import { type Challenge, challengeOf } from './challenge.ts';
import { type KeptEntry, type KeptTokens, putInPlace, type UsersParts } from './connection-book.ts';
import type { Target, Targets } from './discover.ts';
import { revoke } from './revoke.ts';
import { bearer, type DpopKey, DpopProofs, type Nonces } from './dpop.ts';
import { RenewalPauses } from './renewal-pauses.ts';
import { earlyMs, LEEWAY_MS } from './request-token.ts';
import { allowedOf, MOST_SCOPES } from './scopes.ts';
import type { Known } from './token-source.ts';
import { endOf, OtherResource, SignInNeeded, TokenUnavailable, unavailable } from './token-unavailable.ts';
import { UserClients } from './user-clients.ts';
import { withoutSecrets } from './without-secrets.ts';

export interface UserTokensOptions extends UsersParts {
  /** The server's MCP endpoint. */
  readonly url: string;
  readonly auth: UpstreamAuthParts;
  readonly fetch: typeof globalThis.fetch;
  readonly clock: Clock;
  readonly targets: Targets;
  readonly log: UpstreamLog;
  readonly nonces: Nonces;
}

/** Who asks for other tokens may take so long; longer than the request itself. */
const LEASE_MS = 20_000;
/** After a failure nobody asks for so long. */
const REST_MS = 2_000;
const LOOK_MS = 50;
const MOST_CALLERS = 1_000;
const MOST_TOKENS = 8;

type Refusal = Extract<Reply, { kind: 'whole' }>;

/**
 * The access tokens of users who signed in at one server, each for their own requests. What was kept is read each time, so
 * that what is removed counts no more, wherever that was; of all processes one asks for other tokens, and the others wait.
 */
export class UserTokens {
  readonly #options: UserTokensOptions;
  /** Who asks at once shares one answer. */
  readonly clients: UserClients;
  readonly #pending = new Map<string, Promise<string>>();
  /** What becomes of a user's last refusal. */
  readonly #settling = new BoundedMap<string, Promise<boolean>>(MOST_CALLERS);
  readonly #given = new BoundedMap<string, readonly string[]>(MOST_CALLERS);
  /** The keys of tokens that are bound to one, and the proofs with them. */
  readonly #bound = new BoundedMap<string, DpopKey>(MOST_CALLERS);
  readonly #proofs = new BoundedMap<string, Promise<DpopProofs>>(MOST_CALLERS);
  readonly #pauses: RenewalPauses;
  #known: Known = { metadata: null, named: [], isDpop: false };

  constructor(options: UserTokensOptions) {
    this.#options = options;
    this.clients = new UserClients(options);
    this.#pauses = new RenewalPauses(options, MOST_CALLERS);
  }

  /** What the server has said of the tokens that it wants. */
  get known(): Known {
    return this.#known;
  }

  /** What is kept for a user and fits the configuration of now. */
  async find(caller: Caller): Promise<KeptEntry | null> {
    const entry = await this.#options.book.find(caller);
    if (entry === null || !this.isOurs(entry.tokens)) return null;
    this.#bind(entry.tokens);
    return entry;
  }

  isOurs(tokens: KeptTokens): boolean {
    const { auth, url } = this.#options;
    return tokens.url === url && tokens.issuer === auth.issuer && this.clients.isOurs(tokens);
  }

  /** Another token is asked for where that is due, so that it comes out now if there is none to be had. */
  async isConnected(caller: Caller): Promise<boolean> {
    return this.token(caller).then(
      () => true,
      // An authorization server that can't be asked now may be asked later: signing in would not help.
      (error: unknown) => !(error instanceof SignInNeeded),
    );
  }

  /** A token to show now, after what was refused is settled. @throws TokenUnavailable */
  async token(caller: Caller): Promise<string> {
    await this.#settling.get(keyOf(caller));
    return this.#shared(caller);
  }

  #shared(caller: Caller): Promise<string> {
    const key = keyOf(caller);
    const pending = this.#pending.get(key);
    if (pending !== undefined) return pending;
    const asked = this.#current(caller)
      .then((token) => this.#remember(key, token))
      .finally(() => this.#pending.delete(key));
    this.#pending.set(key, asked);
    return asked;
  }

  /** Takes what the server says to who shows it no token. */
  async learn({ headers }: Refusal): Promise<void> {
    const { metadata, scopes, isDpop } = await challengeOf(headers);
    this.#known = {
      metadata: metadata ?? this.#known.metadata,
      named: scopes.length > 0 ? scopes : this.#known.named,
      isDpop,
    };
  }

  /** The server has refused a token. @returns whether there is another one to show; never rejects */
  refused(caller: Caller, token: string, refusal: Refusal): Promise<boolean> {
    const settling = this.#replace(caller, token, refusal).catch(() => false);
    this.#settling.set(keyOf(caller), settling);
    return settling;
  }

  async #replace(caller: Caller, token: string, refusal: Refusal): Promise<boolean> {
    const [entry, challenge] = [await this.find(caller), await challengeOf(refusal.headers)];
    if (entry === null) return false;
    if (entry.tokens.accessToken !== token || challenge.error === 'use_dpop_nonce') return true;
    if (refusal.status !== 401) return await this.#want(caller, entry, challenge);
    const { refreshToken, dpopKey } = entry.tokens;
    // What the server says of itself may have changed.
    this.#options.targets.forget();
    if (refreshToken === null || (challenge.isDpop && dpopKey === null))
      return await this.#lose(caller, entry, 'token_refused');
    if (this.#pauses.holds(keyOf(caller))) return false;
    await putInPlace(this.#options.book, caller, entry, (now) => ({ ...now, until: 0, freshUntil: 0 }));
    await this.#shared(caller);
    this.#pauses.begin(keyOf(caller));
    return true;
  }

  /** What one request shows with a token of `token`. */
  async headers(token: string, method: string, url: URL): Promise<Record<string, string>> {
    const key = this.#bound.get(token);
    return key === undefined ? bearer(token) : (await this.proofs(key)).headers(token, method, url);
  }

  async proofs(key: DpopKey): Promise<DpopProofs> {
    const name = key['d'] ?? '';
    const known = this.#proofs.get(name) ?? DpopProofs.of(key, this.#options.nonces);
    this.#proofs.set(name, known);
    return known;
  }

  #bind({ accessToken, dpopKey }: Pick<KeptTokens, 'accessToken' | 'dpopKey'>): void {
    if (dpopKey !== null) this.#bound.set(accessToken, dpopKey);
  }

  /** A text of the server without the user's tokens and our credential. */
  clean(caller: Caller, text: string): string {
    const { credential } = this.#options.auth;
    return withoutSecrets(text, [
      ...(this.#given.get(keyOf(caller)) ?? []),
      typeof credential === 'string' ? credential : '',
    ]);
  }

  /** As they are kept from now on. */
  kept({ accessToken, refreshToken, scopes, lifeMs }: Tokens, { resource }: Target, given: Given): KeptTokens {
    const { auth, clock, url } = this.#options;
    const until = lifeMs === null ? null : clock.now() + lifeMs;
    const freshUntil = until === null ? null : until - earlyMs(lifeMs ?? 0);
    this.#bind({ accessToken, dpopKey: given.dpopKey });
    const what = { url, resource, issuer: auth.issuer, accessToken, refreshToken, scopes };
    return { ...given, ...what, until, freshUntil, busyUntil: 0 };
  }

  /** Ends tokens where they were given; that they are not kept any more is what counts. */
  async end(kept: KeptTokens): Promise<void> {
    const { accessToken, refreshToken } = kept;
    const { auth, fetch, targets, log } = this.#options;
    const tokens = refreshToken === null ? [accessToken] : [refreshToken, accessToken];
    try {
      await revoke(await targets.find(this.#known.metadata), this.clients.of(kept), { tokens, fetch });
    } catch (error) {
      const why = withoutSecrets(unavailable(auth.issuer, error), tokens);
      log('warn', `tokens of a user could not be ended at the authorization server: ${why}`);
    }
  }

  async #current(caller: Caller): Promise<string> {
    for (;;) {
      const entry = await this.find(caller);
      if (entry === null) throw this.#needed();
      const { accessToken, freshUntil, refreshToken } = entry.tokens;
      if (freshUntil === null || this.#options.clock.now() < freshUntil) return accessToken;
      const renewed = this.#renew(caller, entry);
      if (this.#holds(entry.tokens)) {
        // Calls don't wait while the old one holds.
        renewed.catch(() => undefined);
        return accessToken;
      }
      const another = await renewed;
      if (another !== null) return another;
      if (refreshToken === null) throw this.#needed();
      await pause(LOOK_MS);
    }
  }

  /** Another access token, if one can be asked for, and nobody else does so. */
  async #renew(caller: Caller, entry: KeptEntry): Promise<string | null> {
    const { book, clock, targets } = this.#options;
    const { refreshToken, busyUntil } = entry.tokens;
    if (refreshToken === null || clock.now() < busyUntil) return null;
    // Looking for it may take longer than the lease.
    const target = targets.find(this.#known.metadata);
    await Promise.allSettled([target]);
    const mine = await book.replace(caller, entry, { ...entry.tokens, busyUntil: clock.now() + LEASE_MS });
    if (mine === null) return null;
    try {
      const renewed = await this.#ask(entry.tokens, refreshToken, await target);
      if (await putInPlace(book, caller, mine, () => renewed)) return renewed.accessToken;
      // Removed meanwhile, or the user has signed in again; a refresh token that counts more than once may be kept still.
      if ((await book.find(caller))?.tokens.refreshToken !== renewed.refreshToken) await this.end(renewed);
      return null;
    } catch (error) {
      return this.#failed(caller, mine, error);
    }
  }

  async #ask(tokens: KeptTokens, refreshToken: string, target: Target): Promise<KeptTokens> {
    const { fetch } = this.#options;
    if (target.resource !== tokens.resource) throw new OtherResource();
    const client = this.clients.of(tokens);
    const dpop = tokens.dpopKey === null ? undefined : await this.proofs(tokens.dpopKey);
    const grant = { target, client, scopes: tokens.scopes, expectIssuer: tokens.issuer, fetch, dpop };
    return this.kept(await refresh(grant, refreshToken), target, tokens);
  }

  async #failed(caller: Caller, mine: KeptEntry, error: unknown): Promise<string> {
    const { auth, book, clock, targets } = this.#options;
    const end = endOf(error);
    if (end !== null) {
      await this.#lose(caller, mine, end);
      throw this.#needed();
    }
    targets.forget();
    await putInPlace(book, caller, mine, (now) => ({ ...now, busyUntil: clock.now() + REST_MS }));
    if (this.#holds(mine.tokens)) return mine.tokens.accessToken;
    const { accessToken, refreshToken } = mine.tokens;
    throw new TokenUnavailable(withoutSecrets(unavailable(auth.issuer, error), [accessToken, refreshToken ?? '']));
  }

  /**
   * A call wants more than the user was asked for: they are asked for all of it when they sign in next. For what they were asked for
   * before they are not asked again: it would go on for ever.
   */
  async #want(caller: Caller, entry: KeptEntry, { error, scopes }: Challenge): Promise<false> {
    const { auth, book, log, at } = this.#options;
    const { asked, wanted } = entry.tokens;
    const more = allowedOf(scopes, auth.scopes).filter((scope) => !asked.includes(scope) && !wanted.includes(scope));
    if (error !== 'insufficient_scope' || more.length === 0 || wanted.length + more.length > MOST_SCOPES) return false;
    await book.replace(caller, entry, { ...entry.tokens, wanted: [...wanted, ...more] });
    log('warn', `a call of a user wants more scopes (${more.join(' ').slice(0, 200)}): they sign in again at ${at}`);
    return false;
  }

  async #lose(caller: Caller, entry: KeptEntry, reason: string): Promise<false> {
    const { book, auth } = this.#options;
    if (await putInPlace(book, caller, entry, () => null)) await book.lost(caller, auth.issuer, reason);
    return false;
  }

  #needed(): SignInNeeded {
    return new SignInNeeded(`nobody has signed in for these calls: open ${this.#options.at} in a browser`);
  }

  #holds({ until }: KeptTokens): boolean {
    return until === null || this.#options.clock.now() < until - LEEWAY_MS;
  }

  #remember(key: string, token: string): string {
    const given = this.#given.get(key) ?? [];
    if (!given.includes(token)) this.#given.set(key, [...given, token].slice(-MOST_TOKENS));
    return token;
  }
}

/** What stays as it is when tokens are replaced by others. */
export type Given = Pick<KeptTokens, 'clientId' | 'registered' | 'asked' | 'wanted' | 'dpopKey' | 'since'>;

/** One text for each user. */
export function keyOf({ tenant, issuer, subject }: Caller): string {
  return JSON.stringify([tenant, issuer, subject]);
}
