import type { ServerResponse } from 'node:http';
import type { Reply } from '../protocol/mcp-request.ts';
import type { EventLog, LiveStream } from './event-log.ts';

const streamHeaders = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
};

/** Bytes that may wait for a slow client before messages that can be missed are left out. */
const MAX_WAITING = 1_048_576;
const KEEP_ALIVE_MS = 15_000;
/** An answer that takes longer than this comes on an event stream, where the client can take that up again. */
const QUIET_MS = 1_000;
/** Milliseconds after which a client that lost its connection comes back, and after which it counts as gone. */
const RETRY_MS = 1_000;
const RETURN_MS = 10_000;

/**
 * Whether a request runs on when its connection is lost: null where that cancels it (2026-07-28, Streamable HTTP), else what is
 * told of its end. In revisions with sessions a lost connection is no cancellation (2025-11-25, Streamable HTTP, sending messages 5).
 */
export type RunOn = () => (() => void) | null;
const never: RunOn = () => null;

export interface HttpReplyOptions {
  readonly runOn?: RunOn;
  /** What `WWW-Authenticate` says where a token lacks scopes; without it the answer is like any other. */
  readonly challengeFor?: (scopes: readonly string[]) => string;
  /** Keeps what is sent as events, so that a client which lost its connection can take the stream up again. */
  readonly keep?: ((stream: LiveStream) => EventLog) | null;
  /** Told of the response once the answer is written to it, whether or not it has arrived. */
  readonly wrote?: (response: ServerResponse) => void;
}

/**
 * The way back over HTTP: one JSON body, or an event stream from the first message on that goes ahead of the answer
 * (MCP, streamable HTTP). A stream that is kept begins after a second, too, since a client can take up again only what it knows
 * the id of. A class, since one is made for every request.
 */
export class HttpReply implements Reply, LiveStream {
  readonly canStream: boolean;
  readonly controller = new AbortController();
  readonly gone: AbortSignal;
  #response: ServerResponse;
  readonly #connection = new AbortController();
  readonly #runOn: RunOn;
  readonly #challengeFor: HttpReplyOptions['challengeFor'];
  readonly #wrote: HttpReplyOptions['wrote'];
  readonly #keep: NonNullable<HttpReplyOptions['keep']> | null;
  #log: EventLog | null = null;
  #ended = false;
  #ranOn: (() => void) | null = null;
  #keepAlive: NodeJS.Timeout | undefined;
  /** Until the stream begins by itself; later, until the client counts as gone. */
  #timer: NodeJS.Timeout | undefined;

  constructor(response: ServerResponse, canStream: boolean, options: HttpReplyOptions = {}) {
    const { runOn = never, challengeFor, keep = null, wrote } = options;
    this.#response = response;
    this.canStream = canStream;
    this.#runOn = runOn;
    this.#challengeFor = challengeFor;
    this.#wrote = wrote;
    this.#keep = canStream ? keep : null;
    this.gone = this.#connection.signal;
    response.on('close', () => this.#closed(response));
    if (this.#keep !== null) this.#timer = setTimeout(() => this.open(), QUIET_MS).unref();
  }

  #closed(response: ServerResponse): void {
    if (response !== this.#response) return; // the client came back over another one
    clearInterval(this.#keepAlive);
    clearTimeout(this.#timer);
    if (this.#ended || response.writableEnded) return; // answered, whether or not all of it arrived
    this.#ranOn = this.#runOn();
    if (this.#ranOn === null) this.controller.abort();
    if (this.#ranOn === null || this.#log === null) this.#connection.abort();
    else this.seen();
  }

  seen(): void {
    if (this.#ended || !this.#response.destroyed) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#connection.abort(), RETURN_MS).unref();
  }

  /** Begins the event stream, where there is none yet. */
  open(): void {
    const response = this.#response;
    if (response.headersSent || response.destroyed) return;
    clearTimeout(this.#timer);
    this.#begin(response);
    if (this.#keep === null) return;
    this.#log = this.#keep(this);
    response.write(`id: ${this.#log.first}\nretry: ${RETRY_MS}\ndata: \n\n`);
  }

  #begin(response: ServerResponse): void {
    beginEvents(response);
    this.#keepAlive = setInterval(() => {
      if (response.writableLength < MAX_WAITING) response.write(': waiting\n\n');
    }, KEEP_ALIVE_MS).unref();
  }

  resume(response: ServerResponse, after: number): void {
    const before = this.#response;
    this.#response = response;
    clearInterval(this.#keepAlive);
    clearTimeout(this.#timer);
    if (!before.destroyed) before.end();
    this.#ranOn?.();
    this.#ranOn = null;
    response.on('close', () => this.#closed(response));
    this.#begin(response);
    for (const event of this.#log?.after(after) ?? []) response.write(eventText(event));
  }

  /** Ends a stream that is no answer. */
  close(): void {
    clearInterval(this.#keepAlive);
    this.#response.end();
  }

  stream(text: string, droppable: boolean): void {
    if (this.#ended) return;
    this.open();
    const event = this.#log?.add(text) ?? { text };
    const response = this.#response;
    if (response.writableEnded || response.destroyed) return;
    if (droppable && response.writableLength > MAX_WAITING) return;
    response.write(eventText(event));
  }

  taken(): Promise<void> {
    const response = this.#response;
    if (!response.writableNeedDrain || response.destroyed) return Promise.resolve();
    return new Promise((resolve) => {
      function done(): void {
        response.off('drain', done).off('close', done);
        resolve();
      }
      response.on('drain', done).on('close', done);
    });
  }

  challenge(scopes: readonly string[], text: string): boolean {
    if (this.#response.headersSent || this.#challengeFor === undefined) return false;
    this.#response.setHeader('www-authenticate', this.#challengeFor(scopes));
    this.end(403, text);
    return true;
  }

  end(status: number, text: string): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#ranOn?.();
    this.#ranOn = null;
    clearTimeout(this.#timer);
    clearInterval(this.#keepAlive);
    const event = this.#log?.end(text) ?? { text };
    const response = this.#response;
    if (response.writableEnded || response.destroyed) return;
    if (response.headersSent) response.end(eventText(event));
    else sendJson(response, status, text);
    this.#wrote?.(response);
  }
}

/** Sends the head of an event stream. */
export function beginEvents(response: ServerResponse): void {
  response.writeHead(200, streamHeaders);
  response.flushHeaders();
}

/** Prints one event. */
export function eventText({ id, text }: { readonly id?: string; readonly text: string }): string {
  return `${id === undefined ? '' : `id: ${id}\n`}event: message\ndata: ${text}\n\n`;
}

/** Answers a JSON body. */
export function sendJson(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
  response.end(text);
}
