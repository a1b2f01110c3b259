import type { JsonObject, JsonValue } from '@sallyport/contracts';
import fc from 'fast-check';
import { argumentFacts } from './argument-facts.ts';

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
  expect(facts(text).bytes).toBeGreaterThan(170_000);
  expect(argumentFacts({ query: text }, { resources: [] }).bulk).toBe(0);
});

test('marks without end hide no wildcard', () => {
  const marks = '\u034f'.repeat(1_000);
  expect(facts(`${marks}*${marks}`).wildcards).toHaveLength(1);
});
