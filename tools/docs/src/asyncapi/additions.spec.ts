import { z } from 'zod';
import { breaches } from './additions.ts';
import { feedContract, type FeedContract, type Schema } from './feed-contract.ts';
import { releasedContract } from './released.ts';

const none: Schema = { type: 'object' };

function contract(shape: z.core.$ZodLooseShape, more: Partial<FeedContract> = {}): FeedContract {
  const data = { 'call.made': z.toJSONSchema(z.object(shape), { target: 'draft-7', io: 'input' }) as Schema };
  return { headers: none, attributes: none, data, ...more };
}

const released = {
  reason: z.string(),
  note: z.string().optional(),
  effect: z.enum(['allow', 'deny']),
  digest: z.string().regex(/^sha256:/),
  bytes: z.int().nonnegative(),
  owner: z.string().nullable(),
  verdicts: z.array(z.object({ guard: z.string(), shadow: z.literal(true).optional() })),
  limits: z.record(z.string(), z.number()),
  either: z.union([z.enum(['a', 'b']), z.int()]),
} as const;

describe('a change of what is released', () => {
  it.each([
    ['a member is gone', { note: released.note }, 'call.made/reason is gone'],
    ['a member has another type', { ...released, reason: z.number() }, 'call.made/reason was string and is number'],
    [
      'a required member is optional',
      { ...released, reason: z.string().optional() },
      'call.made/reason was required and is optional now',
    ],
    [
      'an optional member is required',
      { ...released, note: z.string() },
      'call.made/note was optional and is required now',
    ],
    ['a new member is required', { ...released, extra: z.string() }, 'call.made/extra is new and required'],
    ['an enumeration is narrower', { ...released, effect: z.enum(['allow']) }, 'call.made/effect no longer has "deny"'],
    [
      'a value of an enumeration has another name',
      { ...released, effect: z.enum(['allow', 'refuse']) },
      'call.made/effect no longer has "deny"',
    ],
    [
      'an enumeration is any text',
      { ...released, effect: z.string() },
      'call.made/effect was one of ["allow","deny"] and takes any value now',
    ],
    [
      'a text is an enumeration',
      { ...released, reason: z.enum(['a']) },
      'call.made/reason took any value and is one of ["a"] now',
    ],
    [
      'a pattern is another',
      { ...released, digest: z.string().regex(/^md5:/) },
      'call.made/digest had the pattern "^sha256:" and has "^md5:"',
    ],
    ['a bound is narrower', { ...released, bytes: z.int().min(5) }, 'call.made/bytes had the minimum 0 and has 5'],
    [
      'a member may be null',
      { ...released, reason: z.string().nullable() },
      'call.made/reason was string and is string or null',
    ],
    [
      'a member may not be null any more',
      { ...released, owner: z.string() },
      'call.made/owner was string or null and is string',
    ],
    [
      'a form of a member is another',
      { ...released, owner: z.number().nullable() },
      'call.made/owner was string or null and is number or null',
    ],
    [
      'a list holds something else',
      { ...released, verdicts: z.array(z.string()) },
      'call.made/verdicts[] was object and is string',
    ],
    [
      'a member within a list is gone',
      { ...released, verdicts: z.array(z.object({})) },
      'call.made/verdicts[]/guard is gone',
    ],
    [
      'values of a map are something else',
      { ...released, limits: z.record(z.string(), z.string()) },
      'call.made/limits/* was number and is string',
    ],
  ])('is found: %s', (_what, shape, sentence) => {
    expect(breaches(contract(released), contract(shape))).toContain(sentence);
  });

  it('is found: a type, a header, an attribute is gone', () => {
    const tag = (name: string): Schema => ({ type: 'object', properties: { [name]: { type: 'string' } } });
    const before = contract(released, { headers: tag('ce_id'), attributes: tag('id') });
    expect(breaches(before, { headers: none, attributes: none, data: {} })).toEqual([
      'headers/ce_id is gone',
      'attributes/id is gone',
      'call.made is gone',
    ]);
  });

  it('passes where there were only additions', () => {
    const grown = {
      ...released,
      extra: z.string().optional(),
      effect: z.enum(['allow', 'deny', 'hold']),
      reason: z.string().describe('Said better.'),
      verdicts: z.array(
        z.object({ guard: z.string(), shadow: z.literal(true).optional(), rules: z.array(z.string()).optional() }),
      ),
    };
    const { data } = contract(grown);
    expect(breaches(contract(released), contract({}, { data: { ...data, 'call.unmade': none } }))).toEqual([]);
    expect(breaches(contract(released), contract(released))).toEqual([]);
  });
});

describe('the feed of today', () => {
  it('only adds to what is released', () => {
    expect(breaches(releasedContract(), feedContract())).toEqual([]);
  });

  it('would be found wanting: each member of each released event, taken out', () => {
    const now = releasedContract();
    for (const [type, schema] of Object.entries(now.data)) {
      for (const name of Object.keys(schema.properties ?? {})) {
        const properties = { ...schema.properties };
        delete properties[name];
        const required = schema.required?.filter((one) => one !== name) ?? [];
        const changed = { ...now, data: { ...now.data, [type]: { ...schema, properties, required } } };
        expect(breaches(now, changed)).toEqual([`${type}/${name} is gone`]);
      }
    }
  });
});
