import type { IncomingMessage, ServerResponse } from 'node:http';
import { createIdScan, type IdScan } from './id-scan.ts';
import type { RpcId } from './wire.ts';

/** A body that is too large: of it only the id of the request is kept, where it could be read. */
export interface TooLarge {
  readonly bytes: number;
  readonly id: RpcId | null;
}

export type Body = Buffer | TooLarge | 'gone';

/** Times the limit that is still read, so that the answer finds its way to a client that sends a little too much. */
const PATIENCE = 4;

/**
 * Collects a request's body; a client that waits for `100 Continue` is told to send it.
 *
 * @param limit bytes; nothing is kept as soon as there are more
 * @returns the bytes, or why there are none: too many, or the client broke off
 */
export function readBody(request: IncomingMessage, response: ServerResponse, limit: number): Promise<Body> {
  const declared = Number(request.headers['content-length'] ?? 0);
  const waits = request.headers.expect !== undefined;
  if (declared > (waits ? limit : limit * PATIENCE)) return Promise.resolve({ bytes: declared, id: null });
  if (waits) response.writeContinue();
  return new Promise((resolve) => {
    const collected = collect(limit);
    request.on('data', function take(piece: Buffer) {
      if (!collected.take(piece)) resolve({ bytes: collected.size, id: null });
    });
    request.on('end', () => resolve(collected.whole()));
    const gone = () => resolve('gone');
    request.on('error', gone);
    request.on('close', gone);
  });
}

interface Collected {
  /** False when there is more than anybody waits for. */
  take(piece: Buffer): boolean;
  whole(): Buffer | TooLarge;
  readonly size: number;
}

function collect(limit: number): Collected {
  let pieces: Buffer[] = [];
  let size = 0;
  let scan: IdScan | null = null;

  /** From here on nothing is kept. */
  function startScan(): IdScan {
    const begun = createIdScan();
    for (const kept of pieces) begun.write(kept);
    pieces = [];
    return begun;
  }

  return {
    take(piece) {
      size += piece.length;
      if (size > limit * PATIENCE) return false;
      if (size <= limit) pieces.push(piece);
      else (scan ??= startScan()).write(piece);
      return true;
    },
    whole() {
      if (scan !== null) return { bytes: size, id: scan.id() };
      return pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : Buffer.concat(pieces);
    },
    get size() {
      return size;
    },
  };
}
