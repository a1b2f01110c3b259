import type { FittedArguments, JsonObject, JsonValue } from '@sallyport/contracts';
import { escapeToken, isObject } from '@sallyport/base';
import { allowsOtherMembers, membersOf, partsOf } from './schema-parts.ts';
import { type Check, compile } from './validator.ts';

export interface FitRequest {
  /** An input schema that compiles. */
  readonly schema: JsonObject;
  /** Leave out also what the schema does not name, where it would be refused. */
  readonly dropUnknown: boolean;
}

/** What a null hid may be wrong once that is gone: so often it is looked at again. */
const MOST_ROUNDS = 8;

/**
 * Leaves out of arguments what a client may have written for nothing: a member that is null where its schema takes no null, at any level, and
 * where that is wanted, members at the top that the schema does not name. What is required is then missing, and refused as such.
 */
export function createFit({ schema, dropUnknown }: FitRequest): (args: JsonObject) => FittedArguments {
  const parts = partsOf(schema, [schema]);
  const dropsUnknown = dropUnknown && !allowsOtherMembers(parts, true);
  const schemasOf = membersOf(parts);
  let check: Check | undefined; // few tools are ever sent a null
  return function fit(args) {
    const known = dropsUnknown ? Object.entries(args).filter(([name]) => schemasOf(name).length > 0) : null;
    const named = known === null || known.length === Object.keys(args).length ? args : Object.fromEntries(known);
    const unknown = Object.keys(args).length - Object.keys(named).length;
    if (nullsIn(named) === 0) return { arguments: named, leftOut: unknown };
    check ??= checkOf(schema);
    const { arguments: kept, leftOut } = withoutNulls(named, check);
    return { arguments: kept, leftOut: unknown + leftOut };
  };
}

function checkOf(schema: JsonObject): Check {
  const made = compile(schema, { closed: true, everyError: true });
  return made.ok ? made.check : () => [];
}

/** The check says where a null is wrong, whatever joins the schemas of its place. Where that takes too long, all nulls stay. */
function withoutNulls(args: JsonObject, check: Check): FittedArguments {
  let kept: JsonValue = args;
  let before = Infinity;
  for (let round = 0; round < MOST_ROUNDS && nullsIn(kept) < before; round += 1) {
    const wrong = new Set(check(kept).map(({ pointer }) => pointer));
    if (wrong.size === 0) break;
    before = nullsIn(kept);
    kept = withoutNullsAt(wrong, kept);
  }
  return { arguments: kept as JsonObject, leftOut: nullsIn(args) - nullsIn(kept) };
}

/** A copy without the members that are null at one of these places; elements of lists stay. */
function withoutNullsAt(places: ReadonlySet<string>, value: JsonValue, at = ''): JsonValue {
  if (Array.isArray(value)) return value.map((item, index) => withoutNullsAt(places, item, `${at}/${index}`));
  if (!isObject(value)) return value;
  const members = Object.entries(value).map(([name, member]) => [name, member, `${at}/${escapeToken(name)}`] as const);
  const kept = members.filter(([, member, place]) => member !== null || !places.has(place));
  return Object.fromEntries(kept.map(([name, member, place]) => [name, withoutNullsAt(places, member, place)]));
}

function nullsIn(value: JsonValue): number {
  if (value === null) return 1;
  return typeof value === 'object' ? Object.values(value).reduce<number>((sum, one) => sum + nullsIn(one), 0) : 0;
}
