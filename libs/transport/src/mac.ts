import { createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';
import { hmacSha256 } from '@sallyport/base';
import type { KeyRing } from './transport-ends.ts';

/** What a MAC is for, so that none can stand in for another. */
export type Purpose =
  | 'call'
  | 'signature'
  | 'expire'
  | 'commit'
  | 'probe'
  | 'notice'
  | 'release'
  | 'answer'
  | 'probe_reply'
  | 'reload'
  | 'report'
  | 'reported'
  | 'told';

/** What is signed: the purpose, then texts that are well-formed Unicode (halves of pairs would all read the same). */
export type Parts = readonly [Purpose, ...string[]];

const leastKeyBytes = 16;

/** HMAC-SHA-256 by the first key of a ring. */
export function sign(ring: KeyRing, parts: Parts): string {
  const [key] = ring;
  if (key === undefined) throw new TypeError('A key ring is empty.');
  return hmacSha256(prepared(key), spelled(parts));
}

/** Says whether one of a ring's keys made this MAC. Compared in constant time. */
export function isSigned(ring: KeyRing, parts: Parts, mac: string): boolean {
  const text = spelled(parts);
  const given = Buffer.from(mac);
  return ring.some((key) => {
    const own = Buffer.from(hmacSha256(prepared(key), text));
    return own.length === given.length && timingSafeEqual(own, given);
  });
}

/** @throws TypeError for a ring without keys, or with one that could be guessed */
export function checkRing(of: string, ring: KeyRing): void {
  if (ring.length === 0) throw new TypeError(`The key ring of ${of} is empty.`);
  if (ring.some((key) => key.byteLength < leastKeyBytes))
    throw new TypeError(`A key of ${of} is shorter than ${leastKeyBytes} bytes.`);
}

/** Keys as the engine wants them: making one again costs several times the MAC. */
const known = new WeakMap<Uint8Array, KeyObject>();

function prepared(key: Uint8Array): KeyObject {
  const made = known.get(key) ?? createSecretKey(key);
  known.set(key, made);
  return made;
}

/** Each part behind its length: no two lists of parts are spelled alike. */
function spelled(parts: Parts): string {
  return parts.map((part) => `${part.length}:${part}`).join('');
}
