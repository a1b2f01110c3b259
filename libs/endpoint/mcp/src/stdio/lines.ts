import type { Readable } from 'node:stream';
import { createIdScan, type IdScan } from '../protocol/id-scan.ts';
import type { TooLarge } from '../http/read-body.ts';

const NEWLINE = 0x0a;

/**
 * Cuts a stream into lines. Empty lines are left out; of one that is too long only its length and the id of its request
 * are yielded, once it is over.
 *
 * @param limit bytes per line
 */
export async function* readLines(input: Readable, limit: number): AsyncGenerator<Buffer | TooLarge> {
  let parts: Buffer[] = [];
  let size = 0;
  let scan: IdScan | null = null;
  function add(part: Buffer): void {
    size += part.length;
    parts.push(part);
    if (size <= limit) return;
    scan ??= createIdScan();
    for (const kept of parts) scan.write(kept);
    parts = [];
  }
  function cut(): Buffer | TooLarge {
    const line = scan === null ? Buffer.concat(parts) : { bytes: size, id: scan.id() };
    [parts, size, scan] = [[], 0, null];
    return line;
  }

  for await (const chunk of input as AsyncIterable<Buffer | string>) {
    let rest: Buffer = Buffer.from(chunk);
    for (let at = rest.indexOf(NEWLINE); at >= 0; at = rest.indexOf(NEWLINE)) {
      add(rest.subarray(0, at));
      rest = rest.subarray(at + 1);
      const line = cut();
      if (!Buffer.isBuffer(line) || line.toString('latin1').trim() !== '') yield line;
    }
    add(rest);
  }
}
