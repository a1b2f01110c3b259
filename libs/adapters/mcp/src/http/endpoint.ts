import { Pool } from 'undici';
import type { Clock, HttpUpstreamParts, JsonObject } from '@sallyport/contracts';
import { encodeHeaderValue, MODERN } from '@sallyport/mcp';
import type { UpstreamLog } from '../bounded-log.ts';
import { RequestTimer } from '../wire/request-timer.ts';
import { exchange } from './exchange.ts';
import type { Reply } from './exchange.ts';

export interface EndpointOptions {
  readonly id: string;
  readonly config: HttpUpstreamParts;
  /** The resolved values of `config.headers`; asked for at each request, so that a credential can be rotated. */
  secrets(): Readonly<Record<string, string>>;
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
  onStream?(): void;
  /** Reads the event stream in the place of `take`; see `exchange`. */
  readonly onBytes?: (bytes: Buffer) => void;
  take?(message: JsonObject): boolean;
  /** A stream that stays open: it takes no connection from calls. */
  readonly lasting?: boolean;
}

/** Headers that are ours to set: a configured one of the same name is ignored. */
const OURS = /^(content-type|content-length|accept|accept-encoding|host|connection|transfer-encoding|mcp-.*)$/;
/** Calls that may run at a time; sockets are opened as they are needed. */
const CONNECTIONS = 256;
const CONNECT_TIMEOUT_MS = 5_000;

/** The MCP endpoint of an upstream: its connections and our credential for it. Lasting streams are as many as sessions. */
export class Endpoint {
  readonly #pool: Pool;
  readonly #lasting: Pool;
  #path: string;
  readonly #host: string;
  readonly #options: EndpointOptions;
  #secrets: Readonly<Record<string, string>> | null = null;
  #credential: Record<string, string> = {};
  #lostAt = -Infinity;

  constructor(options: EndpointOptions) {
    const url = new URL(options.config.url);
    this.#options = options;
    this.#path = url.pathname + url.search;
    this.#host = url.host;
    const pool = {
      // One request at a time on a socket: a second one on it would fail with the first.
      pipelining: 1,
      // Our own time-outs hold for the whole exchange; undici's would count from the last byte.
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: { timeout: CONNECT_TIMEOUT_MS },
    };
    this.#pool = new Pool(url.origin, { ...pool, connections: CONNECTIONS });
    this.#lasting = new Pool(url.origin, pool);
    const lost = (): void => void (this.#lostAt = options.clock.monotonic());
    for (const each of [this.#pool, this.#lasting]) each.on('disconnect', lost);
  }

  /** When a connection last ended, as all do where the upstream is started again: monotonic, milliseconds. */
  get lostAt(): number {
    return this.#lostAt;
  }

  /** The path that an address names, with its query; null for one of another origin. */
  pathOf(address: string): string | null {
    const { origin } = new URL(this.#options.config.url);
    const named = URL.parse(address, `${origin}${this.#path}`);
    return named?.origin === origin ? named.pathname + named.search : null;
  }

  /** Sends once; see `exchange`. */
  send(post: Post): Promise<Reply> {
    return exchange({
      pool: post.lasting === true ? this.#lasting : this.#pool,
      method: post.method ?? 'POST',
      path: post.path ?? this.#path,
      headers: { ...this.#ownHeaders(), ...post.headers },
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
    await Promise.allSettled([this.#pool.destroy(), this.#lasting.destroy()]);
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

/** The headers of a 2026-07-28 request; `name` is the tool's, for `tools/call`. */
export function modernHeaders(method: string, name?: string): Record<string, string> {
  const headers: Record<string, string> = { 'mcp-protocol-version': MODERN, 'mcp-method': method };
  if (name !== undefined) headers['mcp-name'] = encodeHeaderValue(name);
  return headers;
}

function always(): boolean {
  return true;
}

function nothing(): void {}

function answersOnly(message: JsonObject): boolean {
  return !('method' in message);
}
