import type { Readable } from 'node:stream';
import { isBlank, LineSplitter } from '@sallyport/mcp';
import type { TooLarge } from '../http/read-body.ts';

/**
 * Cuts a stream into lines. Empty lines are left out; of one that is too long only its length and the id of its request
 * are yielded, once it is over.
 *
 * @param limit bytes per line
 */
export async function* readLines(input: Readable, limit: number): AsyncGenerator<Buffer | TooLarge> {
  const lines = new LineSplitter(limit);
  for await (const chunk of input as AsyncIterable<Buffer | string>) {
    for (const line of lines.push(Buffer.from(chunk))) {
      if (!Buffer.isBuffer(line)) yield { bytes: line.bytes, id: line.scan.id() };
      else if (!isBlank(line)) yield line;
    }
  }
}
