import type { IncomingMessage, ServerResponse } from 'node:http';
import { createIdScan, type IdScan, type RpcId } from '@sallyport/mcp';
import { stopReading } from '@sallyport/service';
import type { Fault } from '../protocol/fault.ts';
import { tooLarge, tooManyPieces } from './http-faults.ts';
import type { Overload } from './overload.ts';
import type { BodyClaim } from './request-bodies.ts';

/** A message that is too large: of it only the id of the request is kept, where it could be read. */
export interface TooLarge {
  readonly bytes: number;
  readonly id: RpcId | null;
}

/** A body that is not taken, and why. */
export interface RefusedBody extends TooLarge {
  readonly fault: Fault;
}

export type Body = Buffer | RefusedBody | Overload | 'gone';

/** Times the limit that is still read, so that the answer finds its way to a client that sends a little too much. */
const STILL_READ = 4;
/** Bytes that a piece costs beside its own. */
const PIECE = 256;
/** Pieces beyond which they must hold more than they cost: a million of one byte keep a core busy for long. */
const MANY_PIECES = 4_096;

/**
 * Collects a request's body; a client that waits for `100 Continue` is told to send it. What is kept is counted by the
 * claim, whose owner frees it.
 *
 * @param limit bytes; nothing is kept as soon as there are more
 * @returns the bytes, or why there are none: too many, no room for them, or the client broke off
 */
export function readBody(
  request: IncomingMessage,
  response: ServerResponse,
  { limit, claim }: { readonly limit: number; readonly claim: BodyClaim },
): Promise<Body> {
  if (request.destroyed) return Promise.resolve('gone');
  const declared = Number(request.headers['content-length'] ?? 0);
  const waits = request.headers.expect !== undefined;
  if (declared > (waits ? limit : limit * STILL_READ))
    return Promise.resolve({ fault: tooLarge(limit), bytes: declared, id: null });
  const overload = claim.admit(declared);
  if (overload !== null) return Promise.resolve(overload);
  if (waits) response.writeContinue();
  return new Promise((resolve) => {
    const collected = collect(limit, claim);
    request.on('data', function take(piece: Buffer) {
      const enough = collected.take(piece);
      if (enough === null) return;
      request.off('data', take);
      stopReading(response);
      resolve(enough);
    });
    request.on('end', () => resolve(collected.whole()));
    const gone = () => resolve('gone');
    request.on('error', gone);
    request.on('close', gone);
  });
}

interface Collected {
  /** Why nobody waits for more; null while somebody does. */
  take(piece: Buffer): RefusedBody | Overload | null;
  whole(): Buffer | RefusedBody;
}

function collect(limit: number, claim: BodyClaim): Collected {
  let pieces: Buffer[] = [];
  let count = 0;
  let size = 0;
  let scan: IdScan | null = null;

  function letGo(): Buffer[] {
    const kept = pieces;
    pieces = [];
    claim.free();
    return kept;
  }

  /** From here on nothing is kept. */
  function startScan(): IdScan {
    const begun = createIdScan();
    for (const kept of letGo()) begun.write(kept);
    return begun;
  }

  function take(piece: Buffer): RefusedBody | Overload | null {
    count += 1;
    size += piece.length;
    if (size > limit * STILL_READ) return { fault: tooLarge(limit), bytes: size, id: null };
    if (count > MANY_PIECES && size < count * PIECE)
      return { fault: tooManyPieces(MANY_PIECES), bytes: size, id: null };
    const overload = claim.admit(size) ?? (size <= limit ? claim.hold(piece.length + PIECE) : null);
    if (overload !== null) letGo();
    else if (size <= limit) pieces.push(piece);
    else (scan ??= startScan()).write(piece);
    return overload;
  }

  return {
    take,
    whole() {
      if (scan !== null) return { fault: tooLarge(limit), bytes: size, id: scan.id() };
      return pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : Buffer.concat(pieces);
    },
  };
}
