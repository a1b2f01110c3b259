import { isObject } from '@sallyport/base';
import type { JsonObject, JsonValue } from '@sallyport/contracts';
import { type AuthorizationServer, processDiscoveryResponse } from 'oauth4webapi';
import { TokenUnavailable, unavailable } from './token-unavailable.ts';

type Fetch = typeof globalThis.fetch;

/** What a token is asked for, and where. */
export interface Target {
  readonly server: AuthorizationServer;
  /** What it is for (RFC 8707), as the server names itself. */
  readonly resource: string;
  /** Scopes that the server says it supports. */
  readonly supported: readonly string[];
  /** Who grants callers' tokens, where somebody else does. */
  readonly identityProvider?: AuthorizationServer;
}

export interface DiscoverOptions {
  /** The server's MCP endpoint. */
  readonly url: string;
  /** The authorization server that the operator names. */
  readonly issuer: string;
  /** The issuer that grants callers' tokens, where somebody else does. */
  readonly identityProvider?: string | undefined;
  /** Where the server's challenge says that it describes itself; null where it does not say. */
  readonly metadata: string | null;
  readonly fetch: Fetch;
}

/** What is known of where tokens are had: read once, and again where it did not do. */
export class Targets {
  readonly #options: Omit<DiscoverOptions, 'metadata'>;
  #known: { readonly metadata: string | null; readonly target: Promise<Target> } | null = null;

  constructor(options: Omit<DiscoverOptions, 'metadata'>) {
    this.#options = options;
  }

  /** @param metadata where the server says that it describes itself; null where it does not say */
  find(metadata: string | null): Promise<Target> {
    if (this.#known?.metadata !== metadata)
      this.#known = { metadata, target: discover({ ...this.#options, metadata }) };
    return this.#known.target;
  }

  forget(): void {
    this.#known = null;
  }
}

/**
 * Reads how the server describes itself (RFC 9728), and its authorization server (RFC 8414, OpenID Connect Discovery 1.0). Both must
 * name what they were asked for: a token is for this server and of this issuer alone.
 *
 * @throws TokenUnavailable saying what does not fit, and what fetching throws
 */
export async function discover(options: DiscoverOptions): Promise<Target> {
  const { issuer, identityProvider, url, fetch } = options;
  const described = (await describedBy(options)) ?? {};
  const { resource = canonical(url), authorization_servers: named = [] } = described;
  if (typeof resource !== 'string' || !covers(resource, url))
    throw new TokenUnavailable(`the server describes itself as ${said(resource)}, which is not ${url}`);
  if (Array.isArray(named) && !names(named, issuer))
    throw new TokenUnavailable(
      `the server names ${named.map(said).join(', ')} as its authorization server: it must be in \`auth.issuer\`, which is ${issuer}`,
    );
  const target = { server: await serverOf(issuer, fetch), resource, supported: textsOf(described['scopes_supported']) };
  if (identityProvider === undefined) return target;
  try {
    return { ...target, identityProvider: await serverOf(identityProvider, fetch) };
  } catch (error) {
    throw new TokenUnavailable(unavailable(identityProvider, error));
  }
}

/** Null for a server that does not describe itself. */
async function describedBy({ url, metadata, fetch }: DiscoverOptions): Promise<JsonObject | null> {
  const { origin, pathname } = new URL(url);
  if (metadata !== null) {
    const place = URL.parse(metadata);
    if (place === null || (place.protocol !== 'https:' && place.origin !== origin))
      throw new TokenUnavailable(`the server names ${said(metadata)} for its metadata, which is not served over https`);
    const described = await objectAt(place.href, fetch);
    if (described === null) throw new TokenUnavailable(`there is no metadata at ${place.href}, which the server names`);
    return described;
  }
  const wellKnown = `${origin}/.well-known/oauth-protected-resource`;
  return (await objectAt(wellKnown + pathname.replace(/\/$/, ''), fetch)) ?? objectAt(wellKnown, fetch);
}

/** @throws TokenUnavailable where an issuer publishes no metadata of its own, and what fetching throws */
export async function serverOf(issuer: string, fetch: Fetch): Promise<AuthorizationServer> {
  const { origin, pathname } = new URL(issuer);
  const path = pathname.replace(/\/$/, '');
  const places = new Set([
    `/.well-known/oauth-authorization-server${path}`,
    `/.well-known/openid-configuration${path}`,
    `${path}/.well-known/openid-configuration`,
  ]);
  let failure: unknown = new TokenUnavailable(`${issuer} publishes no metadata of an authorization server`);
  for (const place of places) {
    const response = await fetch(origin + place, { signal: timeLimit() });
    if (response.status !== 200) continue;
    try {
      return withSafeEndpoint(await processDiscoveryResponse(new URL(issuer), response), issuer);
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}

/** The credential goes out over TLS, or to the very origin that the operator named without it. */
function withSafeEndpoint(server: AuthorizationServer, issuer: string): AuthorizationServer {
  httpsOrOf(issuer, server.token_endpoint, 'token endpoint');
  return server;
}

/** An endpoint of an authorization server, over TLS or at the very origin that is the issuer. @throws TokenUnavailable */
export function httpsOrOf(issuer: string, endpoint: string | undefined, what: string): URL {
  const place = URL.parse(endpoint ?? '');
  if (place !== null && (place.protocol === 'https:' || place.origin === new URL(issuer).origin)) return place;
  throw new TokenUnavailable(`the ${what} of ${issuer} is missing or not served over https`);
}

async function objectAt(place: string, fetch: Fetch): Promise<JsonObject | null> {
  const response = await fetch(place, { headers: { accept: 'application/json' }, signal: timeLimit() });
  if (response.status !== 200) return null;
  // Some servers answer every path with a page.
  const value = (await response.json().catch(() => null)) as JsonValue;
  return isObject(value) ? value : null;
}

/** How long an answer about tokens may take. */
export function timeLimit(): AbortSignal {
  return AbortSignal.timeout(10_000);
}

/** Whether a server that describes itself so is the one at this URL: the same, or a parent of it at the same origin. */
function covers(resource: string, url: string): boolean {
  const [wide, own] = [URL.parse(resource), new URL(url)];
  if (wide?.origin !== own.origin) return false;
  const path = wide.pathname.replace(/\/$/, '');
  return own.pathname === path || own.pathname.startsWith(`${path}/`);
}

/** RFC 8707 section 2: without a fragment. */
function canonical(url: string): string {
  const { origin, pathname, search } = new URL(url);
  return origin + (pathname === '/' ? '' : pathname) + search;
}

/** Whether an issuer is one of those that a server names, where it names any. */
function names(named: readonly JsonValue[], issuer: string): boolean {
  const { href } = new URL(issuer);
  return named.length === 0 || textsOf(named).some((each) => URL.parse(each)?.href === href);
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [];
}

/** What a server wrote, for a sentence. */
function said(value: JsonValue): string {
  return typeof value === 'string' ? value.slice(0, 200) : typeof value;
}
