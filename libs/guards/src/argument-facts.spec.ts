import type { JsonObject, JsonValue } from '@sallyport/contracts';
import fc from 'fast-check';
import { argumentFacts } from './argument-facts.ts';
import { isBareWildcard, isOpenRange, wordOf } from './argument-words.ts';

const resources = [{ argument: 'order_id', type: 'Order' }];
const facts = (order_id: JsonValue) => argumentFacts({ order_id } as JsonObject, { resources });
const name = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_-]{2,20}[0-9]$/);
const padding = fc.constantFrom('', ' ', '\t', '\u200b', '\u00a0', '\u2060', '\ufeff');

test('no padding, nesting or company hides a wildcard', () => {
  const wildcard = fc.constantFrom('*', '%', '＊', 'all', 'ALL', '%2a', '?');
  fc.assert(
    fc.property(
      wildcard,
      fc.tuple(padding, padding),
      fc.array(name),
      fc.nat(3),
      (text, [before, after], others, levels) => {
        let value: JsonValue = [...others, `${before}${text}${after}`];
        for (let level = 0; level < levels; level++) value = [value];
        const { wildcards, objects } = facts(value);
        expect(wildcards).toHaveLength(1);
        expect(objects.at(-1)?.id).toBe('');
      },
    ),
  );
});

test('as many distinct names as there are, in an array or in one text', () => {
  fc.assert(
    fc.property(fc.uniqueArray(name, { minLength: 2 }), fc.constantFrom(',', ', ', ';', '\n', ' ', '|'), (ids, by) => {
      expect(facts(ids).bulk).toBe(ids.length);
      expect(facts(ids.join(by)).bulk).toBe(ids.length);
      expect(facts(ids.join(by)).objects).toMatchObject([{ id: '' }]);
    }),
  );
});

test('an ordinary name is itself', () => {
  fc.assert(
    fc.property(name, (id) => {
      expect(facts(id)).toMatchObject({ bulk: 1, wildcards: [], unbounded: [], objects: [{ id }] });
    }),
  );
});

test('whatever JSON comes, the answer is the same twice and nothing throws', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
      fc.pre(JSON.stringify(value).isWellFormed());
      expect(facts(value as JsonValue)).toEqual(facts(structuredClone(value) as JsonValue));
    }),
  );
});

test.each([
  ['dots before a slash', `${'.'.repeat(500_000)}/`],
  ['quotes before a letter', `a${"'".repeat(500_000)}a`],
  ['marks of two classes', `a${'\u0301\u0323'.repeat(170_000)}`],
  ['marks that are letters before they are normalized', '\uff9e\u0334'.repeat(170_000)],
  ['characters that become many', '\ufdfa'.repeat(340_000)],
])('half a million %s are read in time that grows with them', (_, text) => {
  // What took time by the square took minutes here, longer than a test may.
  expect(wordOf(text).parts.length).toBeGreaterThan(0);
  expect(isBareWildcard(text)).toBe(false);
  expect(isOpenRange(text)).toBe(text.startsWith('..'));
});

/** A megabyte of everything that was ever slow. */
const heavy: readonly (readonly [string, JsonObject])[] = [
  ['characters that become many', { a: '\ufdfa'.repeat(340_000) }],
  ['members', { a: Object.fromEntries(Array.from({ length: 90_000 }, (_, at) => [`k${at}`, at])) }],
  ['arguments', Object.fromEntries(Array.from({ length: 80_000 }, (_, at) => [`k${at}`, 1]))],
  ['names', { order_id: Array.from({ length: 90_000 }, (_, at) => `o${at}`) }],
  ['names in one text', { order_id: 'a,'.repeat(500_000) }],
  ['wildcards', { order_id: Array.from({ length: 180_000 }, () => '*') }],
  ['empty lists', { order_id: Array.from({ length: 180_000 }, () => []) }],
  ['encoded characters', { order_id: '%2a'.repeat(330_000) }],
  ['backslashes', { order_id: '\\d'.repeat(330_000) }],
  ['texts below a long name', { ['k'.repeat(500_000)]: Array.from({ length: 40_000 }, () => '*') }],
  ['levels', { a: JSON.parse(`${'['.repeat(900)}${']'.repeat(900)}`) as JsonValue }],
  // Within the limit of bytes, but with pointers that would take a hundred megabytes.
  ['texts below a name that is half of all', { ['k'.repeat(32_000)]: Array.from({ length: 8_000 }, () => '*') }],
  ['objects below such a name', { order_id: { ['k'.repeat(32_000)]: Array.from({ length: 8_000 }, () => 1) } }],
];

