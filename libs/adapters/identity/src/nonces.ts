import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Clock } from '@sallyport/contracts';

/** What clients put into their proofs, so that nobody makes them long beforehand (RFC 9449 section 8). */
export interface Nonces {
  next(): string;
  /** Whether it is of ours and not old. */
  isGood(nonce: unknown): boolean;
}

/** How long one counts. */
const LIFETIME_MS = 300_000;
/** Clocks of gateways differ. */
const EARLY_MS = 60_000;

/** Makes nonces of a time and a MAC: each gateway has the key and knows them, and nobody has to remember them. */
export function createNonces(key: Buffer, clock: Pick<Clock, 'now'>): Nonces {
  const macOf = (madeAt: string): string =>
    createHmac('sha256', key).update(`sallyport dpop nonce ${madeAt}`).digest('base64url');

  return {
    next() {
      const madeAt = Math.floor(clock.now()).toString(36);
      return `${madeAt}.${macOf(madeAt)}`;
    },
    isGood(nonce) {
      const [, madeAt = '', mac = ''] =
        /^([0-9a-z]{1,10})\.([\w-]{43})$/.exec(typeof nonce === 'string' ? nonce : '') ?? [];
      if (madeAt === '' || !timingSafeEqual(Buffer.from(mac), Buffer.from(macOf(madeAt)))) return false;
      const age = clock.now() - Number.parseInt(madeAt, 36);
      return age < LIFETIME_MS && age > -EARLY_MS;
    },
  };
}
