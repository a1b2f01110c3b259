/** Discovery documents, key sets and answers about tokens have a few kilobytes. */
const MAX_BYTES = 262_144;

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
    const type = response.headers.get('content-type');
    return new Response(await readAll(response), {
      status: response.status,
      headers: type === null ? {} : { 'content-type': type },
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
