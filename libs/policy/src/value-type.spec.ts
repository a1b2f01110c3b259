import type { JsonObject, JsonValue } from '@sallyport/contracts';
import { ABSENT, cedarValue, UNMAPPABLE } from './cedar-value.ts';
import { decimalText, decimalUnits } from './decimal.ts';
import { typeOfSchema } from './value-type.ts';

const typed = (schema: JsonValue, root: JsonObject = {}): unknown => typeOfSchema(schema, root);

describe('typeOfSchema', () => {
  it.each<[string, JsonValue]>([
    ['a boolean schema', true],
    ['no type', {}],
    ['several types', { type: ['string', 'integer'] }],
    ['a union', { oneOf: [{ type: 'string' }, { type: 'integer' }] }],
    ['mixed values', { enum: ['a', 1] }],
    ['an array of anything', { type: 'array' }],
    ['an array with nulls', { type: 'array', items: { type: ['string', 'null'] } }],
    ['a remote reference', { $ref: 'https://example.com/schema' }],
    ['a reference to nothing', { $ref: '#/$defs/none' }],
  ])('leaves %s untyped', (_, schema) => {
    expect(typed(schema)).toMatchObject({ kind: 'untyped' });
  });

  it('leaves the recursive part of a schema untyped', () => {
    const root: JsonObject = { $defs: { node: { type: 'array', items: { $ref: '#/$defs/node' } } } };
    expect(typed({ $ref: '#/$defs/node' }, root)).toMatchObject({ kind: 'untyped' });
  });

  it('leaves reserved names untyped', () => {
    const type = typeOfSchema({ type: 'object', properties: { __entity: { type: 'string' } } }, {});
    expect(type.kind === 'record' && type.fields.get('__entity')?.type.kind).toBe('untyped');
  });

  it.each<[JsonValue, object]>([
    [{ type: 'string' }, { kind: 'string' }],
    [{ enum: ['a', 'b'] }, { kind: 'string' }],
    [{ const: true }, { kind: 'boolean' }],
    [{ type: 'integer' }, { kind: 'long' }],
    [{ type: 'number' }, { kind: 'decimal' }],
    [{ anyOf: [{ type: 'null' }, { type: 'integer' }] }, { kind: 'long' }],
    [
      { type: 'array', items: { type: 'string' } },
      { kind: 'set', element: { kind: 'string' } },
    ],
    [{ $ref: '#/$defs/a~1b' }, { kind: 'boolean' }],
  ])('types %j', (schema, type) => {
    expect(typed(schema, { $defs: { 'a/b': { type: 'boolean' } } })).toEqual(type);
  });

  it('counts a nullable member as optional', () => {
    const properties = {
      a: { type: ['string', 'null'] },
      b: { type: 'string' },
      c: { type: 'string', nullable: true },
      d: { anyOf: [{ type: 'string' }], nullable: true },
    };
    const type = typeOfSchema({ type: 'object', properties, required: ['a', 'b', 'c', 'd'] }, {});
    const required = type.kind === 'record' ? [...type.fields].map(([name, field]) => [name, field.required]) : [];
    expect(required).toEqual([
      ['a', false],
      ['b', true],
      ['c', false],
      ['d', false],
    ]);
  });

  it('takes a reference by name for no reference to the whole', () => {
    expect(typeOfSchema({ $ref: '#name' }, { type: 'string' })).toMatchObject({ kind: 'untyped' });
  });
});

describe('cedarValue', () => {
  it.each<[Parameters<typeof cedarValue>[0], JsonValue]>([
    [{ kind: 'string' }, 1],
    [{ kind: 'string' }, '\ud800'],
    [{ kind: 'long' }, 1.5],
    [{ kind: 'long' }, 2 ** 53],
    [{ kind: 'decimal' }, '1.5'],
    [{ kind: 'decimal' }, 0.00001],
    [{ kind: 'boolean' }, 'true'],
    [{ kind: 'set', element: { kind: 'string' } }, 'a'],
    [{ kind: 'set', element: { kind: 'string' } }, ['a', null]],
    [{ kind: 'record', fields: new Map() }, []],
  ])('refuses to show, as %j, the value %j', (type, value) => {
    expect(cedarValue(type, value)).toBe(UNMAPPABLE);
  });

  it('shows null and what has no type as absence', () => {
    expect(cedarValue({ kind: 'string' }, null)).toBe(ABSENT);
    expect(cedarValue({ kind: 'untyped', why: '' }, { __entity: {} })).toBe(ABSENT);
  });

  it('writes numbers as decimals, and only declared members', () => {
    const fields = new Map([['a', { type: { kind: 'decimal' as const }, required: true }]]);
    expect(cedarValue({ kind: 'record', fields }, { a: 59.9, __extn: 1 })).toEqual({
      a: { __extn: { fn: 'decimal', arg: '59.9000' } },
    });
  });
});

describe('decimals', () => {
  it.each([1 / 3, 0.1 + 0.2, 1e15, -1e15, NaN, Infinity, 1e-5])('%d has no decimal text', (value) => {
    expect(decimalText(value)).toBeNull();
  });

  it.each(['1', '1.', '.5', '1.23456', '922337203685477.5808', '-922337203685477.5809', '1e3', ' 1.0'])(
    '%j is no decimal',
    (text) => {
      expect(decimalUnits(text)).toBeNull();
    },
  );

  it.each([
    [0, 0n],
    [-0, 0n],
    [59.9, 599_000n],
    [-0.0001, -1n],
    [1234567.8901, 12_345_678_901n],
    [-922337203685477.5, -9_223_372_036_854_775_000n],
  ])('%d is exact', (value, units) => {
    expect(decimalUnits(decimalText(value) ?? '')).toBe(units);
  });
});
