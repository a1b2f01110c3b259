import type { JsonObject } from '@sallyport/contracts';
import { parseExact } from '@sallyport/base';
import { EFFORT, prepare } from './prepare.ts';

const open = { closed: false };
const closed = { closed: true };

describe('a schema that is closed', () => {
  it.each<[string, JsonObject, JsonObject]>([
    ['refuses others', { properties: { a: {} } }, { additionalProperties: false }],
    ['refuses what no branch names', { anyOf: [{ properties: { a: {} } }] }, { unevaluatedProperties: false }],
    ['refuses what no condition names', { if: {}, then: { properties: { a: {} } } }, { unevaluatedProperties: false }],
    [
      'refuses what no dependency names',
      { dependencies: { a: { properties: { b: {} } } } },
      { unevaluatedProperties: false },
    ],
  ])('%s', (_, schema, more) => expect(prepare(schema, closed)).toEqual({ ...schema, ...more }));

  it.each<[JsonObject]>([
    [{ additionalProperties: true }],
    [{ additionalProperties: { type: 'string' } }],
    [{ unevaluatedProperties: {} }],
    [{ additionalProperties: false }],
    [{ type: 'object', required: ['a'], properties: {} }],
  ])('keeps what it says itself: %j', (schema) => expect(prepare(schema, closed)).toEqual(schema));

  it('is closed at its top only, also where it refers to itself', () => {
    const schema = { type: 'object', properties: { child: { $ref: '#' } } };
    const reference = { $ref: '#/$defs/sallyport:whole', [EFFORT]: 1 };
    const whole = { type: 'object', properties: { child: reference } };
    expect(prepare(schema, closed)).toEqual({
      ...whole,
      $defs: { 'sallyport:whole': whole },
      additionalProperties: false,
    });
    expect(prepare(schema, open)).toEqual({ type: 'object', properties: { child: { $ref: '#', [EFFORT]: 1 } } });
  });

  it('keeps its own definitions beside that', () => {
    const schema = { properties: { a: { $ref: '#' } }, $defs: { b: {} } };
    expect(Object.keys(prepare(schema, closed)['$defs'] as JsonObject)).toEqual(['b', 'sallyport:whole']);
  });
});

describe('a schema as the compiler takes it', () => {
  it('is a copy: what an upstream sent is hashed and shown as it came', () => {
    const schema = { $id: 'x', items: [{ $schema: 'http://json-schema.org/draft-07/schema#' }], $ref: '#/items/0' };
    const before = JSON.stringify(schema);
    prepare(schema, closed);
    expect(JSON.stringify(schema)).toBe(before);
  });

  it('has no dialect and no id, which the compiler would look up', () => {
    const schema = { $schema: 'http://json-schema.org/draft-07/schema#', $id: 'https://example.com/x', title: 'x' };
    expect(prepare(schema, open)).toEqual({ title: 'x' });
  });

  it.each<[string, JsonObject, JsonObject]>([
    ['with more elements', { items: [{}, {}], additionalItems: false }, { prefixItems: [{}, {}], items: false }],
    ['alone', { items: [{ type: 'null' }] }, { prefixItems: [{ type: 'null' }] }],
    ['none', { items: {}, additionalItems: false }, { items: {}, additionalItems: false }],
  ])('has the tuple of draft-07, %s, as 2020-12 writes it', (_, schema, made) => {
    expect(prepare(schema, open)).toEqual(made);
    expect(prepare({ properties: { deep: schema } }, open)).toEqual({ properties: { deep: made } });
  });

  it('counts each schema, by the members that it may miss, where every error is told', () => {
    const a = { required: ['x', 'y'], dependentRequired: { x: ['z'] } };
    expect(prepare({ properties: { a } }, { ...open, everyError: true })).toEqual({
      properties: { a: { ...a, [EFFORT]: 4 } },
      [EFFORT]: 1,
    });
  });

  it('counts each reference, and not a member that is called like one', () => {
    const schema = { properties: { $ref: { $ref: '#/$defs/a' } }, $defs: { a: {} } };
    expect(prepare(schema, open)).toEqual({
      properties: { $ref: { $ref: '#/$defs/a', [EFFORT]: 1 } },
      $defs: { a: {} },
    });
  });

  it('compares sizes with doubles', () => {
    const schema = parseExact('{"maximum":9223372036854775807}') as JsonObject;
    expect(prepare(schema, open)).toEqual({ maximum: 2 ** 63 });
  });
});
