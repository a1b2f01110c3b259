import type { JsonObject } from '@sallyport/contracts';
import { escapeToken, isIndex, nearestName } from '@sallyport/base';
import {
  elementSchemas,
  everyMember,
  isOpen,
  memberSchemas,
  namedMembers,
  nameMembers,
  otherMembers,
  partsOf,
  type Schemas,
  typesOf,
  allowsOtherMembers,
} from './schema-parts.ts';

/** Where a path leads in a schema. */
export type Place =
  | {
      readonly kind: 'found';
      /** The JSON types that may stand there (`number` for `integer`, too), or `any`. */
      readonly types: ReadonlySet<string> | 'any';
    }
  | {
      readonly kind: 'missing';
      /** A path that exists and that was probably meant; null where none is near. */
      readonly nearest: string | null;
      /** True where the schema does not name it, and does not refuse it either. */
      readonly welcome: boolean;
    };

export interface PathRequest {
  readonly schema: JsonObject;
  readonly tokens: readonly string[];
  /** `path` has `*` for every member or element; `pointer` names one value, by index where it is in an array. */
  readonly how: 'path' | 'pointer';
  /** True where members of the value itself that the schema does not name are refused, as of arguments. */
  readonly closed: boolean;
}

/**
 * Follows a path through a schema. A member exists where a schema names it (`properties`, a pattern, `additionalProperties`),
 * alone or in any that is joined to it, or where the schema says nothing at all of what stands there. A name that is nearly
 * that of a named member is taken for a slip of the pen, even where others are welcome.
 *
 * @param request a schema that is within budget
 */
export function followPath(request: PathRequest): Place {
  const { schema, tokens } = request;
  let here: Schemas = [schema];
  for (const [at, token] of tokens.entries()) {
    const next = step(request, here, { token, atTop: at === 0 });
    if (next === 'open') return { kind: 'found', types: 'any' };
    if (next.length === 0) return missing(request, here, at);
    here = next;
  }
  return { kind: 'found', types: typesAt(request, here) };
}

/** The schemas at a path that exists, with those of the elements where it ends on an array. */
export function schemasAt(schema: JsonObject, tokens: readonly string[]): Schemas {
  const here = schemasOf(schema, tokens);
  return [...here, ...elementSchemas(partsOf(schema, here))];
}

/** The JSON types that the value at a path of arguments may have, or `any`, also where there is none. */
export function typesOfValue(schema: JsonObject, tokens: readonly string[]): ReadonlySet<string> | 'any' {
  if (tokens.length === 0) return new Set(['object']);
  const here = schemasOf(schema, tokens);
  return here.includes(true) ? 'any' : typesOf(partsOf(schema, here));
}

/** The names of all members that the value at a path of arguments may have; `any` where a schema does not count them up. */
export function membersAt(schema: JsonObject, tokens: readonly string[]): readonly string[] | 'any' {
  const here = schemasOf(schema, tokens);
  const parts = partsOf(schema, here);
  if (here.length === 0 || allowsOtherMembers(parts, tokens.length === 0)) return 'any';
  return parts.some(({ patternProperties }) => patternProperties !== undefined)
    ? 'any'
    : [...namedMembers(parts).keys()];
}

/** The schemas of the value at a path; empty where there is none, or it may be anything. */
function schemasOf(schema: JsonObject, tokens: readonly string[]): Schemas {
  let here: Schemas = [schema];
  for (const [at, token] of tokens.entries()) {
    const next = step({ schema, tokens, how: 'path', closed: true }, here, { token, atTop: at === 0 });
    if (next === 'open') return [];
    here = next;
  }
  return here;
}

interface Step {
  readonly token: string;
  readonly atTop: boolean;
}

