import { takeRandom } from '@sallyport/base';
import type { Clock, Ids } from '@sallyport/contracts';

/** Wall clock and monotonic clock part by more than this when somebody sets the wall clock. */
const jumpMs = 2;

/** The machine's clocks. The wall clock has microseconds, by the monotonic one, and follows when it is set. */
export const machineClock: Clock = {
  now: createWallClock(),
  monotonic: () => performance.now(),
};

let common: () => number | null = () => null;

/** The clocks that everything goes by: the machine's, but for the wall clock that services have in common. */
export const systemClock: Clock = {
  now: () => common() ?? machineClock.now(),
  monotonic: machineClock.monotonic,
};

/**
 * Has this process go by a wall clock that it has in common with other services, as soon as that is known: what one of
 * them says of a moment (until when people may vote, when a call came) must be the same moment for all.
 *
 * @param now milliseconds since the epoch; null while it is not known
 */
export function goBy(now: () => number | null): void {
  common = now;
}

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
const codes = Buffer.from(alphabet);
const timeLetters = 10;
const ulidLetters = 26;

/** Random ids from the operating system's generator. ULIDs: github.com/ulid/spec. */
export function systemIds(clock: Clock = systemClock): Ids {
  const text = Buffer.alloc(ulidLetters);
  let signed = -1;

  /** Writes the 48-bit time of a ULID as ten characters (github.com/ulid/spec), once per millisecond. */
  function signature(ms: number): void {
    if (ms === signed) return;
    signed = ms;
    for (let rest = ms, at = timeLetters - 1; at >= 0; at -= 1) {
      text[at] = codes[rest % 32] ?? 0;
      rest = Math.floor(rest / 32);
    }
  }

  return {
    /** Made in place and copied out whole: a text that is put together is kept as its pieces for as long as it lives. */
    ulid() {
      signature(Math.floor(clock.now()));
      const random = takeRandom(ulidLetters - timeLetters);
      for (let at = timeLetters; at < ulidLetters; at += 1) text[at] = codes[(random[at - timeLetters] ?? 0) & 31] ?? 0;
      return text.toString('latin1');
    },
    random: (bytes) => takeRandom(bytes).toString('base64url'),
  };
}
