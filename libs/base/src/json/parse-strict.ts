import { cursorOn } from './cursor.ts';
import type { JsonValue } from './json.ts';
import { refusal, type StrictJsonRefusal } from './strict-json-refusal.ts';
import { scanText } from './scan-value.ts';

/** What a text may hold at most. */
export interface StrictJsonLimits {
  /** UTF-8 bytes of the text; 1,048,576 unless told. */
  readonly maxBytes?: number;
  /** Arrays and objects within each other; 64 unless told, never more than 1,000. */
  readonly maxDepth?: number;
  /** Values in total: scalars, arrays and objects; 100,000 unless told. */
  readonly maxMembers?: number;
}

/** The value of a text, or why it was refused. */
export type StrictJsonResult = { readonly ok: true; readonly value: JsonValue } | StrictJsonRefusal;

/** The scan recurses, so that a configured depth must not reach the end of the stack. */
const DEPTH_CEILING = 1_000;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Parses JSON text only if no two parsers can disagree about it (RFC 8259, I-JSON RFC 7493). Never throws.
 *
 * Refused: bytes that are not UTF-8, a byte order mark, anything but one JSON value, the same key twice in an object
 * (compared after decoding escapes), the key `__proto__`, numbers above 2^53-1 in magnitude or that vanish to 0, lone
 * surrogates raw or escaped, and texts over a limit. A negative zero becomes 0, as canonical JSON prints it.
 *
 * `__proto__` is refused because assigning it to an object elsewhere changes a prototype instead of adding a member.
 * `constructor` and `prototype` are ordinary words that assign ordinary members, so they pass.
 *
 * @param text what came in; a string is taken as decoded already
 * @returns `{ok: true, value}` with plain objects and arrays, or the first refusal met from left to right; a text that
 *   is too large, not UTF-8 or not well-formed UTF-16 is refused for that before anything else
 */
export function parseStrict(text: string | Uint8Array, limits: StrictJsonLimits = {}): StrictJsonResult {
  const { maxBytes = 1_048_576, maxDepth = 64, maxMembers = 100_000 } = limits;
  if (exceeds(text, maxBytes)) return refusal('too_large', 0);
  const decoded = typeof text === 'string' ? text : decode(text);
  if (decoded === undefined) return refusal('invalid_utf8', firstInvalidByte(text));
  if (!decoded.isWellFormed()) return refusal('lone_surrogate', decoded.search(/\p{Surrogate}/u));

  const cursor = cursorOn(decoded, Math.min(maxDepth, DEPTH_CEILING), maxMembers);
  if (!scanText(cursor)) return refusal(cursor.code, cursor.at);
  return build(decoded, cursor.negativeZero);
}

function exceeds(text: string | Uint8Array, maxBytes: number): boolean {
  if (typeof text !== 'string') return text.byteLength > maxBytes;
  // A UTF-16 code unit takes one to three bytes, so most texts need no count.
  if (text.length > maxBytes) return true;
  return text.length * 3 > maxBytes && Buffer.byteLength(text) > maxBytes;
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}

/** Decoding with replacement characters and encoding again gives the same bytes up to the first that is invalid. */
function firstInvalidByte(text: string | Uint8Array): number {
  const bytes = Buffer.from(text);
  const replaced = Buffer.from(bytes.toString('utf8'));
  const at = replaced.findIndex((byte, index) => byte !== bytes[index]);
  return Math.max(at, 0);
}

/**
 * The scan has judged the text; the engine's parser makes the value, since it is the fastest and makes strings that do
 * not keep the whole text alive. Should the two ever disagree, the text is refused.
 */
function build(text: string, negativeZero: boolean): StrictJsonResult {
  try {
    const value: JsonValue = negativeZero ? JSON.parse(text, withoutSign) : JSON.parse(text);
    return { ok: true, value };
  } catch {
    return refusal('syntax', 0);
  }
}

function withoutSign(_key: string, value: JsonValue): JsonValue {
  return value === 0 ? 0 : value;
}
