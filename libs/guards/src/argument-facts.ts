import type { ArgumentFacts, CatalogTool, JsonObject, JsonValue, ResourceRule } from '@sallyport/contracts';
import { canonical, escapeToken } from '@sallyport/base';
import { MOST_NAMED, namesOf, type Named } from './argument-names.ts';
import { bytesFor, MAX_DEPTH, measure, MOST_SPELLED } from './argument-size.ts';
import { isBareWildcard, isOpenRange } from './argument-words.ts';

/** Arguments that are called so are filters. */
const filterName = /^(?:filters?|where|query|q|search|criteria|conditions?|selector)$/i;

/**
 * What the arguments alone tell, before anybody looks anything up: which objects they name and how many, and whether they
 * name them by a wildcard, a range or an empty filter. The table of what counts is in this library's README and, as cases, in
 * `argument-facts.cases.yaml`. Arguments beyond what `strict-input` lets through are not looked at.
 *
 * @param args arguments that were strictly parsed; at most a few hundred levels deep
 * @param tool its `resources` say which arguments name objects, `maxArgumentBytes` how large they may be
 * @param bytes of the canonical form of the arguments, where somebody has printed it
 * @returns pointers in document order, each once
 */
export function argumentFacts(
  args: JsonObject,
  tool: Pick<CatalogTool, 'resources' | 'maxArgumentBytes'>,
  bytes = Buffer.byteLength(canonical(args)),
): ArgumentFacts {
  const { depth, spelled } = measure(args);
  const size = { bytes, depth };
  const isLarge = bytes > bytesFor(tool) || depth > MAX_DEPTH || spelled > MOST_SPELLED;
  return isLarge ? { ...worst(tool), ...size } : { ...lookedAt(args, tool), ...size };
}

/** What nobody looked at is taken for the worst, whatever becomes of the guard that refuses it. */
function worst({ resources }: Pick<CatalogTool, 'resources'>): Omit<ArgumentFacts, 'bytes' | 'depth'> {
  const objects = resources.map((rule) => ({ type: rule.type, id: '', pointer: whole({ rule }), rule }));
  return { objects, bulk: MOST_NAMED, wildcards: ['/*'], unbounded: ['/*'] };
}

function lookedAt(args: JsonObject, tool: Pick<CatalogTool, 'resources'>): Omit<ArgumentFacts, 'bytes' | 'depth'> {
  const named = tool.resources.map((rule) => ({ rule, ...namesOf(rule.argument, args) }));
  const traversal: Traversal = {
    resources: new Set(named.flatMap(({ found }) => found.map(({ pointer }) => pointer))),
    wildcards: [],
    open: [],
  };
  visit(traversal, { pointer: '', name: '', value: args, inFilter: false });
  // One that is no name any more stands for all further ones: the record has a place for each object.
  const objects = named.flatMap(({ rule, found }) =>
    found.slice(0, MOST_NAMED + 1).map(({ pointer, id }) => ({ type: rule.type, id, pointer, rule })),
  );
  const all = named.flatMap(({ found }) => found);
  // One element of many that names nothing would be acted upon all the same, and so would a whole call that names nothing.
  const unnamed = [...named.flatMap(({ gaps }) => gaps), ...(all.length === 0 ? named.map(whole) : [])];
  return {
    objects,
    bulk: Math.max(0, ...named.map(({ found }) => distinct(found))),
    wildcards: unique([...pointersOf(all, 'isWildcard'), ...traversal.wildcards]),
    unbounded: unique([...pointersOf(all, 'isOpen'), ...traversal.open, ...unnamed]),
  };
}

interface Traversal {
  /** Pointers of what names objects; read by `namesOf`. */
  readonly resources: ReadonlySet<string>;
  readonly wildcards: string[];
  readonly open: string[];
}

interface Place {
  readonly pointer: string;
  readonly name: string;
  readonly value: JsonValue;
  readonly inFilter: boolean;
}

/** Looks at everything that names no declared object. */
function visit(traversal: Traversal, place: Place): void {
  const { pointer, name, value } = place;
  const isFilter = place.inFilter || filterName.test(name);
  if (typeof value === 'string') visitText(traversal, pointer, value, isFilter);
  if (isFilter && isNothing(value)) traversal.open.push(pointer);
  if (value === null || typeof value !== 'object') return;
  for (const [key, member] of Object.entries(value))
    visit(traversal, { pointer: `${pointer}/${escapeToken(key)}`, name: key, value: member, inFilter: isFilter });
}

function visitText(traversal: Traversal, pointer: string, text: string, isFilter: boolean): void {
  if (traversal.resources.has(pointer)) return;
  if (isBareWildcard(text)) traversal.wildcards.push(pointer);
  if (isFilter && isOpenRange(text)) traversal.open.push(pointer);
}

function isNothing(value: JsonValue): boolean {
  if (value === null) return true;
  if (typeof value === 'string') return value.trim() === '';
  return typeof value === 'object' && Object.keys(value).length === 0;
}

function distinct(found: readonly Named[]): number {
  return new Set(found.flatMap(({ parts, pointer }) => (parts.length === 0 ? [`\0${pointer}`] : parts))).size;
}

function pointersOf(found: readonly Named[], what: 'isWildcard' | 'isOpen'): readonly string[] {
  return found.filter((named) => named[what]).map(({ pointer }) => pointer);
}

/** A call that names none of the objects that its tool is about means them all. */
function whole({ rule: { argument } }: { readonly rule: ResourceRule }): string {
  return argument.startsWith('/') ? argument : `/${argument}`;
}

function unique(pointers: readonly string[]): readonly string[] {
  return [...new Set(pointers)];
}
