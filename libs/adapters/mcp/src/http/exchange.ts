import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import type { JsonObject, UpstreamFailure } from '@sallyport/contracts';
import { classify, EventStream, parseMessages, type ServerEvent } from '@sallyport/mcp';
import { failed, type Failure } from '../wire/read-outcome.ts';
import { decoderOf } from './content-coding.ts';
import type { RequestTimer } from '../wire/request-timer.ts';

/** What came back: a whole body, the one message of an event stream that was the answer, or nothing usable. */
export type Reply =
  | { readonly kind: 'whole'; readonly status: number; readonly headers: IncomingHttpHeaders; readonly body: string }
  | { readonly kind: 'message'; readonly headers: IncomingHttpHeaders; readonly message: JsonObject }
  | (Failure & { readonly resumeFrom?: ResumeFrom });

/** A stream ended before the answer, and can be gone on with behind the event of this id. */
export interface ResumeFrom {
  readonly lastId: string;
  /** Milliseconds that the server asks to wait; null where it says nothing. */
  readonly retryMs: number | null;
}

export interface ExchangeOptions {
  readonly connections: Dispatcher;
  readonly origin: string;
  readonly method: 'POST' | 'GET' | 'DELETE';
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: string | null;
  readonly timer: RequestTimer;
  readonly signal: AbortSignal | null;
  /** Of the whole answer, event streams included. */
  readonly maxBytes: number;
  /** Called on the socket that is about to be written, before its first byte. */
  beforeWrite(): boolean;
  /** True where the status is all that matters: what follows it is not waited for. */
  readonly untilStatus: boolean;
  /** Called when the answer turns out to be an event stream. */
  onStream(): void;
  /** Called with the bytes of an event stream that is read by its caller: neither counted nor read here. */
  readonly onBytes: ((bytes: Buffer) => void) | undefined;
  /** Called for each message of an event stream; true says that it is the answer. */
  take(message: JsonObject): boolean;
  /** Takes out of a text what nobody may read. */
  clean(text: string): string;
}

/** How long an upstream may keep a stream open after the answer: a stream holds a connection. */
const AFTER_ANSWER_MS = 1_000;

/**
 * One HTTP request, sent once. Never throws, never follows a redirect, never sends again: undici is asked through its
 * `dispatch`, which has no retries, and a request whose socket dies is failed by it. `onRequestStart` is called by undici
 * synchronously before it writes the request to a connected socket, so that until then nothing has left us.
 */
export function exchange(options: ExchangeOptions): Promise<Reply> {
  return new Promise((resolve) => new Exchange(options, resolve).start());
}

class Exchange implements Dispatcher.DispatchHandler {
  readonly #options: ExchangeOptions;
  readonly #resolve: (reply: Reply) => void;
  readonly #onAbort = (): void => this.#fail('cancelled', 'the caller is gone or out of time');
  #rest: NodeJS.Timeout | undefined;
  #controller: Dispatcher.DispatchController | null = null;
  #settled = false;
  #sent = false;
  #bytes = 0;
  #status = 0;
  #headers: IncomingHttpHeaders = {};
  #chunks: Buffer[] = [];
  #events: EventStream | null = null;
  #decoder: ReturnType<typeof decoderOf> = null;

  constructor(options: ExchangeOptions, resolve: (reply: Reply) => void) {
    this.#options = options;
    this.#resolve = resolve;
  }

