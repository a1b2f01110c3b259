import type { Digest, Guard } from '@sallyport/contracts';
import { canonical, sha256 } from '@sallyport/base';

/** What identifies a list of guards: who answers, in which order, where, and who may grant. */
export function guardsDigest(list: readonly Pick<Guard, 'id' | 'station' | 'grants'>[]): Digest {
  return sha256(canonical(list.map(({ id, station, grants }) => ({ id, station, grants }))));
}
