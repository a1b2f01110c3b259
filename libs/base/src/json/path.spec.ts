import fc from 'fast-check';

import type { JsonValue } from './json.ts';
import { compilePath, followPointer, PathError } from './path.ts';
import { pointerGet } from './pointer.ts';

const found = (value: JsonValue, path: string): string[] =>
  followPointer(value, path).map((match) => `${match.pointer}=${JSON.stringify(match.value)}`);

const inherited = [...Object.getOwnPropertyNames(Object.prototype), ...Object.getOwnPropertyNames(Array.prototype)];

describe('a malformed path', () => {
  it.each([
    ['/a~2', 2],
    ['/a~', 2],
    ['a/b', 1],
    ['/\ud800', 1],
  ])('%j is refused at %i', (path, at) => {
    expect(compilePath(path)).toMatchObject({ ok: false, code: 'bad_path', at });
    expect(() => followPointer({}, path)).toThrow(PathError);
    expect(pointerGet({ 'a~': 1, 'a/b': 1 }, path)).toBeUndefined();
  });
});

describe('pointerGet', () => {
  const document = { foo: ['bar', 'baz'], '': 0, 'a/b': 1, 'c%d': 2, 'e^f': 3, ' ': 7, 'm~n': 8, '*': 9, list: [[1]] };

  it.each(['/none', '/foo/2', '/foo/01', '/foo/-', '/foo/-1', '/foo/length', '/foo/0/0', '/ /x'])(
    'finds nothing at %j',
    (pointer) => {
      expect(pointerGet(document, pointer)).toBeUndefined();
    },
  );

  it.each(inherited)('never finds the inherited %s', (name) => {
    expect(pointerGet({ a: {} }, `/a/${name}`)).toBeUndefined();
    expect(pointerGet({ a: [] }, `/a/${name}`)).toBeUndefined();
  });

  it.each<[string, JsonValue]>([
    ['', document],
    ['/foo/0', 'bar'],
    ['/', 0],
    ['/a~1b', 1],
    ['/c%d', 2],
    ['/e^f', 3],
    ['/ ', 7],
    ['/m~0n', 8],
    ['/*', 9],
    ['list', [[1]]],
    ['/list/0/0', 1],
  ])('finds %j (RFC 6901 section 5)', (pointer, value) => {
    expect(pointerGet(document, pointer)).toEqual(value);
  });
});

describe('followPointer', () => {
  it.each<[string, JsonValue, string, string[]]>([
    ['a bare name', { order_id: 'o1' }, 'order_id', ['/order_id="o1"']],
    ['an absent member', { a: 1 }, '/b', []],
    ['an empty array', { ids: [] }, 'ids', []],
    ['each element where it lands on an array', { ids: ['a', 'b'] }, 'ids', ['/ids/0="a"', '/ids/1="b"']],
    ['elements of nested arrays', { ids: ['a', [['b'], []]] }, '/ids', ['/ids/0="a"', '/ids/1/0/0="b"']],
    ['each element by *', { ids: ['a', ['b']] }, '/ids/*', ['/ids/0="a"', '/ids/1/0="b"']],
    ['each member by *', { m: { x: 1, 'y/z': [2] } }, '/m/*', ['/m/x=1', '/m/y~1z/0=2']],
    ['members behind *', { o: [{ id: 1 }, { no: 0 }, { id: [2] }] }, '/o/*/id', ['/o/0/id=1', '/o/2/id/0=2']],
    [
      'a name in an unexpected array',
      { filter: [{ id: 1 }, [{ id: 2 }]] },
      '/filter/id',
      ['/filter/0/id=1', '/filter/1/0/id=2'],
    ],
    ['one element by its index', { ids: ['a', 'b'] }, '/ids/1', ['/ids/1="b"']],
    ['a member named like an index', { m: { 0: 'a' } }, '/m/0', ['/m/0="a"']],
    ['an object where it lands on one', { id: { $ne: 1 } }, 'id', ['/id={"$ne":1}']],
    ['null', { id: null }, 'id', ['/id=null']],
    ['the whole value', 7, '', ['=7']],
    ['nothing within a scalar', { a: 'text' }, '/a/*', []],
  ])('finds %s', (_name, value, path, expected) => {
    expect(found(value, path)).toEqual(expected);
  });

  it.each(inherited)('never follows the inherited %s', (name) => {
    expect(found([{ a: {} }, [{}]], `/*/a/${name}`)).toEqual([]);
    expect(found({ a: [{}, []] }, `/a/${name}`)).toEqual([]);
  });

  it('finds each leaf of any nested array exactly once, under the pointer that names it', () => {
    const { tree } = fc.letrec<{ tree: JsonValue }>((tie) => ({
      tree: fc.oneof({ maxDepth: 5 }, fc.constant('leaf'), fc.array(tie('tree'), { maxLength: 4 })),
    }));
    fc.assert(
      fc.property(tree, fc.constantFrom('ids', '/ids'), (shape, path) => {
        let count = 0;
        const ids = JSON.parse(JSON.stringify(shape), (_key, part) => (part === 'leaf' ? count++ : part)) as JsonValue;
        const matches = followPointer({ ids, other: [['x']] }, path);
        expect(matches.map((match) => match.value).sort((a, b) => Number(a) - Number(b))).toEqual([
          ...Array(count).keys(),
        ]);
        for (const match of matches) expect(pointerGet({ ids }, match.pointer)).toBe(match.value);
      }),
    );
  });

  it('gives distinct pointers that pointerGet resolves, on any value and path', () => {
    const segment = fc.constantFrom('*', 'a', '0', 'a~1b', 'toString');
    const path = fc.array(segment, { maxLength: 4 }).map((parts) => parts.map((part) => `/${part}`).join(''));
    const key = fc.constantFrom('a', 'a/b', '0', '*', 'b');
    fc.assert(
      fc.property(fc.object({ key, maxDepth: 4, values: [fc.integer()] }), path, (source, visited) => {
        const value = JSON.parse(JSON.stringify(source)) as JsonValue;
        const matches = followPointer(value, visited);
        expect(new Set(matches.map((match) => match.pointer)).size).toBe(matches.length);
        for (const match of matches) expect(pointerGet(value, match.pointer)).toBe(match.value);
      }),
    );
  });
});