test.each(heavy)('too much of %s is not looked at, and taken for the worst', (_, args) => {
  const { bytes, depth, ...found } = argumentFacts(args, { resources });
  expect(bytes).toBeGreaterThan(1_000);
  expect(depth).toBeGreaterThan(0);
  expect(found).toEqual({
    ...{ bulk: 1_000, wildcards: ['/*'], unbounded: ['/*'] },
    objects: [{ type: 'Order', id: '', pointer: '/order_id', rule: resources[0] }],
  });
});

test.each([
  ['within what any tool takes', {}, true],
  ['within what the tool takes', { maxArgumentBytes: 100_000 }, true],
  ['beyond what the tool takes', { maxArgumentBytes: 69_000 }, false],
])('arguments that are %s', (_, limit, isLookedAt) => {
  const { bytes, wildcards, objects } = argumentFacts(
    { order_id: 'A1', text: 'x'.repeat(70_000) },
    { resources, ...limit },
  );
  expect(bytes).toBe(70_027);
  expect(wildcards).toEqual(isLookedAt ? [] : ['/*']);
  expect(objects).toMatchObject([{ id: isLookedAt ? 'A1' : '' }]);
});

test('arguments that are larger than any that are taken where nothing is set', () => {
  const looked = [524_288, 524_289].map((bytes) => {
    const { objects } = argumentFacts({ order_id: 'A1', text: 'x'.repeat(bytes - 27) }, { resources });
    return objects[0]?.id;
  });
  expect(looked).toEqual(['A1', '']);
});

test('of many names in arguments that are not too large the first thousand are read, and all count', () => {
  const ids = Array.from({ length: 5_000 }, (_, at) => `o${at}`);
  const { bulk, objects, wildcards } = facts(ids);
  expect([bulk, objects.length, wildcards.length]).toEqual([5_000, 1_001, 4_000]);
  expect(objects.map(({ id }) => id)).toEqual([...ids.slice(0, 1_000), '']);
});

test('marks without end hide no wildcard', () => {
  const marks = '\u034f'.repeat(1_000);
  expect(facts(`${marks}*${marks}`).wildcards).toHaveLength(1);
});

test.each<[string, JsonObject, string[]]>([
  ['a text where an object should be', { order_id: 'A1', plan: 'B1' }, ['/plan']],
  ['a number where an object should be', { order_id: 'A1', plan: 7 }, ['/plan']],
  ['a truth value where an object should be', { order_id: 'A1', plan: true }, ['/plan']],
  ['a text where a list should be', { order_id: 'A1', items: 'A2' }, ['/items']],
  ['a text where a member is the list', { order_id: 'A1', items: { order_id: 'A2' } }, ['/items/order_id']],
  ['null', { order_id: 'A1', plan: null, items: null }, []],
  ['nothing', { order_id: 'A1', plan: {} }, []],
])('a declared path that meets %s is open-ended unless nothing stands there', (_, args, unbounded) => {
  const paths = ['/order_id', '/plan/from', '/items/*/order_id'];
  const found = argumentFacts(args, { resources: paths.map((argument) => ({ argument, type: 'Order' })) });
  expect(found.unbounded).toEqual(unbounded);
});
