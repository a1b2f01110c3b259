import type { CatalogTool, Facts, JsonObject, JsonValue, ResourceRule } from '@sallyport/contracts';
import { canonical, compilePath, type CompiledPath } from '@sallyport/strict-json';
import { isRange, isWildcard, isWildcardId, listed } from './argument-words.ts';

/** An object that an argument names. An id that is no text or whole number is empty, so that it stays unresolved. */
export interface NamedObject {
  readonly type: string;
  readonly id: string;
  readonly pointer: string;
  readonly rule: ResourceRule;
}

export type ArgumentFacts = Omit<Facts, 'resources'> & { readonly objects: readonly NamedObject[] };

/**
 * What the arguments alone tell: which objects they name, how many, and whether they name them by a wildcard, a range or
 * an empty filter. The table of what counts is in this library's README, and in argument-facts.cases.yaml.
 */
export function argumentFacts(args: JsonObject, tool: CatalogTool): ArgumentFacts {
  const named = tool.resources.map((rule) => namedBy(rule, args));
  const objects = named.flat();
  const ids = new Set(objects.map(({ pointer }) => pointer));
  const strings = stringsIn(args, '');
  return {
    objects,
    bulk: Math.max(0, ...named.map(countOf), ...idLists(args)),
    wildcards: strings
      .filter(({ pointer, text }) => (ids.has(pointer) ? isWildcardId(text) : isWildcard(text)))
      .map(({ pointer }) => pointer),
    unbounded: [
      ...openEnds(args, tool.resources, objects),
      ...strings.filter(({ pointer, text }) => ids.has(pointer) && isRange(text)).map(({ pointer }) => pointer),
    ],
    bytes: Buffer.byteLength(canonical(args)),
    depth: depthOf(args),
  };
}

const paths = new Map<string, CompiledPath | null>();

/** Paths come from the configuration, so there are few of them. */
function pathOf(source: string): CompiledPath | null {
  const known = paths.get(source);
  if (known !== undefined) return known;
  const compiled = compilePath(source);
  const path = compiled.ok ? compiled.path : null;
  paths.set(source, path);
  return path;
}

function namedBy(rule: ResourceRule, args: JsonObject): NamedObject[] {
  const path = pathOf(rule.argument);
  if (path === null) return [];
  return path.walk(args).map(({ pointer, value }) => ({ type: rule.type, id: idOf(value), pointer, rule }));
}

function idOf(value: JsonValue): string {
  if (typeof value === 'string') return value;
  return typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : '';
}

/** A list in one string counts as what it lists. */
function countOf(objects: readonly NamedObject[]): number {
  return new Set(objects.flatMap(({ id, pointer }) => (id === '' ? [pointer] : listed(id)))).size;
}

const idListName = /(^|_|[a-z])ids$/i;

/** Lengths of arrays that are called ids, whether the configuration knows them or not. */
function idLists(value: JsonValue): number[] {
  if (value === null || typeof value !== 'object') return [];
  if (Array.isArray(value)) return value.flatMap(idLists);
  return Object.entries(value).flatMap(([name, member]) => [
    ...(Array.isArray(member) && idListName.test(name) ? [member.length] : []),
    ...idLists(member),
  ]);
}

/** Declared objects that a call leaves out altogether, or names by something empty: it would mean them all. */
function openEnds(args: JsonObject, rules: readonly ResourceRule[], objects: readonly NamedObject[]): string[] {
  const empty = objects.filter(({ id }) => id.trim() === '').map(({ pointer }) => pointer);
  if (objects.length > 0 || rules.length === 0) return empty;
  return rules.map(({ argument }) => (argument.startsWith('/') ? argument : `/${argument}`));
}

interface Text {
  readonly pointer: string;
  readonly text: string;
}

function stringsIn(value: JsonValue, pointer: string): Text[] {
  if (typeof value === 'string') return [{ pointer, text: value }];
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([name, member]) =>
    stringsIn(member, `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`),
  );
}

function depthOf(value: JsonValue): number {
  if (value === null || typeof value !== 'object') return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}
