import { randomBytes } from 'node:crypto';
import type { Clock, Ids } from '@sallyport/contracts';

/** Wall clock and monotonic clock part by more than this when somebody sets the wall clock. */
const jumpMs = 2;

/** The machine's clocks. The wall clock has microseconds, by the monotonic one, and follows when it is set. */
export const systemClock: Clock = {
  now: createWallClock(),
  monotonic: () => performance.now(),
};

function createWallClock(): () => number {
  let offset = Date.now() - performance.now();
  return function now() {
    const precise = performance.now() + offset;
    const coarse = Date.now();
    if (Math.abs(coarse - precise) <= jumpMs) return precise;
    offset += coarse - precise;
    return coarse;
  };
}

const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const poolBytes = 4_096;

/** Random ids from the operating system's generator, which is asked for a pool at a time. */
export function systemIds(clock: Clock = systemClock): Ids {
  let pool = randomBytes(poolBytes);
  let used = 0;

  function take(bytes: number): Buffer {
    if (used + bytes > pool.length) {
      pool = randomBytes(Math.max(poolBytes, bytes));
      used = 0;
    }
    used += bytes;
    return pool.subarray(used - bytes, used);
  }

  return {
    ulid: () => timePart(clock.now()) + letters(take(16)),
    random: (bytes) => take(bytes).toString('base64url'),
  };
}

/** The 80 random bits of a ULID: five of each byte. */
function letters(bytes: Buffer): string {
  let text = '';
  for (const byte of bytes) text += alphabet.charAt(byte & 31);
  return text;
}

/** The 48-bit time of a ULID as ten characters (github.com/ulid/spec). */
function timePart(now: number): string {
  let text = '';
  for (let rest = Math.floor(now), at = 0; at < 10; at += 1) {
    text = alphabet.charAt(rest % 32) + text;
    rest = Math.floor(rest / 32);
  }
  return text;
}
