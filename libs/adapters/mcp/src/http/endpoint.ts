import type { Dispatcher } from 'undici';
import {
  clientMethod,
  type Clock,
  type HttpUpstreamParts,
  type JsonObject,
  type Proxies,
  type UpstreamAuthParts,
  type UpstreamSignIn,
} from '@sallyport/contracts';
import { thrownText } from '@sallyport/base';
import { encodeHeaderValue, MODERN } from '@sallyport/mcp';
import type { UsersParts } from '../auth/connection-book.ts';
import { type OnBehalf, type ShownTokens, TokenSources } from '../auth/token-sources.ts';
import type { UpstreamLog } from '../bounded-log.ts';
import { failed, type Failure } from '../wire/read-outcome.ts';
import { RequestTimer } from '../wire/request-timer.ts';
import { WaitEnded, waitFor } from '../wire/waiting.ts';
import { connectionsTo } from './connections.ts';
import { exchange } from './exchange.ts';
import type { Reply } from './exchange.ts';

export interface EndpointOptions {
  readonly id: string;
  readonly config: HttpUpstreamParts;
  /** The resolved values of `config.headers`; asked for at each request, so that a credential can be rotated. */
  secrets(): Readonly<Record<string, string>>;
  /** A `fetch` for documents: it reaches public addresses and the origins of these URLs, is bounded and follows no redirect. */
  fetchFor(named: readonly string[]): typeof globalThis.fetch;
  /** For `auth.type: authorization_code`. */
  readonly users?: UsersParts;
  readonly proxies: Proxies | null;
  readonly clock: Clock;
  readonly log: UpstreamLog;
}

/** One request of ours. What is left out has a default: no signal, no event taken, always sent. */
export interface Post {
  readonly method?: 'POST' | 'GET' | 'DELETE';
  /** Another path of the same origin, with its query. */
  readonly path?: string;
  readonly headers: Record<string, string>;
  readonly body: string | null;
  /** Milliseconds, or a timer that its sender can renew. */
  readonly time: number | RequestTimer;
  /** True where the status is all that matters. */
  readonly untilStatus?: boolean;
  readonly signal?: AbortSignal | null;
  beforeWrite?(): boolean;
  /** It does nothing at the server, and may be sent again where our token is refused. A call is sent once, whatever is answered. */
  readonly repeatable?: boolean;
  /** Whose token is shown, where callers have their own. */
  readonly onBehalf?: OnBehalf;
  onStream?(): void;
  /** Reads the event stream in the place of `take`; see `exchange`. */
  readonly onBytes?: (bytes: Buffer) => void;
  take?(message: JsonObject): boolean;
  /** A stream that stays open: it takes no connection from calls. */
  readonly lasting?: boolean;
}

/** What a request shows, and what takes that out of the answer. */
interface Shown {
  readonly headers: Record<string, string>;
  readonly clean: (text: string) => string;
}

const notAtHand = (type = ''): string =>
  `\`auth.type: ${type}\` needs the token of the caller, which is at hand for clients over HTTP alone`;

/** Headers that are ours to set: a configured one of the same name is ignored. */
const OURS = /^(content-type|content-length|accept|accept-encoding|host|connection|transfer-encoding|mcp-.*)$/;
/** Calls that may run at a time; sockets are opened as they are needed. */
const CONNECTIONS = 256;
/** A token may be refused for what it is, and then for its scopes. */
const REPEATS = 2;

/** The MCP endpoint of an upstream: its connections and our credential for it. Lasting streams are as many as sessions. */
export class Endpoint {
  readonly #connections: Dispatcher;
  readonly #lasting: Dispatcher;
  readonly #tokens: TokenSources | null;
  /** What the server has written, without our tokens. */
  readonly clean: (text: string) => string;
  readonly #nothing: Shown;
  #path: string;
  readonly #origin: string;
  readonly #host: string;
  readonly #options: EndpointOptions;
  #secrets: Readonly<Record<string, string>> | null = null;
  #credential: Record<string, string> = {};
  #lostAt = -Infinity;

