import { isObject, type JsonValue } from './json.ts';

/** The decoded reference tokens of a pointer, or where it is malformed. */
export type PointerTokens =
  { readonly ok: true; readonly tokens: readonly string[] } | { readonly ok: false; readonly at: number };

/**
 * Splits a JSON Pointer (RFC 6901) into decoded tokens. A name without a slash stands for the member of that name:
 * `order_id` is `/order_id`. The empty pointer has no tokens and names the whole value.
 *
 * @returns the tokens, or the offset of the first character that makes it malformed
 */
export function pointerTokens(pointer: string): PointerTokens {
  if (pointer === '') return { ok: true, tokens: [] };
  const badEscape = pointer.search(/~(?![01])/);
  if (badEscape >= 0) return { ok: false, at: badEscape };
  if (!pointer.isWellFormed()) return { ok: false, at: pointer.search(/\p{Surrogate}/u) };
  if (pointer.startsWith('/')) return { ok: true, tokens: pointer.slice(1).split('/').map(unescaped) };
  const slash = pointer.indexOf('/');
  return slash < 0 ? { ok: true, tokens: [unescaped(pointer)] } : { ok: false, at: slash };
}

/**
 * The value that a JSON Pointer (RFC 6901) or bare member name names. `*` is a name like any other here.
 *
 * @returns the value, undefined if there is none or the pointer is malformed; inherited properties don't exist
 */
export function pointerGet(value: JsonValue, pointer: string): JsonValue | undefined {
  const parsed = pointerTokens(pointer);
  if (!parsed.ok) return undefined;
  let found: JsonValue | undefined = value;
  for (const token of parsed.tokens) {
    found = memberOf(found, token);
    if (found === undefined) return undefined;
  }
  return found;
}

/** One step of RFC 6901 section 4: an own member of an object, or an element by its index without leading zeros. */
export function memberOf(value: JsonValue, token: string): JsonValue | undefined {
  if (Array.isArray(value)) return isIndex(token) ? value[Number(token)] : undefined;
  return isObject(value) && Object.hasOwn(value, token) ? value[token] : undefined;
}

/** Says whether a token can name an element of an array. */
export function isIndex(token: string): boolean {
  return /^(?:0|[1-9][0-9]{0,9})$/.test(token);
}

/** Encodes a key as a token of a pointer (RFC 6901 section 3). */
export function escapeToken(key: string): string {
  return /[~/]/.test(key) ? key.replaceAll('~', '~0').replaceAll('/', '~1') : key;
}

function unescaped(token: string): string {
  return token.replaceAll('~1', '/').replaceAll('~0', '~');
}
