import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RpcId } from '@sallyport/mcp';
import { createIdScan, type IdScan } from './id-scan.ts';
import type { Overload } from './overload.ts';
import type { BodyClaim } from './request-bodies.ts';

/** A body that is too large: of it only the id of the request is kept, where it could be read. */
export interface TooLarge {
  readonly bytes: number;
  readonly id: RpcId | null;
}

export type Body = Buffer | TooLarge | Overload | 'gone';

/** Times the limit that is still read, so that the answer finds its way to a client that sends a little too much. */
const TIMEOUT = 4;
/** Bytes that a piece costs beside its own. */
const PIECE = 256;

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
  const declared = Number(request.headers['content-length'] ?? 0);
  const waits = request.headers.expect !== undefined;
  if (declared > (waits ? limit : limit * TIMEOUT)) return Promise.resolve({ bytes: declared, id: null });
  const overload = claim.admit(declared);
  if (overload !== null) return Promise.resolve(overload);
  if (waits) response.writeContinue();
  return new Promise((resolve) => {
    const collected = collect(limit, claim);
    request.on('data', function take(piece: Buffer) {
      const enough = collected.take(piece);
      if (enough !== null) resolve(enough);
    });
    request.on('end', () => resolve(collected.whole()));
    const gone = () => resolve('gone');
    request.on('error', gone);
    request.on('close', gone);
  });
}

interface Collected {
  /** Why nobody waits for more; null while somebody does. */
  take(piece: Buffer): TooLarge | Overload | null;
  whole(): Buffer | TooLarge;
}

function collect(limit: number, claim: BodyClaim): Collected {
  let pieces: Buffer[] = [];
  let size = 0;
  let scan: IdScan | null = null;
  let overload: Overload | null = null;

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

  function take(piece: Buffer): TooLarge | Overload | null {
    if (overload !== null) return overload; // the rest is read for the client's sake, and thrown away
    size += piece.length;
    if (size > limit * TIMEOUT) return { bytes: size, id: null };
    overload = claim.admit(size) ?? (size <= limit ? claim.hold(piece.length + PIECE) : null);
    if (overload !== null) letGo();
    else if (size <= limit) pieces.push(piece);
    else (scan ??= startScan()).write(piece);
    return overload;
  }

  return {
    take,
    whole() {
      if (scan !== null) return { bytes: size, id: scan.id() };
      return pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : Buffer.concat(pieces);
    },
  };
}
