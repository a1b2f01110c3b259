import type { Expr } from '@cedar-policy/cedar-wasm/nodejs';
import fc from 'fast-check';

const variable = (Var: 'principal' | 'action' | 'resource' | 'context'): Expr => ({ Var });
const valueOf = (Value: number | string | boolean): Expr => ({ Value });
const entityOf = (type: string, id: string): Expr => ({ Value: { __entity: { type, id } } });
const attributeOf = (left: Expr, ...names: readonly string[]): Expr =>
  names.reduce((at, attr): Expr => ({ '.': { left: at, attr } }), left);
const context = (...names: readonly string[]): Expr => attributeOf(variable('context'), ...names);
const pairOf = (ops: readonly string[], left: fc.Arbitrary<Expr>, right: fc.Arbitrary<Expr>): fc.Arbitrary<Expr> =>
  fc.tuple(fc.constantFrom(...ops), left, right).map(([op, a, b]) => ({ [op]: { left: a, right: b } }) as Expr);
const equality = (left: fc.Arbitrary<Expr>, right: fc.Arbitrary<Expr>) => pairOf(['==', '!='], left, right);

const text = fc.oneof(
  fc.constantFrom('', 'a', 'ab', '😀', '\u00e9').map(valueOf),
  fc.constantFrom(
    context('arguments', 'text'),
    context('arguments', 'inner', 'text'),
    context('arguments', 'inner', 'inner', 'text'),
    context('agent'),
    attributeOf(variable('resource'), 'currency'),
  ),
);
const long = fc.oneof(
  fc.constantFrom(0, 1, 2, -(2 ** 53) + 1, 2 ** 53 - 1, 3037000500).map(valueOf),
  fc.constantFrom(
    context('arguments', 'long'),
    context('arguments', 'inner', 'long'),
    context('facts', 'bulk'),
    context('facts', 'bytes'),
    attributeOf(variable('resource'), 'items'),
  ),
);
const decimal = fc.oneof(
  fc
    .constantFrom('0.0', '-0.0', '1.5', '1.50', '59.9', '922337203685477.5807', '-922337203685477.5808')
    .map((Value): Expr => ({ decimal: [{ Value }] })),
  fc.constantFrom(context('arguments', 'price'), attributeOf(variable('resource'), 'total')),
);

/** Records as policies write them, beside those of the call. */
const member = fc.oneof(long, text, decimal, fc.boolean().map(valueOf));
const record: fc.Arbitrary<Expr> = fc.oneof(
  fc
    .record({ long: fc.oneof(long, member), text: fc.oneof(text, member) }, { requiredKeys: [] })
    .map((Record): Expr => ({ Record })),
  fc
    .tuple(text, fc.array(text, { maxLength: 2 }))
    .map(([one, tags]): Expr => ({ Record: { text: one, tags: { Set: tags } } })),
  fc.constantFrom(
    context('arguments', 'inner'),
    context('arguments', 'inner', 'inner'),
    context('arguments'),
    context('facts'),
    context('actor'),
    variable('context'),
  ),
);
const entity = fc.constantFrom(
  ...[variable('principal'), variable('action'), variable('resource'), attributeOf(variable('resource'), 'owner')],
  ...[entityOf('User', 'alice'), entityOf('User', '😀'), entityOf('Order', '1001'), entityOf('Role', 'customer')],
  ...[entityOf('Action', 'probes'), entityOf('Mcp::Upstream', 'notes'), entityOf('Mcp::Resource', 'note:///ab')],
);
const called = fc.constantFrom(variable('principal'), variable('action'), variable('resource'));
const group = fc.constantFrom(
  ...[entityOf('Role', 'customer'), entityOf('Role', 'support'), entityOf('User', 'alice'), entityOf('Order', '1001')],
  ...[entityOf('Action', 'probes'), entityOf('Action', 'orders/probe'), entityOf('Mcp::Upstream', 'notes')],
);
const type = fc.constantFrom(
  'User',
  'Role',
  'Action',
  'Order',
  'Tool',
  'Mcp::Resource',
  'Mcp::Prompt',
  'Mcp::Template',
);
const set = fc.oneof(
  fc.array(fc.oneof(member, record, entity), { maxLength: 3 }).map((Set): Expr => ({ Set })),
  fc.constantFrom(
    ...['tags', 'prices', 'rows'].map((name) => context('arguments', name)),
    context('arguments', 'inner', 'inner', 'tags'),
    context('facts', 'wildcards'),
    context('scopes'),
    context('actor', 'chain'),
  ),
);

