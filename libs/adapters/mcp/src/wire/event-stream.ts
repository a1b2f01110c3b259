import { LineSplitter } from './line-splitter.ts';

const CR = 13;
const LF = 10;

/**
 * Reads the `data` of server-sent events (WHATWG HTML, 9.2.6). Event names, ids and retry times are skipped: streams are
 * not resumed.
 */
export class EventStream {
  readonly #lines: LineSplitter;
  #data: string[] = [];
  #afterCr = false;
  #first = true;

  /** `maxBytes`: the longest line that is taken. */
  constructor(maxBytes: number) {
    this.#lines = new LineSplitter(maxBytes);
  }

  /** Hands the data of each complete event to `take`; events without data are skipped. False once a line is too long. */
  push(chunk: Buffer, take: (data: string) => void): boolean {
    return this.#lines.push(this.#withLineFeeds(chunk), (line) => this.#field(line, take));
  }

  #field(line: string, take: (data: string) => void): void {
    const text = this.#first && line.startsWith('\uFEFF') ? line.slice(1) : line;
    this.#first = false;
    if (text === '') return this.#dispatch(take);
    if (text === 'data') this.#data.push('');
    else if (text.startsWith('data:')) this.#data.push(text.slice(text[5] === ' ' ? 6 : 5));
  }

  #dispatch(take: (data: string) => void): void {
    const data = this.#data.join('\n');
    this.#data = [];
    if (data !== '') take(data);
  }

  /** Lines may end with CR, LF or both; JSON holds none of them raw, so that the bytes can be rewritten. */
  #withLineFeeds(chunk: Buffer): Buffer {
    const bytes = this.#afterCr && chunk[0] === LF ? chunk.subarray(1) : chunk;
    if (chunk.length > 0) this.#afterCr = chunk.at(-1) === CR;
    if (!bytes.includes(CR)) return bytes;
    return Buffer.from(bytes.toString('latin1').replace(/\r\n?/g, '\n'), 'latin1');
  }
}