  constructor(options: EndpointOptions) {
    const url = new URL(options.config.url);
    this.#options = options;
    this.#path = url.pathname + url.search;
    this.#origin = url.origin;
    this.#host = url.host;
    const { clock, config, proxies } = options;
    const to = { origin: url.origin, proxies, onLost: () => void (this.#lostAt = clock.monotonic()) };
    this.#connections = connectionsTo({ ...to, most: CONNECTIONS });
    this.#lasting = connectionsTo(to);
    const { auth } = config;
    this.#tokens =
      auth === undefined
        ? null
        : new TokenSources({ ...options, url: config.url, auth, fetch: options.fetchFor(namedIn(config.url, auth)) });
    this.clean = (text) => this.#tokens?.own.clean(text) ?? text;
    this.#nothing = { headers: {}, clean: this.clean };
  }

  /** How users sign in; null where they need not. */
  get signIn(): UpstreamSignIn | null {
    return this.#tokens?.signIn ?? null;
  }

  /** When a connection last ended, as all do where the upstream is started again: monotonic, milliseconds. */
  get lostAt(): number {
    return this.#lostAt;
  }

  /** The path that an address names, with its query; null for one of another origin. */
  pathOf(address: string): string | null {
    const named = URL.parse(address, `${this.#origin}${this.#path}`);
    return named?.origin === this.#origin ? named.pathname + named.search : null;
  }

  /** Sends once, and again where that does nothing and the server refuses our token; see `exchange`. */
  send(post: Post): Promise<Reply> {
    if (this.#tokens === null) return this.#exchange(post, this.#nothing);
    const tokens = this.#tokens.of(post.onBehalf);
    if (tokens !== null) return this.#sendWithToken(post, tokens);
    return Promise.resolve(this.#noToken(post, notAtHand(this.#options.config.auth?.type)));
  }

  /** Sends what does nothing; the first time without a token before, for what the server says of the one that it wants. */
  async greet(post: Post): Promise<Reply> {
    await this.#tokens?.own.introduce(() => this.#exchange(post, this.#nothing));
    return this.send({ ...post, repeatable: true });
  }

  async #sendWithToken(post: Post, tokens: ShownTokens): Promise<Reply> {
    for (let repeats = post.repeatable === true ? REPEATS : 0; ; repeats -= 1) {
      const token = await this.#tokenFor(post, tokens);
      if (typeof token !== 'string') return token;
      const reply = await this.#exchangeWith(token, post, tokens);
      if (reply.kind !== 'whole' || (reply.status !== 401 && reply.status !== 403)) {
        if (reply.kind !== 'failed') tokens.accepted(token);
        return reply;
      }
      const renewed = tokens.refused(token, reply);
      if (repeats === 0 || !(await renewed)) return reply;
    }
  }

  async #exchangeWith(token: string, post: Post, tokens: ShownTokens): Promise<Reply> {
    const place = new URL(post.path ?? this.#path, this.#origin);
    const headers = await tokens.headers(token, post.method ?? 'POST', place);
    const reply = await this.#exchange(post, { headers, clean: (text) => tokens.clean(text) });
    if (reply.kind !== 'failed') this.#tokens?.heard(place.origin, reply.headers);
    return reply;
  }

  /** A token, or why there is none; waited for as long as the request may take. */
  async #tokenFor(post: Post, tokens: ShownTokens): Promise<string | Failure> {
    const { signal, time } = post;
    const ms = typeof time === 'number' ? time : time.left().timeoutMs;
    try {
      return await waitFor(tokens.token(), signal ?? new AbortController().signal, ms);
    } catch (error) {
      if (error instanceof WaitEnded) return failed(error.reason, false, `${error.message} for a token`);
      return this.#noToken(post, thrownText(error));
    }
  }

  /** Our own requests tell by failing why there is no token; a caller’s is told here. */
  #noToken({ onBehalf }: Post, why: string): Failure {
    if (onBehalf !== undefined) this.#options.log('warn', `no token for a caller, whose request was not sent: ${why}`);
    return failed('upstream_down', false, `no token for it: ${why}`);
  }

  #exchange(post: Post, { headers, clean }: Shown): Promise<Reply> {
    return exchange({
      connections: post.lasting === true ? this.#lasting : this.#connections,
      origin: this.#origin,
      method: post.method ?? 'POST',
      path: post.path ?? this.#path,
      headers: { ...this.#ownHeaders(), ...headers, ...post.headers },
      body: post.body,
      timer:
        typeof post.time === 'number' ? new RequestTimer({ timeoutMs: post.time }, this.#options.clock) : post.time,
      untilStatus: post.untilStatus ?? false,
      signal: post.signal ?? null,
      maxBytes: this.#options.config.max_response_bytes,
      beforeWrite: post.beforeWrite ?? always,
      onStream: post.onStream ?? nothing,
      onBytes: post.onBytes,
      take: post.take ?? answersOnly,
      clean,
    });
  }

  /**
   * Takes the address that a redirect names, where it is the same but for a slash at its end, as many frameworks insist on
   * one; no other redirect is followed. The origin stays ours, whatever the redirect says of it.
   *
   * @returns whether the address is another now
   */
  follow(reply: Reply): boolean {
    const named = redirectOf(reply, `http://${this.#host}${this.#path}`);
    const [path = '', search] = this.#path.split(/(?=\?)/);
    const other = path.endsWith('/') ? path.slice(0, -1) : `${path}/`;
    if (named?.host !== this.#host || named.pathname !== other) return false;
    this.#path = other + (search ?? '');
    return true;
  }

  /** Aborts what is under way. */
  async close(): Promise<void> {
    await Promise.allSettled([this.#connections.destroy(), this.#lasting.destroy()]);
  }

  #ownHeaders(): Record<string, string> {
    const secrets = this.#options.secrets();
    if (secrets === this.#secrets) return this.#credential;
    const credential: Record<string, string> = {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
    };
    for (const [name, value] of Object.entries(secrets)) {
      if (!OURS.test(name.toLowerCase())) credential[name.toLowerCase()] = value;
    }
    this.#secrets = secrets;
    this.#credential = credential;
    return credential;
  }
}

function redirectOf(reply: Reply, from: string): URL | null {
  if (reply.kind !== 'whole' || (reply.status !== 307 && reply.status !== 308)) return null;
  const { location } = reply.headers;
  return location === undefined ? null : URL.parse(location, from);
}

/** The headers of a 2026-07-28 request; `Mcp-Name` mirrors the member of `params` that says what is meant, if the method has one. */
export function modernHeaders(method: string, params: JsonObject = {}): Record<string, string> {
  const headers: Record<string, string> = { 'mcp-protocol-version': MODERN, 'mcp-method': method };
  const name = params[clientMethod(method)?.target ?? ''];
  if (typeof name === 'string') headers['mcp-name'] = encodeHeaderValue(name);
  return headers;
}

/** Where the operator says that we may go, private addresses too. */
function namedIn(url: string, { issuer, identity_provider: provider }: UpstreamAuthParts): readonly string[] {
  return [url, issuer, ...(provider === undefined ? [] : [provider.issuer])];
}

function always(): boolean {
  return true;
}

function nothing(): void {}

export function answersOnly(message: JsonObject): boolean {
  return !('method' in message);
}
