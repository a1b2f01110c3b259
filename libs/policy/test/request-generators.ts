import type { AccessRequest, CatalogTool, ResourceFact } from '@sallyport/contracts';
import fc from 'fast-check';
import { factsOf, getOrder, integer, number, object, orderOf, request, text, tool } from './shop.ts';

/** Enough of everything for each operator to meet each type. */
export const probe = tool('probe', {
  input: object(
    {
      long: integer,
      text,
      flag: { type: 'boolean' },
      price: number,
      tags: { type: 'array', items: text },
      prices: { type: 'array', items: number },
      inner: object({ long: integer, text, inner: object({ text, tags: { type: 'array', items: text } }, []) }, []),
      rows: { type: 'array', items: object({ long: integer, text }, []) },
      'a.b': text,
    },
    [],
  ),
  groups: ['probes'],
  resources: getOrder.resources,
});

export const long = fc.constantFrom(
  -3,
  0,
  1,
  2,
  7,
  2 ** 31,
  -(2 ** 32),
  3037000500,
  Number.MAX_SAFE_INTEGER,
  Number.MIN_SAFE_INTEGER,
);
export const word = fc.constantFrom(
  ...['', 'a', 'ab', 'aXb', 'alice', '*', '\\', '"', '\0', '\n', '😀', '\u{1F600}\u200d\u{1F600}', '\ud7ff', '\uffff'],
  ...['\u00e9', 'e\u0301', '\u05d0', 'ß', 'SS', 'İ'],
);
const decimal = fc.constantFrom(
  0,
  1.5,
  1.25,
  -2.5,
  100,
  0.0001,
  1e11,
  -0.5,
  1.00001,
  922337203685477.5,
  -922337203685477.5,
  1e300,
);
const shownArgs = {
  long: fc.oneof(fc.constantFrom(0, 1, 2), long),
  text: fc.oneof(fc.constantFrom('a', 'ab', 'aba', 'abab'), word),
  flag: fc.boolean(),
  price: fc.oneof(fc.constantFrom(1.5, 100), decimal),
  tags: fc.array(word, { maxLength: 3 }),
  prices: fc.array(decimal, { maxLength: 3 }),
  inner: fc.record(
    {
      long,
      text: word,
      inner: fc.record({ text: word, tags: fc.array(word, { maxLength: 2 }) }, { requiredKeys: [] }),
    },
    { requiredKeys: [] },
  ),
  rows: fc.array(fc.record({ long, text: word }, { requiredKeys: [] }), { maxLength: 3 }),
  'a.b': word,
};
const args = fc.oneof(fc.record(shownArgs), fc.record(shownArgs, { requiredKeys: [] }));
const alarming = fc.record({
  bulk: fc.constantFrom(0, 1, 2),
  wildcards: fc.array(fc.constantFrom('/a', '/b'), { maxLength: 2 }),
  unbounded: fc.array(fc.constantFrom('/a', '/b'), { maxLength: 1 }),
});
const facts = fc.oneof({ weight: 2, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: alarming });
export const subject = fc.record({
  id: fc.constantFrom('alice', 'bob', '😀', ''),
  issuer: fc.constant('test'),
  roles: fc.subarray(['customer', 'support', 'admin', 'finance']),
  scopes: fc.subarray(['a', 'ab', 'orders:write']),
  actors: fc.oneof(fc.constant([]), fc.subarray(['i|agent', 'i|other', 'alice'])),
});
const resource: fc.Arbitrary<ResourceFact> = fc
  .tuple(fc.constantFrom('alice', 'bob', null), fc.constantFrom('1001', '2001', '*'), decimal)
  .map(([owner, id, total]) => {
    const known = orderOf(owner, id);
    return owner === null ? known : { ...known, version: '7', attributes: { ...known.attributes, total } };
  });
export const agent = fc.constantFrom('claude', 'cursor', '');

/** Calls of the given tools, by anybody, about anything. */
export function requests(tools: readonly CatalogTool[]): fc.Arbitrary<AccessRequest> {
  const parts = {
    asked: fc.constantFrom(...tools),
    args,
    facts,
    subject,
    agent,
    resources: fc.array(resource, { maxLength: 2 }),
  };
  return fc.record(parts).map(({ asked, args: given, facts: found, resources, ...rest }) => {
    const amount = { order_id: '1001', amount: given.price ?? 50, ...given };
    return request(asked, { ...rest, arguments: amount, facts: factsOf(resources, found) });
  });
}
