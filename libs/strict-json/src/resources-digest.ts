import { canonical } from './canonical.ts';
import { sha256, type Sha256Digest } from './digest.ts';

interface NamedVersion {
  readonly type: string;
  readonly id: string;
  readonly version: string | null;
}

/**
 * What an approval is bound to beside the call itself: which objects it names and at which versions, so that an object
 * that changed since the question was asked is asked about again.
 *
 * @returns `sha256:…` over the canonical form of the sorted triples
 */
export function resourcesDigest({ resources }: { readonly resources: readonly NamedVersion[] }): Sha256Digest {
  const triples = resources.map(({ type, id, version }) => [type, id, version]);
  return sha256(canonical(triples.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))));
}
