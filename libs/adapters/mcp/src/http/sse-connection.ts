import type { UpstreamFailure } from '@sallyport/contracts';
import { parseMessages, type ServerEvent } from '@sallyport/mcp';
import { ownRequest } from '../duplex/handshake.ts';
import { ENVELOPE_BYTES, type Multiplex } from '../duplex/multiplex.ts';
import type { Connection } from '../duplex/runner.ts';
import { failed, type Failure } from '../wire/read-outcome.ts';
import type { Endpoint } from './endpoint.ts';
import { statusText } from './http-answer.ts';
import type { Reply } from './exchange.ts';
import { SseReader } from './sse-reader.ts';

export interface SseConnectionOptions {
  readonly endpoint: Endpoint;
  readonly lines: Multiplex;
  /** Of one answer. */
  readonly maxBytes: number;
  /** Called once, when the stream has ended by itself, could not be opened or was given up. */
  onEnd(reason: UpstreamFailure, detail: string): void;
  /** Called before that where the server has named no address for our messages: it may speak another protocol now. */
  onUnopened(): void;
}

/** A stream is open for as long as its session; a socket that is dead is found by TCP. */
const STREAM_MS = 2_147_483_647;
/** Some servers answer a POST only when they have done what it asks for. */
const POST_MS = 3_600_000;
const PING_MS = 5_000;

/**
 * A session over HTTP+SSE (2024-11-05, transports): the stream of a GET, on which all messages of the server come, and the
 * address that its first event names, where ours are POSTed. The address must be of the origin that is configured, since
 * our credential goes there.
 */
export class SseConnection implements Connection {
  readonly #options: SseConnectionOptions;
  readonly #stop = new AbortController();
  readonly #address = Promise.withResolvers<string | null>();
  #path: string | null = null;
  #ended = false;
  #isPinging = false;

  constructor(options: SseConnectionOptions) {
    this.#options = options;
    void this.#follow();
  }

  /** POSTs one message. A status says that it was taken, and no more. */
  async write(text: string, beforeWrite: () => boolean): Promise<Failure | null> {
    const path = await this.#address.promise;
    if (path === null || this.#ended) return failed('upstream_down', false, 'the stream of the server has ended');
    const reply = await this.#options.endpoint.send({
      path,
      headers: {},
      body: text,
      time: POST_MS,
      untilStatus: true,
      signal: this.#stop.signal,
      beforeWrite,
    });
    if (reply.kind === 'failed') return reply;
    if (reply.kind === 'message' || reply.status < 300) return null;
    const why = `the server answers a message with ${statusText(reply.status, reply.headers)}`;
    void this.#ping(why);
    return failed('upstream_down', true, why);
  }

  kill(reason: UpstreamFailure, detail: string): void {
    this.#end(reason, detail);
  }

  async close(): Promise<void> {
    this.#ended = true;
    this.#settle();
  }

  async #follow(): Promise<void> {
    const { endpoint } = this.#options;
    const reply = await this.#open();
    const last = endpoint.follow(reply) ? await this.#open() : reply;
    this.#end('upstream_down', this.#endOf(last));
  }

  #open(): Promise<Reply> {
    const { endpoint, lines, maxBytes } = this.#options;
    const reader = new SseReader({
      maxBytes: maxBytes + ENVELOPE_BYTES,
      onEvent: (event) => this.#take(event),
      onLongLine: (id) => lines.tooLong(id, maxBytes),
      onLongEvent: () => this.#end('upstream_too_large', `has sent an event larger than ${maxBytes} bytes`),
    });
    return endpoint.send({
      method: 'GET',
      headers: { accept: 'text/event-stream' },
      body: null,
      time: STREAM_MS,
      repeatable: true,
      signal: this.#stop.signal,
      lasting: true,
      onBytes: (bytes) => reader.push(bytes),
    });
  }

  #take({ event, data }: ServerEvent): void {
    if (this.#ended) return;
    if (event === 'endpoint') this.#named(data);
    else if (event === null || event === 'message')
      this.#options.lines.receive(parseMessages(this.#options.endpoint.clean(data)), data.length);
  }

  /** The first address counts. */
  #named(address: string): void {
    if (this.#path !== null) return;
    this.#path = this.#options.endpoint.pathOf(address);
    if (this.#path !== null) return this.#address.resolve(this.#path);
    const where = JSON.stringify(address.slice(0, 300));
    this.#end(
      'upstream_down',
      `names ${where} for our messages, of another origin than \`url\`: our credential is not sent there. Name the server by that origin in \`url\``,
    );
  }

  /** A message that is refused may be one alone; where a ping is, too, the server has forgotten the session. */
  async #ping(why: string): Promise<void> {
    if (this.#isPinging) return;
    this.#isPinging = true;
    const answer = await this.#options.lines.request('ping', () => ({}), ownRequest(PING_MS));
    this.#isPinging = false;
    if (answer.kind === 'failed') this.#end('upstream_down', `knows the session no more: ${why}`);
  }

  #end(reason: UpstreamFailure, detail: string): void {
    if (this.#ended) return;
    this.#ended = true;
    if (this.#path === null) this.#options.onUnopened();
    this.#options.onEnd(reason, detail);
    this.#settle();
  }

  #settle(): void {
    this.#address.resolve(null);
    this.#stop.abort();
  }

  #endOf(reply: Reply): string {
    if (reply.kind === 'whole') {
      const { status, headers } = reply;
      return `answers GET with ${status < 300 ? `HTTP ${status} and no event stream` : statusText(status, headers)}`;
    }
    const why = reply.kind === 'failed' && reply.reason !== 'upstream_garbage' ? `: ${reply.detail}` : '';
    return this.#path === null ? `answers GET with no event \`endpoint\`${why}` : `has ended its stream${why}`;
  }
}
