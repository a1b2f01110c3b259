import type { IncomingHttpHeaders } from 'node:http';
import { BoundedMap } from '@sallyport/base';
import {
  type Caller,
  exchangesTokens,
  hasTokenPerCaller,
  operatorSubject,
  type SendOptions,
  type UpstreamAuthParts,
  type UpstreamSignIn,
} from '@sallyport/contracts';
import type { Reply } from '../http/exchange.ts';
import type { Nonces } from './dpop.ts';
import type { UsersParts } from './connection-book.ts';
import { Targets } from './discover.ts';
import { TokenSource, type TokenSourceOptions } from './token-source.ts';
import { createUserSignIn } from './user-sign-in.ts';
import { keyOf, UserTokens } from './user-tokens.ts';

/**
 * On whose behalf something is sent: a caller's token, or the caller where users sign in; null for a caller whose token is not at
 * hand, undefined for us.
 */
export type OnBehalf = string | null | undefined;

/** What shows tokens in somebody's requests; as a `TokenSource` does. */
export type ShownTokens = Pick<TokenSource, 'token' | 'headers' | 'accepted' | 'refused' | 'clean'>;

/** Whose token a call shows. */
export function onBehalfOf({ caller, callerToken }: SendOptions, auth: UpstreamAuthParts | undefined): OnBehalf {
  if (caller === null || !hasTokenPerCaller(auth)) return undefined;
  return exchangesTokens(auth) ? (callerToken ?? null) : keyOf(caller);
}

/** Callers whose tokens are kept; of one that is forgotten another is asked for. */
const MOST_CALLERS = 1_000;

/** The operator, who signs in for lists, lookups and greetings: requests of nobody else. */
const operator: Caller = { tenant: '_system', issuer: operatorSubject.issuer, subject: operatorSubject.id };

export interface TokenSourcesOptions extends Omit<TokenSourceOptions, 'targets' | 'nonces'> {
  /** For `authorization_code`. */
  readonly users?: UsersParts | undefined;
}

/** The tokens for one server: one of our own, and those of callers where each has theirs. */
export class TokenSources {
  readonly own: ShownTokens & Pick<TokenSource, 'introduce'>;
  /** Null where users need not sign in. */
  readonly signIn: UpstreamSignIn | null;
  readonly #nonces: Nonces = new Map();
  readonly #of: (onBehalf: string) => ShownTokens;

  constructor(given: TokenSourcesOptions) {
    const { url, auth, fetch } = given;
    const { issuer, identity_provider: provider } = auth;
    const targets = new Targets({ url, issuer, identityProvider: provider?.issuer, fetch });
    const options = { ...given, nonces: this.#nonces, targets };
    if (auth.type === 'authorization_code') {
      if (given.users === undefined) throw new Error('nowhere to keep what users sign in for');
      const ofUsers = { ...options, ...given.users };
      const users = new UserTokens(ofUsers);
      this.own = { ...tokensOf(users, operator), introduce: introducing(users) };
      this.signIn = createUserSignIn(users, ofUsers);
      this.#of = (onBehalf) => tokensOf(users, callerIn(onBehalf));
      return;
    }
    const own = new TokenSource(options);
    const exchanged = new BoundedMap<string, TokenSource>(MOST_CALLERS);
    this.own = own;
    this.signIn = null;
    this.#of = (callerToken) => {
      const source = exchanged.get(callerToken) ?? new TokenSource({ ...options, callerToken, known: own.known });
      exchanged.set(callerToken, source);
      return source;
    };
  }

  /** Takes what the server wants to see in the next proof. */
  heard(origin: string, { 'dpop-nonce': nonce }: IncomingHttpHeaders): void {
    if (typeof nonce === 'string') this.#nonces.set(origin, nonce);
  }

  /** Null for a caller whose token is not at hand: they don't get ours. */
  of(onBehalf: OnBehalf): ShownTokens | null {
    if (onBehalf === undefined) return this.own;
    return onBehalf === null ? null : this.#of(onBehalf);
  }
}

function tokensOf(users: UserTokens, caller: Caller): ShownTokens {
  return {
    token: () => users.token(caller),
    headers: (token, method, url) => users.headers(token, method, url),
    accepted: () => undefined,
    refused: (token, refusal) => users.refused(caller, token, refusal),
    clean: (text) => users.clean(caller, text),
  };
}

/** Hears once what the server answers to a request without a token. */
function introducing(users: UserTokens): (ask: () => Promise<Reply>) => Promise<void> {
  let isIntroduced = false;
  return async function introduce(ask) {
    if (isIntroduced) return;
    const reply = await ask();
    isIntroduced = reply.kind !== 'failed';
    if (reply.kind === 'whole' && reply.status === 401) await users.learn(reply);
  };
}

/** Whom `keyOf` made it of. */
function callerIn(text: string): Caller {
  const [tenant, issuer, subject] = JSON.parse(text) as [string, string, string];
  return { tenant, issuer, subject };
}
