import type { JsonObject, JsonValue, SanitizeContext } from '@sallyport/contracts';
import { isObject } from '@sallyport/base';

type About = Pick<SanitizeContext, 'upstream' | 'reference'>;

/** What a client reads when the upstream failed (design rule 9: a reference, never internals). */
export function failureText({ upstream, reference }: About): string {
  return `${upstream} could not do this. Reference ${reference}.`;
}

/** What a client reads when the answer broke the schema that was approved. */
export function mismatchText({ upstream, reference }: About): string {
  return `${upstream}: the answer did not match its approved schema. The call has run: do not repeat it. Reference ${reference}.`;
}

/** What a client reads when the answer can't be cut to size. */
export function tooLargeText({ upstream, reference }: About, maxBytes: number): string {
  return `${upstream}: the answer was too large (sanitize.max_bytes: ${maxBytes}). The call has run: do not repeat it if it changes anything; else ask for less. Reference ${reference}.`;
}

/** What a client reads when the answer does not come to rest under the sanitizers. */
export function unsafeText({ upstream, reference }: About): string {
  return `${upstream}: the answer could not be made safe. The call has run: do not repeat it. Reference ${reference}.`;
}

/** Whether a result says that it failed. Whatever is neither absent nor false counts: a client might read `"true"` so. */
export function saysError({ isError }: JsonObject): boolean {
  return isError !== undefined && isError !== false && isError !== null;
}

/**
 * A sentence of ours as one more item of a result's list: a block, a message of a prompt, a content of a resource.
 *
 * @param replaced the item in whose place it stands, where it does
 */
export function noteItem(
  { what, uri = '' }: Pick<SanitizeContext, 'what' | 'uri'>,
  text: string,
  replaced: JsonValue = null,
): JsonObject {
  const before = isObject(replaced) ? replaced : {};
  const block = { type: 'text', text };
  if (what === 'prompt') return { role: before.role ?? 'user', content: block };
  return what === 'resource' ? { uri: before.uri ?? uri, mimeType: 'text/plain', text } : block;
}

/** A failed result that holds one sentence and nothing else, whatever the result was of. */
export function failedResult(text: string): JsonObject {
  return { content: [{ type: 'text', text }], isError: true };
}

/** Says whether a result is one of ours, so that a second pass leaves it alone. */
export function isOwnResult(value: JsonObject, about: SanitizeContext): boolean {
  const text = onlyText(value);
  if (text === null || !text.endsWith(`Reference ${about.reference}.`)) return false;
  const tooLarge = (): string => tooLargeText(about, Number(/max_bytes: (\d{1,16})\)/.exec(text)?.[1]));
  return [failureText, mismatchText, tooLarge, unsafeText].some((say) => say(about) === text);
}

function onlyText(value: JsonObject): string | null {
  const { content, isError, ...rest } = value;
  if (isError !== true || Object.keys(rest).length > 0 || !Array.isArray(content) || content.length !== 1) return null;
  return textOf(content[0]);
}

function textOf(block: JsonValue | undefined): string | null {
  if (!isObject(block) || Object.keys(block).length !== 2 || block.type !== 'text') return null;
  return typeof block.text === 'string' ? block.text : null;
}
