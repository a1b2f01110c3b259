import type { Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, createZstdDecompress } from 'node:zlib';

/** What a decoder hands on. */
export interface Decoded {
  data(piece: Buffer): void;
  end(): void;
  broken(): void;
}

const decoders: ReadonlyMap<string, () => Transform> = new Map<string, () => Transform>([
  ['gzip', () => createGunzip()],
  ['x-gzip', () => createGunzip()],
  ['deflate', () => createInflate()],
  ['br', () => createBrotliDecompress()],
  ['zstd', () => createZstdDecompress()],
]);

/**
 * Decodes an answer of this content coding (RFC 9110, 8.4.1). We ask for none, but some servers and proxies compress all
 * the same. What comes out is counted by who takes it, since it can be far more than went in.
 *
 * @returns null where there is nothing to decode
 */
export function decoderOf(coding: string | undefined, { data, end, broken }: Decoded) {
  const decoder = decoders.get(coding?.trim().toLowerCase() ?? '')?.() ?? null;
  return decoder?.on('data', data).on('end', end).on('error', broken) ?? null;
}
