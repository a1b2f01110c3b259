import type { JsonObject } from '@sallyport/contracts';
import { followPath, membersAt, pathsIn, typesOfValue } from './schema-path.ts';
import { subschemas, target } from './subschemas.ts';

const text = { type: 'string' };
const object = (properties: JsonObject, more: JsonObject = {}): JsonObject => ({ type: 'object', properties, ...more });
const follow = (schema: JsonObject, path: string, how: 'path' | 'pointer' = 'path', closed = true) =>
  followPath({ schema, tokens: path.split('/').slice(1), how, closed });
const found = (...types: string[]) => ({ kind: 'found', types: new Set(types) });
const anything = { kind: 'found', types: 'any' };

describe('a path that leads nowhere', () => {
  it.each<[string, JsonObject, string, string | null]>([
    ['a slip', object({ order_id: text }), '/order_idd', '/order_id'],
    ['a slip below', object({ plan: object({ from: text }) }), '/plan/form', '/plan/from'],
    ['a name that stands elsewhere', object({ plan: object({ order_id: text }) }), '/order_id', '/plan/order_id'],
    ['nothing that is near', object({ a: text }), '/something', null],
    ['a member of a text that is welcome', object({ a: text }, { additionalProperties: text }), '/zzzz/b', null],
    ['a member of a text', object({ a: text }), '/a/b', null],
    ['an element of what is no array', object({ a: text }), '/a/*', null],
    ['a forbidden member', object({ a: false, b: text }), '/a', '/b'],
    ['a member of every object', object({ a: text }), '/constructor', null],
    ['a member that is only negated', { type: 'object', not: object({ a: text }) }, '/a', null],
  ])('is missing: %s', (_, schema, path, nearest) =>
    expect(follow(schema, path)).toMatchObject({ kind: 'missing', nearest }),
  );

  it('is a slip also where others are welcome', () => {
    const schema = object({ order_id: text }, { additionalProperties: true });
    expect(follow(schema, '/order_idd')).toEqual({ kind: 'missing', nearest: '/order_id', welcome: true });
    expect(follow(schema, '/anything')).toEqual(anything);
  });

  it('is missing and welcome at the top of arguments that name none, and found in what is not closed', () => {
    expect(follow({ type: 'object' }, '/a')).toMatchObject({ kind: 'missing', welcome: true });
    expect(follow(object({ b: {} }), '/a')).toMatchObject({ kind: 'missing', welcome: false });
    expect(follow({ type: 'object' }, '/a', 'path', false)).toEqual(anything);
  });
});

describe('a path', () => {
  it.each<[string, JsonObject, string, unknown]>([
    ['by name', object({ a: text }), '/a', found('string')],
    ['an integer, which is a number too', object({ a: { type: 'integer' } }), '/a', found('number')],
    ['through an array at its end', object({ a: { type: 'array', items: text } }), '/a', found('string')],
    ['of elements', object({ a: { type: 'array', items: object({ b: text }) } }), '/a/*/b', found('string')],
    ['of every member', object({ a: { type: 'object', additionalProperties: text } }), '/a/*', found('string')],
    ['by pattern', { patternProperties: { '^x': text } }, '/x1', found('string')],
    [
      'by a name that must be one of some',
      { propertyNames: { enum: ['r', 'g'] }, additionalProperties: text },
      '/r',
      found('string'),
    ],
    ['in a branch', { oneOf: [object({ a: text }), object({ b: { type: 'null' } })] }, '/b', found('null')],
    [
      'through a reference',
      { ...object({ a: { $ref: '#/$defs/d' } }), $defs: { d: object({ b: text }) } },
      '/a/b',
      found('string'),
    ],
    ['through a recursion', object({ n: { $ref: '#' }, v: text }), '/n/n/n/v', found('string')],
    ['in what is the only allowed value', object({ a: { const: { b: 'x' } } }), '/a/b', found('string')],
    ['where nothing is said', object({ a: {} }), '/a/b/c', anything],
    ['required, and not described', object({}, { required: ['a'], additionalProperties: true }), '/a', anything],
  ])('leads %s', (_, schema, path, place) => expect(follow(schema, path)).toEqual(place));

  it('has every type that any part allows', () => {
    expect(follow(object({ a: { anyOf: [text, { type: ['null', 'boolean'] }] } }), '/a')).toEqual(
      found('string', 'null', 'boolean'),
    );
  });

  it('as a pointer names one element by its index, and arrays are values', () => {
    const schema = object({ a: { type: 'array', prefixItems: [text], items: { type: 'boolean' } } });
    expect(follow(schema, '/a/0', 'pointer')).toEqual(found('string'));
    expect(follow(schema, '/a/1', 'pointer')).toEqual(found('boolean'));
    expect(follow(schema, '/a', 'pointer')).toEqual(found('array'));
    expect(follow(schema, '/a/01', 'pointer')).toMatchObject({ kind: 'missing' });
    expect(follow(schema, '/a/*', 'pointer')).toMatchObject({ kind: 'missing' });
    expect(follow(schema, '/a/0', 'path')).toMatchObject({ kind: 'missing' });
  });
});

