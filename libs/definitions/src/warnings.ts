import type { JsonObject } from '@sallyport/contracts';

const plainName = /^[A-Za-z0-9_.-]{1,64}$/;
// Bidirectional controls, default-ignorable and control characters: text that a person can't see but a model reads.
const unseen = /[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}]/u;
const lineBreaks = /[\n\r\t]/g;
// What `<upstream>__<tool>` looks like in running text; a full stop after it ends a sentence.
const qualifiedName = /[a-z][a-z0-9-]{0,31}__[A-Za-z0-9_.-]*[A-Za-z0-9_-]/g;

/** The names that a definition is held against, prepared once for all of them. */
export interface Neighbours {
  /** Names of the tools of one upstream, by skeleton. */
  readonly siblings: ReadonlyMap<string, readonly string[]>;
  /** Qualified names of the tools of other upstreams. */
  readonly foreign: ReadonlySet<string>;
}

/** A longer name is not compared with others: it can't be approved by first use anyway. */
const longestCompared = 128;

/** Groups names that a reader would take for each other. */
export function bySkeleton(names: readonly string[]): ReadonlyMap<string, readonly string[]> {
  return Map.groupBy(
    names.filter(({ length }) => length <= longestCompared),
    skeleton,
  );
}

/** What a person should know before approving a definition. A tool with warnings is never approved by first use. */
export function warningsOf(definition: JsonObject, { siblings, foreign }: Neighbours): readonly string[] {
  const name = String(definition['name']);
  const texts = strings(definition);
  const warnings: string[] = [];
  if (!plainName.test(name)) warnings.push('its name is not 1 to 64 letters, digits, "_", "." and "-"');
  const twin = siblings.get(skeleton(name.slice(0, longestCompared)))?.find((other) => other !== name);
  if (twin !== undefined) warnings.push(`its name looks like ${JSON.stringify(twin)}`);
  if (texts.some((value) => unseen.test(value.replaceAll(lineBreaks, ''))))
    warnings.push('it holds characters that can not be seen');
  const named = texts.flatMap((text) => text.match(qualifiedName) ?? []).find((word) => foreign.has(word));
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