/** What stands one token further: its schemas, none at all, or `open` where it may be anything. */
function step({ schema, how, closed }: PathRequest, here: Schemas, { token, atTop }: Step): Schemas | 'open' {
  const parts = partsOf(schema, here);
  // Where no argument is named, any is taken, and still nobody knows that this one exists.
  const isShut = closed && atTop && !(nameMembers(parts) && allowsOtherMembers(parts, true));
  if (!isShut && isOpen(here, parts)) return 'open';
  if (how === 'path' && token === '*') return [...everyMember(parts), ...elementSchemas(parts)];
  const known = [...memberSchemas(parts, token), ...elementAt(parts, how, token)];
  return known.length > 0 || isSlip(token, parts) ? known : otherMembers(parts);
}

function elementAt(parts: readonly JsonObject[], how: PathRequest['how'], token: string): Schemas {
  return how === 'pointer' && isIndex(token) ? elementSchemas(parts, Number(token)) : [];
}

function isSlip(token: string, parts: readonly JsonObject[]): boolean {
  return nearestName(token, [...namedMembers(parts).keys()]) !== null;
}

/** Arrays are looked through where a path ends, as when it is followed. */
function typesAt(request: PathRequest, here: Schemas): ReadonlySet<string> | 'any' {
  const seen = new Set<string>();
  let ends = here;
  for (let level = 0; level <= deepest; level++) {
    const parts = partsOf(request.schema, ends);
    const types = ends.includes(true) ? 'any' : typesOf(parts);
    if (types === 'any') return 'any';
    for (const type of types) if (type !== 'array' || request.how === 'pointer') seen.add(type);
    if (request.how === 'pointer' || !types.has('array')) return seen;
    ends = elementSchemas(parts);
    if (ends.length === 0) return 'any';
  }
  return seen;
}

function missing(request: PathRequest, here: Schemas, at: number): Place {
  const parts = partsOf(request.schema, here);
  const types = typesOf(parts);
  const welcome = (types === 'any' || types.has('object')) && allowsOtherMembers(parts, request.closed && at === 0);
  return { kind: 'missing', nearest: nearestPath(request), welcome };
}

/** Deeper than this no path is looked for; more than so many, and longer ones, are not compared. */
const deepest = 8;
const mostPaths = 500;
const longestPath = 256;

/** The existing path that was probably meant: one that is spelt nearly so, or else the first that ends on the same name. */
function nearestPath(request: PathRequest): string | null {
  const paths = pathsIn(request);
  const wrong = written(request.tokens);
  const last = `/${escapeToken(request.tokens.at(-1) ?? '')}`;
  const ending = paths.filter((path) => path.endsWith(last));
  return nearestName(wrong, ending) ?? nearestName(wrong, paths) ?? ending[0] ?? null;
}

/** The paths that a schema names, the short ones first. */
export function pathsIn({ schema, how }: Pick<PathRequest, 'schema' | 'how'>): readonly string[] {
  const paths: string[] = [];
  let level: { readonly path: string; readonly here: Schemas }[] = [{ path: '', here: [schema] }];
  for (let depth = 0; depth < deepest && paths.length < mostPaths; depth++) {
    level = level.flatMap(({ path, here }) =>
      below(schema, here, how).map(([token, next]) => ({ path: path + token, here: next })),
    );
    level = level.filter(({ path }) => path.length <= longestPath).slice(0, mostPaths);
    paths.push(...level.map(({ path }) => path));
  }
  return paths.slice(0, mostPaths);
}

function below(root: JsonObject, here: Schemas, how: PathRequest['how']): [string, Schemas][] {
  const parts = partsOf(root, here);
  const members = [...namedMembers(parts)].map(([name, next]): [string, Schemas] => [`/${escapeToken(name)}`, next]);
  const elements = elementSchemas(parts);
  return elements.length === 0 ? members : [...members, [how === 'path' ? '/*' : '/0', elements]];
}

function written(tokens: readonly string[]): string {
  return tokens.map((token) => `/${token === '*' ? token : escapeToken(token)}`).join('');
}
