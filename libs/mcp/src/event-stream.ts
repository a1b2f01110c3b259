import { createParser } from 'eventsource-parser';

/** One server-sent event. */
export interface ServerEvent {
  readonly id: string | null;
  /** Its type; null for a plain message. */
  readonly event: string | null;
  readonly data: string;
}

/** Reads the server-sent events of a stream (WHATWG HTML, 9.2.6), however its bytes are cut. */
export class EventStream {
  readonly #decoder = new TextDecoder();
  readonly #parser;
  #events: ServerEvent[] = [];
  #tooLong = false;
  #lastId: string | null = null;
  #retryMs: number | null = null;
  #afterCr = false;

  /** `maxLength`: no more of an event than so many UTF-16 units is kept while its end has not come. */
  constructor(maxLength: number) {
    this.#parser = createParser({
      maxBufferSize: maxLength,
      onEvent: ({ id = null, event = null, data }) => {
        this.#lastId = id ?? this.#lastId;
        this.#events.push({ id, event, data });
      },
      onRetry: (ms) => void (this.#retryMs = ms),
      onError: ({ type }) => void (this.#tooLong ||= type === 'max-buffer-size-exceeded'),
    });
  }

  /** Where to go on after the stream has ended: the id of the last event (null for none), and when, if the server said so. */
  get resumption(): { readonly lastId: string | null; readonly retryMs: number | null } {
    return { lastId: this.#lastId, retryMs: this.#retryMs };
  }

  /**
   * Takes the next bytes.
   *
   * @returns the events that are whole now, but those without data; null once one is too long
   */
  push(chunk: Uint8Array): readonly ServerEvent[] | null {
    if (this.#tooLong) return null;
    this.#parser.feed(this.#withLineFeeds(this.#decoder.decode(chunk, { stream: true })));
    const events = this.#events.filter(({ data }) => data !== '');
    this.#events = [];
    return this.#tooLong ? null : events;
  }

  /** The parser waits behind a CR for a LF, which may never come: every end of a line becomes a LF. */
  #withLineFeeds(text: string): string {
    const more = this.#afterCr && text.startsWith('\n') ? text.slice(1) : text;
    if (text !== '') this.#afterCr = text.endsWith('\r');
    return more.includes('\r') ? more.replaceAll(/\r\n?/g, '\n') : more;
  }
}
