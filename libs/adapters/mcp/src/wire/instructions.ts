import type { JsonObject } from '@sallyport/contracts';

/** Characters that are taken; a model reads all of it before its first call. */
const MOST = 16_384;

/**
 * What a server says of itself in its answer to `initialize` or `server/discover`; null for nothing. What is too long is cut, and
 * says so; half of a surrogate pair, which a cut may leave too, is U+FFFD: nothing with one can be recorded.
 */
export function readInstructions({ instructions }: JsonObject): string | null {
  if (typeof instructions !== 'string' || instructions.trim() === '') return null;
  const taken = instructions.slice(0, MOST).toWellFormed();
  return instructions.length > MOST ? `${taken}\n[Cut by Sallyport after ${MOST} characters.]` : taken;
}
