import type { Digest } from '@sallyport/contracts';
import { sha256 } from '@sallyport/base';
import type { Offer } from './definition-store.ts';
import { keyWithin, type Pin } from './pin.ts';

/** The list that an upstream's first use trusted; null where none was. */
export type TrustedList = Digest | null;

/** Digest of a whole list: the names and definitions of what it holds, in no order. */
export function listDigest(pins: readonly Pin[], { offered }: Pick<Offer, 'offered'>): Digest {
  const lines = pins
    .filter((pin) => offered.has(keyWithin(pin)))
    .map((pin) => [keyWithin(pin), pin.offered?.digest ?? '']);
  return sha256(JSON.stringify(lines.sort(([a = ''], [b = '']) => (a < b ? -1 : 1))));
}

/**
 * Whether an upstream may still be used for the first time: nothing of it is on record, be it approved, waiting or withdrawn.
 * A list without tools leaves nothing on record, and so it is no use.
 */
export function isUnused(pins: readonly Pin[], trusted: TrustedList): boolean {
  return trusted === null && pins.every(({ version }) => version === 0);
}
