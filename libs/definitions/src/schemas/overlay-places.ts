import type { JsonObject, JsonValue } from '@sallyport/contracts';
import { escapeToken, isObject } from '@sallyport/base';
import { safePattern } from './safe-pattern.ts';
import { followPath, membersAt, pathsIn, typesOfValue } from './schema-path.ts';
import { subschemas, target } from './subschemas.ts';
import { keywords } from './validator.ts';

/** A place of the arguments that a part of the overlay speaks of. */
interface Place {
  readonly part: JsonObject;
  readonly tokens: readonly string[];
}

/**
 * Holds an operator's schema against that of a tool: every name in it must be one that the tool takes, and every keyword must be
 * about what can stand there. What is neither would never refuse anything.
 *
 * @param overlay one without faults of its own
 * @param schema an input schema within budget
 * @returns the first thing that is wrong, and the path that was probably meant; null for nothing
 */
export function strayProblem(overlay: JsonObject, schema: JsonObject): string | null {
  const named = pathsIn({ schema: overlay, how: 'path' });
  for (const place of places(overlay, { part: overlay, tokens: [] }, [])) {
    for (const name of namesIn(place.part)) {
      const problem = strayName([...place.tokens, name], schema, named);
      if (problem !== null) return problem;
    }
    const problem = strayPattern(place, schema) ?? strayKeyword(place, schema);
    if (problem !== null) return problem;
  }
  return null;
}

/** Each part of the overlay at each place that it is used for; a recursive one once. */
function* places(root: JsonObject, place: Place, above: readonly JsonObject[]): Generator<Place> {
  const { part, tokens } = place;
  if (above.includes(part)) return;
  yield place;
  const within = [...above, part];
  const named = target(root, part['$ref']);
  if (named !== undefined) yield* places(root, { part: named, tokens }, within);
  for (const { schema, use, at } of subschemas(part)) {
    const [keyword, member] = at;
    if (use === 'definition' || keyword === 'propertyNames') continue;
    const token = use === 'in_place' ? [] : [keyword === 'properties' ? String(member) : '*'];
    yield* places(root, { part: schema, tokens: [...tokens, ...token] }, within);
  }
}

/** Every name of a member that a part gives, in whatever keyword. */
function namesIn({ propertyNames, required, ...part }: JsonObject): readonly string[] {
  const maps = ['properties', 'dependentRequired', 'dependentSchemas', 'dependencies'].map((keyword) => part[keyword]);
  const entries = maps.filter(isObject).flatMap((map) => Object.entries(map));
  const named = entries.flatMap(([name, value]) => [name, ...texts(value)]);
  return [...new Set([...named, ...texts(required), ...(isObject(propertyNames) ? choicesIn(propertyNames) : [])])];
}

function choicesIn(names: JsonObject): readonly string[] {
  const joined = subschemas(names).filter(({ use }) => use === 'in_place');
  return [
    ...texts(names['enum']),
    ...texts([names['const'] ?? null]),
    ...joined.flatMap(({ schema }) => choicesIn(schema)),
  ];
}

function texts(value: JsonValue | undefined): readonly string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}

/** Where others are welcome, a name that is nearly another's is meant if the overlay names that one as well. */
function strayName(tokens: readonly string[], schema: JsonObject, named: readonly string[]): string | null {
  const place = followPath({ schema, tokens, how: 'path', closed: true });
  if (place.kind === 'found') return null;
  const { nearest, welcome } = place;
  if (welcome && (nearest === null || named.includes(nearest))) return null;
  const advice = nearest === null ? '' : ` Did you mean ${nearest}?`;
  return `arguments: the tool takes no argument ${written(tokens)}.${advice}`;
}

function strayPattern({ part: { patternProperties }, tokens }: Place, schema: JsonObject): string | null {
  const members = isObject(patternProperties) ? membersAt(schema, tokens) : 'any';
  if (members === 'any') return null;
  const stray = Object.keys(patternProperties as JsonObject).find((pattern) => {
    const { test } = safePattern(pattern);
    return !members.some((name) => test(name));
  });
  if (stray === undefined) return null;
  return `arguments: the tool takes no argument ${written([...tokens, stray])} by that pattern. There is: ${members.join(', ')}.`;
}

/** A part that says itself of what type the value must be refuses all others. */
function strayKeyword({ part, tokens }: Place, schema: JsonObject): string | null {
  const types = typesOfValue(schema, tokens);
  if (types === 'any' || part['type'] !== undefined) return null;
  const stray = Object.keys(part).find((keyword) => {
    const about = keywords().get(keyword) ?? [];
    return about.length > 0 && !about.some((type) => types.has(type));
  });
  if (stray === undefined) return null;
  const where = tokens.length === 0 ? 'the arguments' : written(tokens);
  return `arguments: ${stray} says nothing of ${where}, since only ${[...types].join(' or ')} can stand there.`;
}

function written(tokens: readonly string[]): string {
  return tokens
    .map((token) => `/${escapeToken(token)}`)
    .join('')
    .slice(0, 128);
}
