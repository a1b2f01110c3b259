import type { FittedArguments, JsonObject, JsonValue } from '@sallyport/contracts';
import { pointerGet, pointerTokens } from '@sallyport/base';
import { withoutMember } from '../without-member.ts';
import { allowsOtherMembers, membersOf, partsOf } from './schema-parts.ts';
import type { Check } from './validator.ts';

export interface FitRequest {
  /** An input schema that compiles. */
  readonly schema: JsonObject;
  readonly check: Check;
  /** Leave out also what the schema does not name, where it would be refused. */
  readonly dropUnknown: boolean;
}

/** So many nulls are left out one after the other. */
const MOST_ROUNDS = 16;

/**
 * Leaves out of arguments what a client may have written for nothing: a member that is null where its schema takes no null, at any level, and
 * where that is wanted, members at the top that the schema does not name. What is required is then missing, and refused as such.
 */
export function createFit({ schema, check, dropUnknown }: FitRequest): (args: JsonObject) => FittedArguments {
  const parts = partsOf(schema, [schema]);
  const dropsUnknown = dropUnknown && !allowsOtherMembers(parts, true);
  const schemasOf = membersOf(parts);
  return function fit(args) {
    const known = dropsUnknown ? Object.entries(args).filter(([name]) => schemasOf(name).length > 0) : null;
    const named = known === null || known.length === Object.keys(args).length ? args : Object.fromEntries(known);
    const unknown = Object.keys(args).length - Object.keys(named).length;
    const { arguments: kept, leftOut } = holdsNull(named)
      ? withoutNulls(named, check)
      : { arguments: named, leftOut: 0 };
    return { arguments: kept, leftOut: unknown + leftOut };
  };
}

/** The check says where a null is wrong, whatever joins the schemas of its place. */
function withoutNulls(args: JsonObject, check: Check): FittedArguments {
  let kept: JsonValue = args;
  let leftOut = 0;
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const wrong = new Set(check(kept).map(({ pointer }) => pointer));
    const nulls = [...wrong].filter((pointer) => pointer !== '' && pointerGet(kept, pointer) === null);
    const before = leftOut;
    for (const pointer of nulls) {
      const tokens = pointerTokens(pointer);
      const next: JsonValue | null = tokens.ok ? withoutMember(kept, tokens.tokens) : null;
      if (next === null) continue;
      kept = next;
      leftOut += 1;
    }
    if (leftOut === before) break;
  }
  return { arguments: kept as JsonObject, leftOut };
}

function holdsNull(value: JsonValue): boolean {
  return value === null || (typeof value === 'object' && Object.values(value).some(holdsNull));
}
