const PREFIX = '=?base64?';
const SUFFIX = '?=';
const canonicalBase64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const plain = /^[\x21-\x7e](?:[\x09\x20-\x7e]*[\x21-\x7e])?$/;
const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * The value as an HTTP field value: plain where it is safe ASCII, else `=?base64?…?=` over its UTF-8 bytes. Text that
 * looks like the base64 form is encoded, too, so that decoding is never ambiguous.
 */
export function encodeHeaderValue(text: string): string {
  const looksEncoded = text.startsWith(PREFIX) && text.endsWith(SUFFIX);
  if (plain.test(text) && !looksEncoded) return text;
  return `${PREFIX}${Buffer.from(text, 'utf8').toString('base64')}${SUFFIX}`;
}

/**
 * Decodes the value of a mirroring header (MCP 2026-07-28, streamable HTTP): plain text, or UTF-8 in base64 between
 * `=?base64?` and `?=`.
 *
 * @returns null where the base64 is not canonical or does not hold UTF-8
 */
export function decodeHeaderValue(value: string): string | null {
  if (!value.startsWith(PREFIX) || !value.endsWith(SUFFIX)) return value;
  const base64 = value.slice(PREFIX.length, -SUFFIX.length);
  if (!canonicalBase64.test(base64)) return null;
  try {
    return utf8.decode(Buffer.from(base64, 'base64'));
  } catch {
    return null;
  }
}
