import type { JsonObject, JsonValue } from '@sallyport/contracts';
import { compileToolSchemas } from './tool-schemas.ts';

const text = { type: 'string' };
const inner = { type: 'object', properties: { note: text, list: { type: 'array', items: text } }, required: ['list'] };
const order = {
  type: 'object',
  properties: { id: text, limit: { type: 'integer' }, cursor: { type: ['string', 'null'] }, any: {}, inner },
  required: ['id'],
};

function fit(inputSchema: JsonObject, args: JsonObject, dropUnknown = false) {
  const made = compileToolSchemas({ definition: { name: 'x', inputSchema }, dropUnknown });
  if (!made.ok) throw new Error(made.problem);
  const { arguments: kept, leftOut } = made.fit(args);
  return { kept, leftOut, errors: made.checkInput(kept).map(({ pointer, message }) => `${pointer} ${message}`) };
}

test.each<[string, JsonObject, JsonObject, string[]]>([
  ['an optional member', { id: 'a', limit: null }, { id: 'a' }, []],
  ['several', { id: 'a', limit: null, inner: null }, { id: 'a' }, []],
  ['a member further down', { id: 'a', inner: { note: null, list: [] } }, { id: 'a', inner: { list: [] } }, []],
  ['a required one is missing then', { id: null }, {}, ['/id is required']],
  ['not where the schema takes null', { id: 'a', cursor: null, any: null }, { id: 'a', cursor: null, any: null }, []],
  ['not what others refuse', { id: 'a', limit: 'x' }, { id: 'a', limit: 'x' }, ['/limit must be integer']],
  [
    'not an element',
    { id: 'a', inner: { list: [null] } },
    { id: 'a', inner: { list: [null] } },
    ['/inner/list/0 must be string'],
  ],
])('a null is left out: %s', (_name, args, kept, errors) => {
  const before = JSON.stringify(args);
  const count = (value: unknown): number => JSON.stringify(value).split('null').length;
  expect(fit(order, args)).toEqual({ kept, leftOut: count(args) - count(kept), errors });
  expect(JSON.stringify(args)).toBe(before);
});

test('a null of a union is left out where no part of it takes one', () => {
  const schema = {
    type: 'object',
    properties: { a: { anyOf: [text, { type: 'number' }] }, b: { oneOf: [text, { type: 'null' }] } },
  };
  expect(fit(schema, { a: null, b: null })).toEqual({ kept: { b: null }, leftOut: 1, errors: [] });
});

describe('what a schema does not name', () => {
  it('is refused where nothing else is said', () => {
    expect(fit(order, { id: 'a', why: 'x' })).toEqual({
      kept: { id: 'a', why: 'x' },
      leftOut: 0,
      errors: ['/why is not known'],
    });
  });

  it('is left out where that is wanted, at the top', () => {
    const args = { id: 'a', why: 'x', toString: 1, limit: null };
    expect(fit(order, args, true)).toEqual({ kept: { id: 'a' }, leftOut: 3, errors: [] });
    expect(fit({ ...order, additionalProperties: false }, args, true)).toMatchObject({ kept: { id: 'a' } });
    const joined = { allOf: [order, { patternProperties: { '^x-': text } }] };
    expect(fit(joined, { id: 'a', 'x-b': 'c', y: 1 }, true)).toMatchObject({
      kept: { id: 'a', 'x-b': 'c' },
      leftOut: 1,
    });
  });

  it('stays where it is welcome', () => {
    for (const schema of [{ type: 'object' }, { ...order, additionalProperties: true }])
      expect(fit(schema, { id: 'a', why: 'x' }, true)).toMatchObject({ kept: { id: 'a', why: 'x' }, leftOut: 0 });
  });
});

test('as many nulls are left out as a client writes', () => {
  const nulls = (most: number) => Object.fromEntries(Array.from({ length: most }, (_, at) => [`n${at}`, null]));
  const names = Object.fromEntries(Object.keys(nulls(90)).map((name) => [name, text]));
  const schema = { type: 'object', properties: { ...names, inner: { type: 'object', properties: names } } };
  expect(fit(schema, { ...nulls(90), inner: nulls(90) })).toEqual({ kept: { inner: {} }, leftOut: 180, errors: [] });
  const start = process.cpuUsage();
  const many = { type: 'object', additionalProperties: text };
  expect(fit(many, nulls(20_000))).toEqual({ kept: {}, leftOut: 20_000, errors: [] });
  const rows = {
    type: 'object',
    properties: { rows: { type: 'array', items: { type: 'object', properties: names } } },
  };
  const written = { rows: Array.from({ length: 1_000 }, () => ({ n0: 'a', n1: null })) };
  expect(fit(rows, written)).toMatchObject({ leftOut: 1_000, errors: [] });
  expect(process.cpuUsage(start).user).toBeLessThan(1_500_000);
});

const members = (most: number) => Object.fromEntries(Array.from({ length: most }, (_, at) => [`m${at}`, 1]));
test.each<[string, JsonObject, JsonValue]>([
  ['misses', { items: { required: Object.keys(members(100)) } }, Array.from({ length: 20_000 }, () => ({}))],
  [
    'needs beside others',
    { items: { dependentRequired: { a: Object.keys(members(100)) } } },
    Array(9_000).fill({ a: 1 }),
  ],
  ['does not know', { anyOf: Array(60).fill({ additionalProperties: false }) }, members(9_000)],
])('nulls stay where a schema %s more than there is room to say', (_name, list, value) => {
  const schema = { type: 'object', properties: { list, why: text } };
  const start = process.cpuUsage();
  const args = { list: value, why: null };
  expect(fit(schema, args)).toMatchObject({ kept: args, leftOut: 0 });
  expect(process.cpuUsage(start).user).toBeLessThan(1_500_000);
});

test('arguments without a null that is wrong are the very same object', () => {
  const made = compileToolSchemas({ definition: { name: 'x', inputSchema: order } });
  for (const args of [{ id: 'a' }, { id: 'a', cursor: null, any: null }])
    expect(made.ok && made.fit(args).arguments).toBe(args);
});

test('many names that nobody knows cost no more than reading them', () => {
  const names = (most: number, of: JsonValue) =>
    Object.fromEntries(Array.from({ length: most }, (_, at) => [`k${at}`, of]));
  const made = compileToolSchemas({
    definition: { name: 'x', inputSchema: { type: 'object', properties: names(300, { type: 'string' }) } },
    dropUnknown: true,
  });
  const start = process.cpuUsage();
  const fitted = made.ok ? made.fit(names(50_000, 'x')) : null;
  expect(fitted?.leftOut).toBe(49_700);
  expect(process.cpuUsage(start).user).toBeLessThan(1_500_000);
});
