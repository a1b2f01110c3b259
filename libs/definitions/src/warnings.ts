import type { DefinitionKind, JsonObject } from '@sallyport/contracts';
import { latinLowerCase } from '@sallyport/base';
import { type KnownTools, namedTool, readable } from './named-tools.ts';

/** As the protocol names tools (2025-11-25, tool names). */
const plainName = /^[A-Za-z0-9_.-]{1,128}$/;
// Bidirectional controls, default-ignorable and control characters: text that a person can't see but a model reads.
const unseen = /[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}]/u;
const lineBreaks = /[\n\r\t]/g;
// What `<upstream>__<tool>` looks like in running text, its tool named or not; a full stop after it ends a sentence.
const qualifiedName = /([a-z][a-z0-9-]{0,31})__(?:[a-z0-9_.-]*[a-z0-9_-])?/g;

/** The names that a definition is held against, prepared once for all of them. */
export interface ComparedNames {
  /** Id of the upstream whose definitions they are held against. */
  readonly upstream: string;
  /** Names of the tools of one upstream, by skeleton. */
  readonly siblings: ReadonlyMap<string, readonly string[]>;
  /** Ids of the other configured upstreams, be they up or not. */
  readonly upstreams: ReadonlySet<string>;
  /** Tools of all configured upstreams. */
  readonly tools: KnownTools;
}

/** A longer name is not compared with others: it can't be approved by first use anyway. */
const longestCompared = 128;

/** Characters of all texts of a definition, as they are read, that are held against names. It keeps everybody waiting. */
const longestRead = 131_072;
/** Some characters are read as up to 18 others; texts have few of them. */
const expansion = { times: 2, some: 256 };

/** Groups names that a reader would take for each other. */
export function bySkeleton(names: readonly string[]): ReadonlyMap<string, readonly string[]> {
  return Map.groupBy(
    names.filter(({ length }) => length <= longestCompared),
    skeleton,
  );
}

/** What a person should know before approving a definition. One with warnings is never approved by first use. */
export function warningsOf(definition: JsonObject, kind: DefinitionKind, names: ComparedNames): readonly string[] {
  const { name } = definition;
  if (typeof name !== 'string') return textWarnings(definition, '', names);
  // The protocol says how tools are named; the name of a prompt or a template may be any text.
  const ofName = kind === 'tool' ? nameWarnings(name, names) : [];
  return [...ofName, ...textWarnings(definition, name, names)];
}

function nameWarnings(name: string, { siblings }: ComparedNames): readonly string[] {
  const warnings: string[] = [];
  if (!plainName.test(name)) warnings.push('its name is not 1 to 128 letters, digits, "_", "." and "-"');
  const twin = siblings.get(skeleton(name.slice(0, longestCompared)))?.find((other) => other !== name);
  if (twin !== undefined) warnings.push(`its name looks like ${JSON.stringify(twin)}`);
  return warnings;
}

function textWarnings(
  definition: JsonObject,
  own: string,
  { upstream, upstreams, tools }: ComparedNames,
): readonly string[] {
  const texts = strings(definition);
  const warnings: string[] = [];
  if (texts.some((value) => unseen.test(value.replaceAll(lineBreaks, ''))))
    warnings.push('it holds characters that can not be seen');
  if (isTooLong(texts)) return [...warnings, 'it is too long to be held against the names of other tools'];
  const foreign = texts.map((text) => foreignName(text, upstreams)).find((found) => found !== undefined);
  if (foreign !== undefined) warnings.push(`it speaks of ${foreign}, a tool of another upstream`);
  const bare = prose(definition)
    .map((text) => namedTool(text, tools, { id: upstream, tool: own }))
    .find((found) => found !== undefined);
  if (foreign === undefined && bare !== undefined)
    warnings.push(`it names ${JSON.stringify(bare.tool)}, a tool of ${bare.id}`);
  return warnings;
}

function isTooLong(texts: readonly string[]): boolean {
  const written = texts.reduce((sum, { length }) => sum + length, 0);
  if (written > longestRead) return true;
  const read = texts.reduce((sum, text) => sum + text.normalize('NFKC').length, 0);
  return read > Math.min(longestRead, expansion.times * written + expansion.some);
}

/** A qualified name whose first part is the id of another upstream. */
function foreignName(text: string, upstreams: ReadonlySet<string>): string | undefined {
  const names = latinLowerCase(readable(text)).matchAll(qualifiedName);
  return [...names].find(([, id = '']) => upstreams.has(id))?.[0];
}

/** Names that a reader would take for each other have the same skeleton: case, separators and 0/O, 1/l/I, 5/S do not count. */
export function skeleton(name: string): string {
  return latinLowerCase(name.normalize('NFKD'))
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

/** What of a definition reads like a text: its strings, and member names with a space; not the names of required members. */
function prose(value: unknown, member = ''): string[] {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return member === 'required' ? [] : value.flatMap((item) => prose(item));
  if (value !== null && typeof value === 'object')
    return Object.entries(value).flatMap(([name, inner]) => [
      ...(name.includes(' ') ? [name] : []),
      ...prose(inner, name),
    ]);
  return [];
}
