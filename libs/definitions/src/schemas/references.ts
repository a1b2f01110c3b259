import type { JsonObject, JsonValue } from '@sallyport/contracts';
import { escapeToken } from '@sallyport/base';
import { modernize } from './dialects.ts';
import { subschemas, target } from './subschemas.ts';

/** Where a part of a schema stands. */
export interface Place {
  /** RFC 6901, from the whole schema. */
  readonly pointer: string;
  /** The nearest part around it that has an `$id`, or the whole: where its own references begin. */
  readonly base: JsonObject;
}

/** All parts of a schema by where they stand, and those that have a name. */
export interface Places {
  readonly all: Map<JsonObject, Place>;
  /** By `$id` and `$anchor`, as references write them. */
  readonly named: ReadonlyMap<JsonObject, ReadonlyMap<string, JsonObject>>;
  readonly resources: ReadonlyMap<string, JsonObject>;
}

/** Finds the parts of a schema and their names; those that only a reference leads to are added by `resolve`. */
export function placesOf(root: JsonObject): Places {
  const all = new Map<JsonObject, Place>([[root, { pointer: '', base: root }]]);
  const named = new Map<JsonObject, Map<string, JsonObject>>();
  const resources = new Map<string, JsonObject>();
  for (const [part, { pointer, base: around }] of all) {
    const id = part['$id'] ?? part['id'];
    const isResource = typeof id === 'string' && !id.startsWith('#');
    const base = isResource ? part : around;
    all.set(part, { pointer, base });
    if (isResource) resources.set(id.replace(/#$/, ''), part);
    const anchors = named.get(base) ?? new Map<string, JsonObject>();
    for (const name of namesOf(part)) anchors.set(name, part);
    named.set(base, anchors);
    for (const { schema, at } of subschemas(part))
      if (!all.has(schema)) all.set(schema, { pointer: pointer + written(at), base });
  }
  return { all, named, resources };
}

/** The names of 2020-12 and 2019-09 (`$anchor`), and those of draft-04 to draft-07 (an `$id` that is only a fragment). */
function namesOf({ $anchor, $id, id }: JsonObject): string[] {
  const fragments = [$id, id].filter((value) => typeof value === 'string' && value.startsWith('#')) as string[];
  return [...(typeof $anchor === 'string' ? [$anchor] : []), ...fragments.map((value) => value.slice(1))];
}

function written(at: readonly (string | number)[]): string {
  return at.map((token) => `/${escapeToken(String(token))}`).join('');
}

/**
 * The same reference as a pointer from the whole schema, which is the only kind that is followed.
 *
 * @returns undefined where it leads out of the schema, or to no part of it
 */
export function resolve(places: Places, from: JsonObject, reference: JsonValue): string | undefined {
  const place = places.all.get(from);
  if (typeof reference !== 'string' || place === undefined) return undefined;
  const [id = '', ...rest] = reference.split('#');
  const base = id === '' ? place.base : places.resources.get(id);
  const fragment = rest.join('#');
  const found = base === undefined ? undefined : within(places, base, fragment);
  if (base === undefined || found === undefined) return undefined;
  const pointer = places.all.get(found)?.pointer ?? add(places, { found, base, fragment });
  return `#${pointer.split('/').map(encodeURIComponent).join('/')}`;
}

function within({ named }: Places, base: JsonObject, fragment: string): JsonObject | undefined {
  const isPath = fragment === '' || fragment.startsWith('/');
  return isPath ? target(base, `#${fragment}`) : named.get(base)?.get(fragment);
}

/** A part where no keyword is known to hold one, such as `#/components/schemas/Pet`, with all that is below it. */
function add({ all }: Places, part: { found: JsonObject; base: JsonObject; fragment: string }): string {
  const { found, base, fragment } = part;
  const pointer = (all.get(base)?.pointer ?? '') + decodeURIComponent(fragment);
  const fresh = new Map([[found, pointer]]);
  for (const [schema, at] of fresh) {
    modernize(schema);
    all.set(schema, { pointer: at, base });
    for (const child of subschemas(schema)) if (!all.has(child.schema)) fresh.set(child.schema, at + written(child.at));
  }
  return pointer;
}
