export { isObject, type JsonArray, type JsonObject, type JsonValue } from './json/json.ts';
export { type ExactNumber, isExactNumber, numberOf, rounded } from './json/exact-number.ts';
export { parseExact } from './json/parse-exact.ts';
export type { StrictJsonCode, StrictJsonRefusal } from './json/strict-json-refusal.ts';
export { parseStrict, type StrictJsonLimits, type StrictJsonResult } from './json/parse-strict.ts';
export { canonical, type CanonicalCode, CanonicalError } from './json/canonical.ts';
export { escapeToken, isIndex, memberOf, pointerGet, pointerTokens } from './json/pointer.ts';
export {
  type BadPath,
  type CompiledPath,
  compilePath,
  PathError,
  type PointerMatch,
  followPointer,
} from './json/path.ts';
export {
  commitment,
  definitionDigest,
  type HmacSha256Digest,
  hmacSha256,
  leafHash,
  sha256,
  type Sha256Digest,
} from './json/digest.ts';
export { type Quoted, quoted } from './text/quoted.ts';
export { counted } from './text/counted.ts';
export { likeness } from './text/likeness.ts';
export { latinLowerCase } from './text/look-alikes.ts';
export { nearestName, unknownName } from './text/nearest-name.ts';
export { thrownStack, thrownText } from './text/thrown-text.ts';
export { Backoff, type BackoffOptions } from './time/backoff.ts';
export { repeat } from './time/repeat.ts';
export { serialize } from './time/serialize.ts';
export { shareNext } from './time/share-next.ts';
export { type Pauses, throttle } from './time/throttle.ts';
export { LATE, within } from './time/within.ts';
export { createWakeSignal, type WakeSignal } from './time/wake-signal.ts';
export { derived } from './collections/derived.ts';
export { BoundedMap } from './collections/bounded-map.ts';
export { createPlaces, type Places } from './collections/places.ts';
export { RecentNames } from './collections/recent-names.ts';
export { type BucketSize, createTokenBuckets, type TokenBuckets } from './collections/token-buckets.ts';
