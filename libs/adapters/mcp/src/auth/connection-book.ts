import type { Caller, Consent } from '@sallyport/contracts';
import type { DpopKey } from './dpop.ts';
import type { Registration } from './registration.ts';

/** What is kept of a user's sign-in at one server. */
export interface KeptTokens {
  /** What the tokens are for, and who gave them: under another configuration they are shown to nobody. */
  readonly url: string;
  readonly resource: string;
  readonly issuer: string;
  readonly clientId: string;
  /** How that client proves itself, where it was registered by us; null for the one of the configuration. */
  readonly registered: Pick<Registration, 'credential' | 'method'> | null;
  readonly accessToken: string;
  readonly refreshToken: string | null;
  readonly scopes: readonly string[];
  /** Those that the user was asked for, and those that the server has wanted for a call since. */
  readonly asked: readonly string[];
  readonly wanted: readonly string[];
  /** The key that the tokens are bound to; null where they are not. */
  readonly dpopKey: DpopKey | null;
  /** When the user signed in; null where that was not kept. */
  readonly since: number | null;
  /** Milliseconds since the epoch, as all times here: when the access token ends; null where that was not said. */
  readonly until: number | null;
  /** From when on another one is asked for. */
  readonly freshUntil: number | null;
  /** Till then somebody is asking for it, and nobody else may: a refresh token may count once. */
  readonly busyUntil: number;
}

/** What was kept, as it was read. */
export interface KeptEntry {
  readonly tokens: KeptTokens;
  /** Differs with every change. */
  readonly version: string;
}

/** What signing in of users takes. */
export interface UsersParts {
  readonly book: ConnectionBook;
  /** Where they do it, for a sentence. */
  readonly at: string;
}

/** The sign-ins of users at one server, kept for all processes that serve it, and what is recorded of them. */
export interface ConnectionBook {
  find(caller: Caller): Promise<KeptEntry | null>;
  /** Durable before it answers; null where something else stands there by now: nothing was changed. */
  replace(caller: Caller, before: KeptEntry | null, tokens: KeptTokens): Promise<KeptEntry | null>;
  /** @returns false where something else stands there by now: nothing was changed */
  remove(caller: Caller, before: KeptEntry): Promise<boolean>;
  /** What we are at an authorization server that has registered us; null for nothing. */
  registration(issuer: string): Promise<Registration | null>;
  /** Keeps it, or, with null, forgets it. @returns false where another process was faster: nothing was changed */
  register(issuer: string, registration: Registration | null, before: Registration | null): Promise<boolean>;
  /** Takes what counts once. @returns false where it was taken before */
  spend(caller: Caller, once: string, untilMs: number): Promise<boolean>;
  made(caller: Caller, consent: Consent): Promise<void>;
  removed(caller: Caller, by: Caller, issuer: string): Promise<void>;
  lost(caller: Caller, issuer: string, reason: string): Promise<void>;
}

/** Removes what is kept for a user, and has that on record. @returns what it was; null where there was nothing */
export async function removeKept(book: ConnectionBook, caller: Caller, by: Caller): Promise<KeptTokens | null> {
  for (;;) {
    const entry = await book.find(caller);
    if (entry === null) return null;
    if (!(await book.remove(caller, entry))) continue;
    await book.removed(caller, by, entry.tokens.issuer);
    return entry.tokens;
  }
}

/**
 * Puts something in the place of these tokens, also where they were marked meanwhile as being renewed or refused; null for nothing.
 *
 * @returns false where others are kept by now, or none: nothing was changed
 */
export async function putInPlace(
  book: ConnectionBook,
  caller: Caller,
  { tokens: { accessToken, refreshToken } }: KeptEntry,
  by: (now: KeptTokens) => KeptTokens | null,
): Promise<boolean> {
  for (;;) {
    const now = await book.find(caller);
    if (now?.tokens.accessToken !== accessToken || now.tokens.refreshToken !== refreshToken) return false;
    const next = by(now.tokens);
    if (next === null ? await book.remove(caller, now) : (await book.replace(caller, now, next)) !== null) return true;
  }
}