  start(): void {
    const { connections, origin, method, path, headers, body, signal, timer } = this.#options;
    if (signal?.aborted) return this.#onAbort();
    timer.start((why) => this.#fail('upstream_timeout', why));
    signal?.addEventListener('abort', this.#onAbort, { once: true });
    try {
      connections.dispatch({ origin, method, path, headers, body }, this);
    } catch (error) {
      this.#fail('upstream_down', describe(error));
    }
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (!this.#settled && !this.#options.beforeWrite()) this.#fail('cancelled', 'stopped before the first byte');
    if (this.#settled) controller.abort(new Error('not sent'));
    else this.#sent = true;
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    if (status < 200) return;
    this.#status = status;
    this.#headers = cleanChallenge(headers, this.#options.clean);
    if (this.#options.untilStatus) return this.#answer({ kind: 'whole', status, headers: this.#headers, body: '' });
    if (Number(headers['content-length'] ?? 0) > this.#options.maxBytes) return this.#tooLarge();
    this.#decoder = decoderOf(headers['content-encoding'], {
      data: (piece) => this.#decoded(piece),
      end: () => this.#ended(),
      broken: () => this.#fail('upstream_garbage', 'the answer can’t be decompressed'),
    });
    if (status >= 300 || !isEventStream(headers)) return;
    this.#events = new EventStream(this.#options.maxBytes);
    this.#options.onStream();
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#decoder === null) this.#decoded(chunk);
    else if (!this.#settled) this.#decoder.write(chunk);
  }

  onResponseEnd(): void {
    if (this.#decoder === null) this.#ended();
    else this.#decoder.end();
  }

  #decoded(chunk: Buffer): void {
    if (this.#settled) return;
    if (this.#events !== null && this.#options.onBytes !== undefined) return this.#options.onBytes(chunk);
    this.#bytes += chunk.length;
    if (this.#bytes > this.#options.maxBytes) this.#tooLarge();
    else if (this.#events === null) this.#chunks.push(chunk);
    else this.#take(this.#events.push(chunk));
  }

  #ended(): void {
    if (this.#settled) return clearTimeout(this.#rest);
    if (this.#events !== null) return this.#fail('upstream_garbage', 'the event stream ended without an answer');
    const [first, ...more] = this.#chunks;
    const whole = more.length === 0 ? first : Buffer.concat(this.#chunks);
    const body = this.#options.clean(whole?.toString('utf8') ?? '');
    this.#settle({ kind: 'whole', status: this.#status, headers: this.#headers, body });
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.#fail('upstream_down', describe(error));
  }

  /** Events of another type than `message` are a server's own, heartbeats mostly. Null for one that is longer than an answer may be. */
  #take(events: readonly ServerEvent[] | null): void {
    if (events === null) return this.#tooLarge();
    for (const { event, data } of events) if (event === null || event === 'message') this.#event(data);
  }

  #event(data: string): void {
    if (this.#settled) return;
    for (const message of parseMessages(this.#options.clean(data))) if (isForUs(message)) this.#message(message);
  }

  #message(message: JsonObject): void {
    if (this.#settled || !this.#options.take(message)) return;
    this.#answer({ kind: 'message', headers: this.#headers, message });
  }

  #answer(reply: Reply): void {
    if (this.#settled) return;
    this.#settle(reply);
    this.#rest = setTimeout(() => this.#controller?.abort(new Error('answered')), AFTER_ANSWER_MS).unref();
  }

  #tooLarge(): void {
    this.#fail('upstream_too_large', `the answer is larger than ${this.#options.maxBytes} bytes`);
  }

  #fail(reason: UpstreamFailure, detail: string): void {
    if (this.#settled) return;
    const failure = failed(reason, this.#sent, detail);
    const resumeFrom = reason === 'upstream_garbage' || reason === 'upstream_down' ? this.#resumeFrom() : null;
    this.#settle(resumeFrom === null ? failure : { ...failure, resumeFrom });
    this.#decoder?.destroy();
    // Closing the connection is how 2026-07-28 cancels; in every era it frees what the answer would still take.
    this.#controller?.abort(new Error(detail));
  }

  #resumeFrom(): ResumeFrom | null {
    const { lastId, retryMs } = this.#events?.resumption ?? { lastId: null, retryMs: null };
    return lastId !== null && headerText.test(lastId) ? { lastId, retryMs } : null;
  }

  #settle(reply: Reply): void {
    this.#settled = true;
    this.#options.timer.clear();
    this.#options.signal?.removeEventListener('abort', this.#onAbort);
    this.#resolve(reply);
  }
}

/** What can be sent back as `Last-Event-ID`. */
const headerText = /^[\x21-\x7e]{1,1024}$/;

/**
 * Says whether a message is one to act on. Two are not: a heartbeat that is JSON but no JSON-RPC, and an answer without an id,
 * which belongs to a notification.
 */
function isForUs(message: JsonObject): boolean {
  const incoming = classify(message);
  return incoming.kind === 'response' ? incoming.id !== null : incoming.kind !== 'garbage';
}

/** A challenge is told in failures, and others are not. */
function cleanChallenge(headers: IncomingHttpHeaders, clean: (text: string) => string): IncomingHttpHeaders {
  const { 'www-authenticate': asks } = headers;
  return asks === undefined ? headers : { ...headers, 'www-authenticate': clean([asks].flat().join(', ')) };
}

function isEventStream(headers: IncomingHttpHeaders): boolean {
  return headers['content-type']?.toLowerCase().startsWith('text/event-stream') ?? false;
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error && typeof error.code === 'string' ? `${error.code}: ` : '';
  return `${code}${error.message}`.slice(0, 500);
}
