export { isObject, type JsonArray, type JsonObject, type JsonValue } from './json.ts';
export { type ExactNumber, isExactNumber, numberOf, rounded } from './exact-number.ts';
export { parseExact } from './parse-exact.ts';
export type { StrictJsonCode, StrictJsonRefusal } from './refusal.ts';
export { parseStrict, type StrictJsonLimits, type StrictJsonResult } from './parse-strict.ts';
export { canonical, type CanonicalCode, CanonicalError } from './canonical.ts';
export { escapeToken, isIndex, pointerGet, pointerTokens } from './pointer.ts';
export { type BadPath, type CompiledPath, compilePath, PathError, type PointerMatch, followPointer } from './path.ts';
export {
  commitment,
  definitionDigest,
  type HmacSha256Digest,
  hmacSha256,
  leafHash,
  sha256,
  type Sha256Digest,
} from './digest.ts';
export {
  type CloudEvent,
  cloudEvent,
  type CloudEventSource,
  type CloudEventText,
  readCloudEvent,
  sequenceText,
} from './cloud-event.ts';
export { type Quoted, quoted } from './quoted.ts';
