import { BoundedMap } from '@sallyport/base';
import type { SendOptions, UpstreamAuthParts } from '@sallyport/contracts';
import { Targets } from './discover.ts';
import { TokenSource, type TokenSourceOptions } from './token-source.ts';

/** On whose behalf something is sent: a caller's token, null for a caller whose token is not at hand, undefined for us. */
export type OnBehalf = string | null | undefined;

/** Whose token a call shows. */
export function onBehalfOf({ caller, callerToken }: SendOptions, auth: UpstreamAuthParts | undefined): OnBehalf {
  return caller === null || auth?.type !== 'token_exchange' ? undefined : (callerToken ?? null);
}

/** Callers whose tokens are kept; of one that is forgotten another is asked for. */
const MOST_CALLERS = 1_000;

/** The tokens for one server: one of our own, and one for each token of a caller that is exchanged. */
export class TokenSources {
  readonly own: TokenSource;
  readonly #options: TokenSourceOptions;
  readonly #exchanged = new BoundedMap<string, TokenSource>(MOST_CALLERS);

  constructor(options: Omit<TokenSourceOptions, 'targets'>) {
    const { url, auth, fetch } = options;
    this.#options = { ...options, targets: new Targets({ url, issuer: auth.issuer, fetch }) };
    this.own = new TokenSource(this.#options);
  }

  /** Null for a caller whose token is not at hand: they don't get ours. */
  of(onBehalf: OnBehalf): TokenSource | null {
    if (onBehalf === undefined) return this.own;
    if (onBehalf === null) return null;
    const source =
      this.#exchanged.get(onBehalf) ??
      new TokenSource({ ...this.#options, callerToken: onBehalf, known: this.own.known });
    this.#exchanged.set(onBehalf, source);
    return source;
  }
}
