const LF = 10;

/**
 * Splits bytes into lines. Work is linear in the bytes however they are cut: only new bytes are searched, and the parts
 * of a line are joined once.
 */
export class LineSplitter {
  readonly #maxBytes: number;
  #parts: Buffer[] = [];
  #bytes = 0;

  /** `maxBytes`: the longest line that is taken. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Hands each complete line, without its end, to `take`. Answers false once a line is longer than allowed. */
  push(chunk: Buffer, take: (line: string) => void): boolean {
    let from = 0;
    for (let end = chunk.indexOf(LF); end !== -1; end = chunk.indexOf(LF, from)) {
      if (!this.#keep(chunk.subarray(from, end))) return false;
      take(this.#line());
      from = end + 1;
    }
    return this.#keep(chunk.subarray(from));
  }

  #keep(part: Buffer): boolean {
    if (part.length === 0) return true;
    this.#bytes += part.length;
    if (this.#bytes > this.#maxBytes) return false;
    this.#parts.push(part);
    return true;
  }

  #line(): string {
    const [first, ...more] = this.#parts;
    const whole = more.length === 0 ? first : Buffer.concat(this.#parts);
    this.#parts = [];
    this.#bytes = 0;
    return whole?.toString('utf8') ?? '';
  }
}
