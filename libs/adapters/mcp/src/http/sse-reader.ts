import { EventStream, LineSplitter, type ServerEvent } from '@sallyport/mcp';

export interface SseReaderOptions {
  /** The longest line, and the most UTF-16 units of an event of several. */
  readonly maxBytes: number;
  onEvent(event: ServerEvent): void;
  /** A line was too long, and is left out: the id of the request of ours that it answers; null where it can't be told. */
  onLongLine(id: string | number | null): void;
  /** An event of several lines was too long; nothing is read any more. */
  onLongEvent(): void;
}

const LF = Buffer.from('\n');

/** Reads an event stream without an end, on which answers to many requests come: one that is too long ends no other. */
export class SseReader {
  readonly #options: SseReaderOptions;
  readonly #lines: LineSplitter;
  readonly #events: EventStream;

  constructor(options: SseReaderOptions) {
    this.#options = options;
    this.#lines = new LineSplitter(options.maxBytes, 'data:');
    this.#events = new EventStream(options.maxBytes);
  }

  /** Takes the next bytes. */
  push(bytes: Buffer): void {
    for (const line of this.#lines.push(bytes)) {
      if (Buffer.isBuffer(line)) this.#take(Buffer.concat([line, LF]));
      else this.#options.onLongLine(line.scan.answerId());
    }
  }

  #take(line: Buffer): void {
    const events = this.#events.push(line);
    if (events === null) return this.#options.onLongEvent();
    for (const event of events) this.#options.onEvent(event);
  }
}
