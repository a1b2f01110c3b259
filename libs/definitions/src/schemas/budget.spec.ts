import type { JsonObject, JsonValue } from '@sallyport/contracts';
import { budget, overBudget, reachable } from './budget.ts';

const times = <T>(count: number, make: (at: number) => T): T[] => Array.from({ length: count }, (_, at) => make(at));
const members = (count: number, make: (at: number) => JsonValue = () => ({})): JsonObject =>
  Object.fromEntries(times(count, (at) => [`p${at}`, make(at)]));

/** An object of so many levels. */
function nested(levels: number): JsonObject {
  let schema: JsonObject = {};
  for (let level = 1; level < levels; level++) schema = { not: schema };
  return schema;
}

/** A definition that is used so often: each use counts with all that the definition holds. */
const used = (uses: number): JsonObject => ({
  allOf: times(uses, () => ({ $ref: '#/$defs/large' })),
  $defs: { large: { properties: members(98) } },
});

describe('a schema at its bounds, and one beyond', () => {
  it.each<[string, (size: number) => JsonObject, number, string]>([
    ['levels', nested, budget.depth, 'nested deeper than 80 levels'],
    [
      'bytes',
      (size) => ({ title: 'x'.repeat(size - '{"title":""}'.length) }),
      budget.bytes,
      'larger than 262144 bytes',
    ],
    ['parts', (size) => ({ properties: members(size - 1) }), budget.subschemas, 'more than 2000 parts'],
    ['an enum', (size) => ({ enum: times(size, (at) => at) }), budget.list, 'its enum is longer than 1000'],
    ['required', (size) => ({ required: times(size, (at) => `p${at}`) }), budget.list, 'its required is longer'],
    ['anyOf', (size) => ({ anyOf: times(size, () => ({})) }), budget.list, 'its anyOf is longer'],
    ['prefixItems', (size) => ({ prefixItems: times(size, () => ({})) }), budget.list, 'its prefixItems is longer'],
    [
      'patterns of values',
      (size) => ({ properties: members(size, () => ({ pattern: 'a' })) }),
      budget.patterns,
      'more than 100 patterns',
    ],
    ['patterns of names', (size) => ({ patternProperties: members(size) }), budget.patterns, 'more than 100 patterns'],
  ])('%s', (_, make, most, problem) => {
    expect(overBudget(make(most))).toBeNull();
    expect(overBudget(make(most + 1))).toContain(problem);
  });

  it('counts a part as often as it is referred to', () => {
    // Each use is the reference, the definition and its 98 members.
    expect(overBudget(used(49))).toBeNull();
    expect(overBudget(used(50))).toContain('more than 5000 parts once its references are followed');
  });
});

describe('a reference', () => {
  it.each<[JsonValue]>([['other.json'], ['#anchor'], ['https://example.com/#/a'], [''], [7], [null], [{ a: 1 }]])(
    'is refused as %j',
    ($ref) => expect(overBudget({ $ref })).toContain('only references within the schema (#/…) are followed'),
  );

  it('is shown in part where it is long', () => {
    const problem = overBudget({ $ref: 'x'.repeat(10_000) }) ?? '';
    expect(problem.length).toBeLessThan(200);
  });

  it.each<[string, JsonObject]>([
    ['a place that is not there', { $ref: '#/$defs/none', $defs: {} }],
    ['a text', { $ref: '#/title', title: 'x' }],
    ['a list', { $ref: '#/allOf', allOf: [{}] }],
    ['a member of every object', { $ref: '#/constructor' }],
    ['what is no URI', { $ref: '#/%E0%A4%A' }],
  ])('is refused to %s', (_, schema) => expect(overBudget(schema)).toContain('where no schema is'));

  it.each<[string, JsonObject]>([
    ['itself', { $ref: '#' }],
    ['itself, negated', { not: { $ref: '#' } }],
    ['itself through two others', { if: { $ref: '#/$defs/a' }, $defs: { a: { oneOf: [{ $ref: '#' }] } } }],
    ['a circle that only a definition is in', { $defs: { a: { $ref: '#/$defs/b' }, b: { $ref: '#/$defs/a' } } }],
    ['itself where another member is there', { dependentSchemas: { a: { $ref: '#' } } }],
  ])('that leads back to %s without going down is refused', (_, schema) =>
    expect(overBudget(schema)).toContain('leads back to itself'),
  );

  it.each<[string, JsonObject]>([
    ['members', { properties: { a: { $ref: '#' } } }],
    ['elements', { items: { $ref: '#' } }],
    ['names with / and ~', { $ref: '#/$defs/a~1b~0c', $defs: { 'a/b~c': {} } }],
    ['names that are written as in a URI', { $ref: '#/$defs/a%20b', $defs: { 'a b': {} } }],
    ['what stands under no keyword', { $ref: '#/models/a', models: { a: {} } }],
  ])('is followed to %s', (_, schema) => expect(overBudget(schema)).toBeNull());
});

describe('a dialect', () => {
  it.each<[JsonValue]>([
    ['http://json-schema.org/draft-03/schema#'],
    ['https://json-schema.org/draft/2020-12/schema/'],
    ['https://json-schema.org.example.com/draft/2020-12/schema'],
    [''],
    [7],
  ])('is refused as %j', ($schema) => expect(overBudget({ $schema })).toContain('its $schema is not one of draft-04'));

  it.each([
    'http://json-schema.org/draft-07/schema#',
    'https://json-schema.org/draft/2019-09/schema',
    'https://json-schema.org/draft/2020-12/schema',
  ])('is taken as %s', ($schema) => expect(overBudget({ $schema })).toBeNull());

  it.each(['$async', '$dynamicRef', '$recursiveRef', '$dynamicAnchor', '$recursiveAnchor', '$vocabulary'])(
    'has no %s, also deep within, whatever its value',
    (keyword) => {
      const schema = { properties: { a: { items: { [keyword]: false } } } };
      expect(overBudget(schema)).toBe(`${keyword} is not supported`);
      expect(overBudget({ properties: { [keyword]: {} } })).toBeNull();
    },
  );

  it('has an id at its root only', () => {
    expect(overBudget({ $id: 'https://example.com/a' })).toBeNull();
    expect(overBudget({ $defs: { a: { $id: 'a' } } })).toBe('a part of the schema has an $id of its own');
  });
});

it('reaches what is held and what is referred to, each once', () => {
  const odd = { type: 'string' };
  const schema = { properties: { a: { $ref: '#/models/odd' }, b: { $ref: '#' } }, models: { odd } };
  expect(reachable(schema)).toEqual(new Set([schema, schema.properties.a, schema.properties.b, odd]));
});