/** Names that are there, names that are not, and names that JavaScript gives a meaning. */
const name = fc.constantFrom(
  ...['arguments', 'facts', 'agent', 'scopes', 'actor', 'effect', 'destructive', 'upstream', 'tool', 'chain', 'bulk'],
  ...['long', 'text', 'inner', 'rows', 'tags', 'price', 'a.b', 'owner', 'total', 'items', 'version', 'uri', 'name'],
  ...['', '__proto__', 'constructor', 'toString', 'hasOwnProperty', 'length', 'someOf', '😀'],
);
const chain = fc.constantFrom(
  ...[
    ['arguments', 'inner', 'text'],
    ['inner', 'inner', 'tags'],
    ['inner', 'text'],
    ['facts', 'bulk'],
    ['actor', 'id'],
  ],
  ...[
    ['owner', 'owner'],
    ['text', 'text'],
    ['arguments', 'a.b'],
    ['arguments', 'missing', 'text'],
  ],
);
const has = fc
  .tuple(fc.oneof(record, entity, member), fc.oneof(name, chain))
  .map(([left, attr]): Expr => ({ has: { left, attr: attr as string } }));

/** Types that closures leave to Cedar, well typed. */
const ofCedar = fc.constantFrom<Expr[]>(
  { isLoopback: [{ ip: [valueOf('127.0.0.1')] }] },
  { isInRange: [{ ip: [valueOf('10.0.0.1')] }, { ip: [valueOf('10.0.0.0/8')] }] },
  { '<': { left: { datetime: [valueOf('2024-01-01')] }, right: { datetime: [valueOf('2024-01-02')] } } },
  { '==': { left: { toMinutes: [{ duration: [valueOf('1h')] }] }, right: valueOf(60) } },
  { hasTag: { left: variable('principal'), right: valueOf('x') } } as Expr,
);

/** Conditions of the right types over all that a call is judged over. */
export const atoms: readonly fc.Arbitrary<Expr>[] = [
  has,
  fc.tuple(fc.oneof(record, entity), name, member).map(([left, attr, right]): Expr => {
    return { '&&': { left: { has: { left, attr } }, right: { '==': { left: attributeOf(left, attr), right } } } };
  }),
  equality(record, record),
  equality(text, text),
  equality(decimal, decimal),
  equality(entity, entity),
  equality(set, set),
  pairOf(['contains'], set, fc.oneof(member, record, entity)),
  pairOf(['containsAll', 'containsAny'], set, set),
  pairOf(['<', '<=', '>', '>=', '=='], pairOf(['+', '-', '*'], long, long), long),
  equality(
    long.map((arg): Expr => ({ neg: { arg } })),
    long,
  ),
  fc
    .tuple(fc.constantFrom('lessThan', 'lessThanOrEqual', 'greaterThan', 'greaterThanOrEqual'), decimal, decimal)
    .map(([op, ...both]) => ({ [op]: both }) as Expr),
  set.map((arg): Expr => ({ isEmpty: { arg } })),
  fc.tuple(entity, type).map(([left, entity_type]): Expr => ({ is: { left, entity_type } })),
  fc.tuple(called, type, group).map(([left, entity_type, within]): Expr => {
    return { is: { left, entity_type, in: within } };
  }),
  pairOf(
    ['in'],
    called,
    fc.oneof(
      group,
      fc.array(group, { maxLength: 3 }).map((Set): Expr => ({ Set })),
    ),
  ),
  equality(fc.constant(context('effect')), fc.constantFrom('read', 'write', 'egress').map(valueOf)),
  fc.constant(context('destructive')),
  equality(
    fc.constantFrom(context('tool'), context('upstream')),
    fc.constantFrom('probe', 'orders', 'notes').map(valueOf),
  ),
  ofCedar,
];
