import { createIdScan, type IdScan, isSpace } from './id-scan.ts';

const LF = 0x0a;
const BOM = Buffer.from([0xef, 0xbb, 0xbf]);

/** A line that is too long: of it only the size and the id of its message are kept. */
export interface LongLine {
  readonly bytes: number;
  readonly scan: Pick<IdScan, 'id' | 'answerId'>;
}

/**
 * Splits bytes into lines. Work is linear in the bytes however they are cut: only new bytes are searched, and the parts
 * of a line are joined once. A byte order mark before a line is no part of it.
 */
export class LineSplitter {
  readonly #maxBytes: number;
  readonly #prefix: Buffer;
  #parts: Buffer[] = [];
  #bytes = 0;
  #scan: IdScan | null = null;

  /** `maxBytes`: the longest line that is kept. `prefix`: what stands before the message of a line, at most `maxBytes`. */
  constructor(maxBytes: number, prefix = '') {
    this.#maxBytes = maxBytes;
    this.#prefix = Buffer.from(prefix);
  }

  /** Takes the next bytes; answers the lines that are whole now, without their ends. */
  *push(chunk: Buffer): Generator<Buffer | LongLine> {
    let from = 0;
    for (let end = chunk.indexOf(LF); end !== -1; end = chunk.indexOf(LF, from)) {
      this.#keep(chunk.subarray(from, end));
      from = end + 1;
      yield this.#cut();
    }
    this.#keep(chunk.subarray(from));
  }

  #keep(part: Buffer): void {
    if (part.length === 0) return;
    this.#bytes += part.length;
    this.#parts.push(part);
    if (this.#bytes <= this.#maxBytes) return;
    if (this.#scan === null) this.#parts = [without(this.#prefix, Buffer.concat(this.#parts))];
    this.#scan ??= createIdScan();
    for (const kept of this.#parts) this.#scan.write(kept);
    this.#parts = [];
  }

  #cut(): Buffer | LongLine {
    const [first, ...more] = this.#parts;
    const whole = more.length === 0 ? first : Buffer.concat(this.#parts);
    const line = this.#scan === null ? withoutBom(whole ?? Buffer.alloc(0)) : { bytes: this.#bytes, scan: this.#scan };
    [this.#parts, this.#bytes, this.#scan] = [[], 0, null];
    return line;
  }
}

/** Says whether a line holds nothing but white space. Of any other one only the beginning is looked at. */
export function isBlank(line: Buffer): boolean {
  return line.every(isSpace);
}

/** The bytes without the byte order mark that they may begin with, which a reader may ignore (RFC 8259, 8.1). */
export function withoutBom(bytes: Buffer): Buffer {
  return without(BOM, bytes);
}

function without(prefix: Buffer, bytes: Buffer): Buffer {
  return bytes.subarray(0, prefix.length).equals(prefix) ? bytes.subarray(prefix.length) : bytes;
}
