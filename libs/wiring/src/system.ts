import { randomBytes } from 'node:crypto';
import type { Clock, Ids } from '@sallyport/contracts';

/** The machine's clocks. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
};

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
    ulid: () => timePart(clock.now()) + Array.from(take(16), (byte) => alphabet[byte & 31]).join(''),
    random: (bytes) => take(bytes).toString('base64url'),
  };
}

/** The 48-bit time of a ULID as ten characters (github.com/ulid/spec). */
function timePart(now: number): string {
  let text = '';
  for (let rest = now, at = 0; at < 10; at += 1) {
    text = alphabet.charAt(rest % 32) + text;
    rest = Math.floor(rest / 32);
  }
  return text;
}
