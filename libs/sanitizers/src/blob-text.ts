import { isUtf8 } from 'node:buffer';
import type { JsonObject, JsonValue } from '@sallyport/contracts';

const base64 = /^[A-Za-z0-9+/]*={0,2}$/;
/** Decoders pass over white space (MIME breaks lines), and many take the alphabet of URLs. */
const decodable = /^[\w+/\s=-]*$/;
const textType = /^(?:text\/|[^;]*[/+.-](?:json|jsonl|ndjson|xml|yaml|toml|csv|sql|javascript|sh|pem-file)(?:;|$))/i;
/** What stands in no text; white space and what begins a terminal sequence do. */
const control = new RegExp(String.raw`[^\P{Cc}\s\u0007\u001b]`, 'u');
/** Takes a byte order mark off, and reads on behind what is no UTF-8. */
const utf8 = new TextDecoder();

/** The bytes of a picture, a sound or a file in a member, as MCP has them; null for what no client would decode. */
export function blobIn(object: JsonObject, name: string): string | null {
  if (name !== 'blob' && (name !== 'data' || (object.type !== 'image' && object.type !== 'audio'))) return null;
  const value = object[name];
  return typeof value === 'string' && decodable.test(value) ? value : null;
}

/** Whether it is base64 as MCP asks for. What is only like it may be words, too. */
export function isBase64(blob: string): boolean {
  return base64.test(blob);
}

/**
 * The text that a blob holds: UTF-8 without control characters, whatever it is said to be, or bytes that are said to be a text and have
 * no zeros. Null for other bytes.
 */
export function textOfBlob(blob: string, mimeType: JsonValue | undefined): string | null {
  const bytes = Buffer.from(blob, 'base64');
  const isSaid = typeof mimeType === 'string' && textType.test(mimeType);
  if (isSaid ? bytes.includes(0) : !isUtf8(bytes)) return null;
  const text = utf8.decode(bytes);
  return isSaid || !control.test(text) ? text : null;
}
