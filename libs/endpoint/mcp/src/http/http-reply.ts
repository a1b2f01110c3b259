import type { ServerResponse } from 'node:http';
import type { Reply } from '../protocol/mcp-request.ts';

const streamHeaders = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
};

/** Bytes that may wait for a slow client before messages that can be missed are left out. */
const MAX_WAITING = 1_048_576;
const KEEP_ALIVE_MS = 15_000;

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
}

/**
 * The way back over HTTP: one JSON body, or an event stream from the first message on that goes ahead of the answer
 * (MCP, streamable HTTP). A class, since one is made for every request.
 */
export class HttpReply implements Reply {
  readonly canStream: boolean;
  readonly controller = new AbortController();
  readonly gone: AbortSignal;
  readonly #response: ServerResponse;
  readonly #connection = new AbortController();
  readonly #runOn: RunOn;
  readonly #challengeFor: HttpReplyOptions['challengeFor'];
  #ranOn: (() => void) | null = null;
  #keepAlive: NodeJS.Timeout | undefined;

  constructor(response: ServerResponse, canStream: boolean, { runOn = never, challengeFor }: HttpReplyOptions = {}) {
    this.#response = response;
    this.canStream = canStream;
    this.#runOn = runOn;
    this.#challengeFor = challengeFor;
    this.gone = this.#connection.signal;
    response.on('close', () => this.#closed());
  }

  #closed(): void {
    clearInterval(this.#keepAlive);
    if (this.#response.writableEnded) return; // answered, whether or not all of it arrived
    this.#ranOn = this.#runOn();
    this.#connection.abort();
    if (this.#ranOn === null) this.controller.abort();
  }

  /** Begins the event stream, where there is none yet. */
  open(): void {
    const response = this.#response;
    if (response.headersSent || response.destroyed) return;
    response.writeHead(200, streamHeaders);
    response.flushHeaders();
    this.#keepAlive = setInterval(() => response.write(': waiting\n\n'), KEEP_ALIVE_MS).unref();
  }

  /** Ends a stream that is no answer. */
  close(): void {
    clearInterval(this.#keepAlive);
    this.#response.end();
  }

  stream(text: string, droppable: boolean): void {
    const response = this.#response;
    if (response.writableEnded || response.destroyed) return;
    this.open();
    if (droppable && response.writableLength > MAX_WAITING) return;
    response.write(`event: message\ndata: ${text}\n\n`);
  }

  challenge(scopes: readonly string[], text: string): boolean {
    if (this.#response.headersSent || this.#challengeFor === undefined) return false;
    this.#response.setHeader('www-authenticate', this.#challengeFor(scopes));
    this.end(403, text);
    return true;
  }

  end(status: number, text: string): void {
    const response = this.#response;
    this.#ranOn?.();
    this.#ranOn = null;
    if (response.writableEnded || response.destroyed) return;
    if (response.headersSent) {
      clearInterval(this.#keepAlive);
      response.end(`event: message\ndata: ${text}\n\n`);
    } else {
      sendJson(response, status, text);
    }
  }
}

/** Answers a JSON body. */
export function sendJson(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
  response.end(text);
}
