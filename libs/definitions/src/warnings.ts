import type { JsonObject } from '@sallyport/contracts';

const plainName = /^[A-Za-z0-9_.-]{1,64}$/;
// Bidirectional controls, default-ignorable and control characters: text that a person can't see but a model reads.
const unseen = /[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}]/u;
const lineBreaks = /[\n\r\t]/g;

/**
 * What a person should know before approving a definition. A tool with warnings is never approved by first use.
 *
 * @param others names of the other tools of the same upstream
 * @param foreign qualified names of the tools of other upstreams
 */
export function warningsOf(
  definition: JsonObject,
  others: readonly string[],
  foreign: readonly string[],
): readonly string[] {
  const name = String(definition['name']);
  const text = JSON.stringify(strings(definition)).replaceAll(/\\[nrt]/g, ' ');
  const warnings: string[] = [];
  if (!plainName.test(name)) warnings.push('its name has characters other than letters, digits, "_", "." and "-"');
  const twin = others.find((other) => other !== name && skeleton(other) === skeleton(name));
  if (twin !== undefined) warnings.push(`its name looks like ${JSON.stringify(twin)}`);
  if (strings(definition).some((value) => unseen.test(value.replaceAll(lineBreaks, ''))))
    warnings.push('it holds characters that can not be seen');
  const named = foreign.find((other) => text.includes(other));
  if (named !== undefined) warnings.push(`it speaks of ${named}, a tool of another upstream`);
  return warnings;
}

/** Names that a reader would take for each other have the same skeleton: case, separators and 0/O, 1/l/I, 5/S do not count. */
export function skeleton(name: string): string {
  return name
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]/gu, '')
    .replaceAll('0', 'o')
    .replaceAll(/[1i|]/g, 'l')
    .replaceAll('5', 's')
    .replaceAll('rn', 'm');
}

/** Every member name and string in a JSON value. */
function strings(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.flatMap(strings);
  if (value !== null && typeof value === 'object')
    return Object.entries(value).flatMap(([name, member]) => [name, ...strings(member)]);
  return [];
}
