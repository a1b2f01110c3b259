/** Discovery documents, key sets and answers about tokens have a few kilobytes. */
const MAX_BYTES = 262_144;
/** Headers of an answer that say something: what it is, and what the next proof of ours must repeat (RFC 9449 section 8). */
const KEPT = ['content-type', 'dpop-nonce'];

/** Thrown where an issuer's document is larger than any that is meant. */
class DocumentTooLargeError extends Error {
  readonly code = 'document_too_large';
}

/**
 * A `fetch` for documents of issuers: no redirects, which could lead inside our network, and no more than 256 KiB,
 * counted while they arrive and after any compression, which isn't asked for.
 */
export function createDocumentFetch(fetch: typeof globalThis.fetch): typeof globalThis.fetch {
  return async function fetchDocument(input, init) {
    const headers = new Headers(init?.headers);
    headers.set('accept-encoding', 'identity');
    const response = await fetch(input, { ...init, headers, redirect: 'error' });
    const kept = KEPT.flatMap((name) => {
      const value = response.headers.get(name);
      return value === null ? [] : [[name, value] as [string, string]];
    });
    return new Response(await readAll(response), {
      status: response.status,
      headers: kept,
    });
  };
}

async function readAll({ body }: Response): Promise<Uint8Array<ArrayBuffer>> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  // Leaving the loop cancels the rest.
  for await (const piece of body ?? []) {
    size += piece.length;
    if (size > MAX_BYTES) throw new DocumentTooLargeError(`An issuer’s document is larger than ${MAX_BYTES} bytes.`);
    pieces.push(piece);
  }
  return Uint8Array.from(Buffer.concat(pieces));
}
