import type { FeedContract, Schema } from './feed-contract.ts';

/** Keywords that say nothing about values. */
const remarks = new Set(['description', 'title', 'examples']);
/** Keywords that have a rule of their own below. */
const ruled = new Set(['type', 'properties', 'required', 'items', 'additionalProperties', 'anyOf', 'enum', 'const']);

/**
 * What in `current` could trip a consumer, or a stored record, that goes by `released`. Empty when there were only additions: new
 * types of events, new optional members, new values of enumerations.
 *
 * @returns sentences, each beginning with the path of what it is about: `call.decided/verdicts[]/effect`
 */
export function breaches(released: FeedContract, current: FeedContract): readonly string[] {
  return [
    ...compare('headers', released.headers, current.headers),
    ...compare('attributes', released.attributes, current.attributes),
    ...Object.entries(released.data).flatMap(([type, schema]) => compare(type, schema, current.data[type])),
  ];
}

function compare(path: string, released: Schema, current: Schema | undefined): readonly string[] {
  if (current === undefined) return [`${path} is gone`];
  if (formOf(released) !== formOf(current)) return [`${path} was ${formOf(released)} and is ${formOf(current)}`];
  return [
    ...values(path, released, current),
    ...members(path, released, current),
    ...forms(path, released, current),
    ...within(`${path}[]`, released.items, current.items),
    ...within(`${path}/*`, released.additionalProperties, current.additionalProperties),
    ...constraints(path, released, current),
  ];
}

function formOf({ type = 'anything', anyOf }: Schema): string {
  return anyOf ? anyOf.map(formOf).join(' or ') : [type].flat().join(' or ');
}

/** An enumeration may grow. It may not lose a value, nor begin or end to be one. */
function values(path: string, released: Schema, current: Schema): readonly string[] {
  const [before, now] = [listed(released), listed(current)];
  if (!before && !now) return [];
  if (!before) return [`${path} took any value and is one of ${JSON.stringify(now)} now`];
  if (!now) return [`${path} was one of ${JSON.stringify(before)} and takes any value now`];
  return before
    .filter((value) => !now.includes(value))
    .map((value) => `${path} no longer has ${JSON.stringify(value)}`);
}

function listed(schema: Schema): readonly unknown[] | undefined {
  return 'const' in schema ? [schema.const] : schema.enum;
}

function members(path: string, released: Schema, current: Schema): readonly string[] {
  const { properties: before = {}, required: always = [] } = released;
  const { properties: now = {}, required = [] } = current;
  return [
    ...Object.entries(before).flatMap(([name, schema]) => compare(`${path}/${name}`, schema, now[name])),
    ...required
      .filter((name) => !always.includes(name))
      .map((name) => `${path}/${name} ${name in before ? 'was optional and is required now' : 'is new and required'}`),
    ...always
      .filter((name) => name in now && !required.includes(name))
      .map((name) => `${path}/${name} was required and is optional now`),
  ];
}

/** Their forms are the same by name here, so there are as many of them. */
function forms(path: string, { anyOf = [] }: Schema, { anyOf: now = [] }: Schema): readonly string[] {
  return anyOf.flatMap((form, at) => compare(path, form, now[at]));
}

function within(path: string, released: Schema | undefined, current: Schema | undefined): readonly string[] {
  if (released === undefined) return current === undefined ? [] : [`${path} took anything and has a schema now`];
  return compare(path, released, current);
}

/** Patterns, lengths and bounds stay as they are, either way. */
function constraints(path: string, released: Schema, current: Schema): readonly string[] {
  const keywords = new Set([...Object.keys(released), ...Object.keys(current)]);
  return [...keywords]
    .filter((keyword) => !remarks.has(keyword) && !ruled.has(keyword))
    .map((keyword) => [keyword, JSON.stringify(released[keyword]), JSON.stringify(current[keyword])] as const)
    .filter(([, before, now]) => before !== now)
    .map(([keyword, before, now]) => `${path} had the ${keyword} ${before ?? 'none'} and has ${now ?? 'none'}`);
}
