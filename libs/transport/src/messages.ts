import { type Message, messageSchema, MOST_ARGUMENT_BYTES, type Schema } from '@sallyport/contracts';
import { parseExact } from '@sallyport/base';

/** Largest message: the arguments of one call, quoted twice, and what goes with them. */
export const MAX_MESSAGE_BYTES = 4 * MOST_ARGUMENT_BYTES;

/** Prints a message. */
export function encode(message: Message): Buffer {
  return Buffer.from(JSON.stringify({ v: 1, ...message }));
}

/** Reads a message that anybody may have written. Null for what is none: too large, no JSON, another shape; never throws. */
export function decode(value: Uint8Array): Message | null {
  if (value.byteLength > MAX_MESSAGE_BYTES) return null;
  return read(messageSchema, Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('utf8'));
}

/**
 * Reads a JSON text that anybody may have written.
 *
 * @returns the value as it was written, with members that the schema does not name; null where it does not fit
 */
export function read<Value>(schema: Schema<Value>, text: string): Value | null {
  try {
    const value: unknown = parseExact(text);
    return fits(schema, value) ? value : null;
  } catch {
    return null;
  }
}

function fits<Value>(schema: Schema<Value>, value: unknown): value is Value {
  return schema.safeParse(value).success;
}
