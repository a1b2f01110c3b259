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
 * The way back over HTTP: one JSON body, or an event stream from the first message on that goes ahead of the answer
 * (MCP, streamable HTTP). A class, since one is made for every request.
 */
export class HttpReply implements Reply {
  readonly canStream: boolean;
  readonly controller = new AbortController();
  readonly #response: ServerResponse;
  #keepAlive: NodeJS.Timeout | undefined;

  constructor(response: ServerResponse, canStream: boolean) {
    this.#response = response;
    this.canStream = canStream;
    response.on('close', () => this.#closed());
  }

  #closed(): void {
    clearInterval(this.#keepAlive);
    if (!this.#response.writableFinished) this.controller.abort();
  }

  stream(text: string, droppable: boolean): void {
    const response = this.#response;
    if (response.writableEnded || response.destroyed) return;
    if (!response.headersSent) {
      response.writeHead(200, streamHeaders);
      this.#keepAlive = setInterval(() => response.write(': waiting\n\n'), KEEP_ALIVE_MS).unref();
    }
    if (droppable && response.writableLength > MAX_WAITING) return;
    response.write(`event: message\ndata: ${text}\n\n`);
  }

  end(status: number, text: string): void {
    const response = this.#response;
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
