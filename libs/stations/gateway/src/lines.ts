import type { Readable } from 'node:stream';

const NEWLINE = 0x0a;

/**
 * Cuts a stream into lines. Empty lines are left out; one that is too long is yielded as null once it is over, and is
 * not kept in memory.
 *
 * @param limit bytes per line
 */
export async function* readLines(input: Readable, limit: number): AsyncGenerator<Buffer | null> {
  let parts: Buffer[] = [];
  let size = 0;
  function add(part: Buffer): void {
    size += part.length;
    if (size <= limit) parts.push(part);
    else parts = [];
  }
  function cut(): Buffer | null {
    const line = size > limit ? null : Buffer.concat(parts);
    [parts, size] = [[], 0];
    return line;
  }

  for await (const chunk of input as AsyncIterable<Buffer | string>) {
    let rest: Buffer = Buffer.from(chunk);
    for (let at = rest.indexOf(NEWLINE); at >= 0; at = rest.indexOf(NEWLINE)) {
      add(rest.subarray(0, at));
      rest = rest.subarray(at + 1);
      const line = cut();
      if (line === null || line.toString('latin1').trim() !== '') yield line;
    }
    add(rest);
  }
}