describe('the paths of a schema', () => {
  it('are listed with the short ones first, their names escaped', () => {
    const schema = object({ 'a/b': object({ '~': text }), c: { type: 'array', items: object({ d: text }) } });
    expect(pathsIn({ schema, how: 'path' })).toEqual(['/a~1b', '/c', '/a~1b/~0', '/c/*', '/c/*/d']);
    expect(pathsIn({ schema, how: 'pointer' })).toContain('/c/0/d');
  });

  it('end, also where the schema does not', () => {
    const tree = object(Object.fromEntries(Array.from({ length: 9 }, (_, at) => [`n${at}`, { $ref: '#' }])));
    const paths = pathsIn({ schema: tree, how: 'path' });
    expect(paths).toHaveLength(500);
    const line = pathsIn({ schema: object({ n: { $ref: '#' } }), how: 'path' });
    expect(line.at(-1)).toBe('/n'.repeat(8));
    expect(pathsIn({ schema: object({ ['x'.repeat(256)]: text }), how: 'path' })).toEqual([]);
  });
});

describe('what may stand at a path of arguments', () => {
  const schema = object({
    a: text,
    open: { type: 'object' },
    plan: object({ x: text, y: text }, { additionalProperties: false }),
  });

  it('is an object at the top, what the schema says below, and anything where it says nothing', () => {
    expect(typesOfValue(schema, [])).toEqual(new Set(['object']));
    expect(typesOfValue(schema, ['a'])).toEqual(new Set(['string']));
    expect(typesOfValue(schema, ['open', 'deep'])).toBe('any');
  });

  it('has members that are counted up where others are refused', () => {
    expect(membersAt(schema, [])).toEqual(['a', 'open', 'plan']);
    expect(membersAt(schema, ['plan'])).toEqual(['x', 'y']);
    expect(membersAt(schema, ['open'])).toBe('any');
    expect(membersAt({ ...schema, patternProperties: { '^p': {} } }, [])).toBe('any');
  });
});

describe('subschemas', () => {
  it('are known by how they are used, and nothing else is one', () => {
    const part = { type: 'null' };
    const schema = {
      allOf: [part, true, 7],
      not: part,
      items: [part],
      properties: { not: part, a: true },
      $defs: { d: part },
      default: { properties: { x: part } },
      enum: [part],
      constructor: part,
    };
    expect(subschemas(schema as JsonObject).map(({ at, use }) => [at.join('/'), use])).toEqual([
      ['allOf/0', 'in_place'],
      ['not', 'in_place'],
      ['items/0', 'below'],
      ['properties/not', 'below'],
      ['$defs/d', 'definition'],
    ]);
  });

  it('are referred to within the schema only', () => {
    const root = { $defs: { a: { title: 'a' }, list: [{ title: 'first' }] } };
    expect(target(root, '#')).toBe(root);
    expect(target(root, '#/$defs/a')).toEqual({ title: 'a' });
    expect(target(root, '#/$defs/list/0')).toEqual({ title: 'first' });
    for (const away of ['', 'a', '#a', '#/$defs/a/title', '#/$defs/list', '#/toString', undefined, 7])
      expect(target(root, away)).toBeUndefined();
  });
});
