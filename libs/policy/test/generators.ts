import type { Expr, PolicyJson } from '@cedar-policy/cedar-wasm/nodejs';
import fc from 'fast-check';
import { atoms } from './atoms.ts';
import { long, word } from './request-generators.ts';

/** Any expression at all, well typed or not: both evaluators must then report the same error. */
const { expr } = fc.letrec<{ expr: Expr }>((tie) => {
  const pair = fc.record({ left: tie('expr'), right: tie('expr') });
  const argument = fc.constantFrom(
    ...['long', 'text', 'flag', 'price', 'tags', 'prices', 'inner', 'rows', 'a.b', 'missing'].map((attr): Expr => {
      return { '.': { left: { '.': { left: { Var: 'context' }, attr: 'arguments' } }, attr } };
    }),
  );
  const entity = fc.constantFrom<Expr[]>(
    { Value: { __entity: { type: 'User', id: 'alice' } } },
    { Value: { __entity: { type: 'User', id: '😀' } } },
    { Value: { __entity: { type: 'Tool', id: 'orders/probe' } } },
    { Value: { __entity: { type: 'Role', id: 'customer' } } },
    { Value: { __entity: { type: 'Order', id: '1001' } } },
    { Value: { __entity: { type: 'Action', id: 'probes' } } },
    { Value: { __entity: { type: 'Mcp::Upstream', id: 'notes' } } },
    { Value: { __entity: { type: 'Mcp::Resource', id: 'note:///ab' } } },
  );
  const literal = fc.oneof(
    long.map((Value): Expr => ({ Value })),
    word.map((Value): Expr => ({ Value })),
    fc.boolean().map((Value): Expr => ({ Value })),
    fc
      .constantFrom(
        ...['1.5', '1.50', '-0.0', '0.0', '-0.5', '00001.5', '922337203685477.5807', '922337203685477.5808'],
        ...[
          '-922337203685477.5808',
          '-922337203685477.5809',
          'x',
          '1',
          '1.',
          '.5',
          '+1.5',
          '1.50000',
          '1.5\n',
          ' 1.5',
          '٣.١',
          '1e3.0',
        ],
      )
      .map((Value): Expr => ({ decimal: [{ Value }] })),
    fc.constantFrom<Expr[]>(
      ...['127.0.0.1', '::1', '10.0.0.0/8', 'x'].map((Value): Expr => ({ ip: [{ Value }] }) as Expr),
      ...['2024-01-01', '2024-01-01T00:00:00Z', 'x'].map((Value): Expr => ({ datetime: [{ Value }] }) as Expr),
      ...['1h', '-1d2h', 'x'].map((Value): Expr => ({ duration: [{ Value }] }) as Expr),
    ),
  );
  const variable = fc.constantFrom<Expr[]>(
    { Var: 'principal' },
    { Var: 'action' },
    { Var: 'resource' },
    { Var: 'context' },
  );
  const binary = (...ops: string[]): fc.Arbitrary<Expr> =>
    fc.tuple(fc.constantFrom(...ops), pair).map(([op, body]) => ({ [op]: body }) as Expr);
  const call = fc
    .tuple(
      fc.constantFrom('lessThan', 'lessThanOrEqual', 'greaterThan', 'greaterThanOrEqual'),
      tie('expr'),
      tie('expr'),
    )
    .map(([op, a, b]): Expr => ({ [op]: [a, b] }));
  const extended = fc.oneof(
    fc
      .tuple(
        fc.constantFrom(
          ...[
            'decimal',
            'ip',
            'datetime',
            'duration',
            'isIpv4',
            'isIpv6',
            'isLoopback',
            'isMulticast',
            'toDate',
            'toTime',
          ],
          ...['toMilliseconds', 'toSeconds', 'toMinutes', 'toHours', 'toDays'],
        ),
        tie('expr'),
      )
      .map(([op, arg]) => ({ [op]: [arg] }) as Expr),
    fc
      .tuple(fc.constantFrom('isInRange', 'offset', 'durationSince'), tie('expr'), tie('expr'))
      .map(([op, ...args]) => ({ [op]: args }) as Expr),
    fc.tuple(fc.constantFrom('hasTag', 'getTag'), pair).map(([op, body]) => ({ [op]: body }) as Expr),
  );
  const unary = fc
    .tuple(fc.constantFrom('!', 'neg', 'isEmpty'), tie('expr'))
    .map(([op, arg]) => ({ [op]: { arg } }) as Expr);
  const name = fc.constantFrom(
    'uri',
    'upstream',
    'long',
    'text',
    'inner',
    'owner',
    'total',
    'version',
    'facts',
    'bulk',
    ...['missing', 'a.b', '', '__proto__', 'constructor', '__entity', 'someOf', 'id', '😀'],
    ...[
      'scopes',
      'actor',
      'chain',
      'agent',
      'effect',
      'destructive',
      'upstream',
      'tool',
      'arguments',
      'wildcards',
      'rows',
    ],
  );
  const attribute = fc.record({ left: tie('expr'), attr: name }).map((body): Expr => ({ '.': body }));
  const has = fc
    .record({ left: tie('expr'), attr: fc.oneof(name, fc.array(name, { minLength: 1, maxLength: 2 })) })
    .map(({ left, attr }): Expr => ({ has: { left, attr: attr as string } }));
  const pattern = fc.array(
    fc.oneof(
      fc.constant('Wildcard' as const),
      word.filter((w) => [...w].length === 1).map((Literal) => ({ Literal })),
    ),
    { minLength: 1, maxLength: 4 },
  );
  const like = fc.record({ left: tie('expr'), pattern }).map((body): Expr => ({ like: body }));
  const is = fc
    .record({
      left: tie('expr'),
      entity_type: fc.constantFrom('User', 'Role', 'Action', 'Order', 'Tool', 'Mcp::Resource', 'Mcp::Upstream'),
    })
    .map((body): Expr => ({ is: body }));
  const isIn = fc
    .record({ left: variable, entity_type: fc.constantFrom('User', 'Order', 'Mcp::Resource'), in: entity })
    .map((body): Expr => ({ is: body }));
  const within = fc
    .record({ left: fc.oneof(variable, tie('expr')), right: fc.oneof(entity, tie('expr')) })
    .map((body): Expr => ({ in: body }));
  const choice = fc
    .record({ if: tie('expr'), then: tie('expr'), else: tie('expr') })
    .map((body): Expr => ({ 'if-then-else': body }));
  const set = fc.array(tie('expr'), { maxLength: 3 }).map((members): Expr => ({ Set: members }));
  const record = fc
    .record(
      { long: tie('expr'), text: tie('expr'), '': tie('expr'), constructor: tie('expr'), __entity: tie('expr') },
      { requiredKeys: [] },
    )
    .map((Record): Expr => ({ Record }));
  const owner = fc
    .constantFrom<Expr[]>({ Var: 'resource' }, { Value: { __entity: { type: 'Order', id: '1001' } } })
    .map((left): Expr => ({ '.': { left, attr: 'owner' } }));
  const compound = [
    binary('==', '!=', '<', '<=', '>', '>=', '+', '-', '*'),
    binary('&&', '||', 'contains', 'containsAll', 'containsAny'),
    ...[call, extended, unary, attribute, has, like, is, isIn, within, choice, set, record],
  ];
  return { expr: fc.oneof({ depthSize: 'small' }, fc.oneof(argument, entity, literal, variable, owner), ...compound) };
});

const argumentOf = (attr: string): Expr => ({
  '.': { left: { '.': { left: { Var: 'context' }, attr: 'arguments' } }, attr },
});
const valueOf = (Value: number | string | boolean): Expr => ({ Value });
const binaryOf = (ops: readonly string[], left: fc.Arbitrary<Expr>, right: fc.Arbitrary<Expr>): fc.Arbitrary<Expr> =>
  fc.tuple(fc.constantFrom(...ops), left, right).map(([op, a, b]) => ({ [op]: { left: a, right: b } }) as Expr);

/** Comparisons in which both sides have the right type, near their boundaries. */
const { typed } = fc.letrec<{ typed: Expr }>((tie) => {
  const few = fc.oneof(fc.constantFrom(0, 1, 2).map(valueOf), fc.constant(argumentOf('long')));
  const texts = ['1.5', '1.50', '1.500', '1.4999', '100.0', '-2.5'].map((Value): Expr => ({ decimal: [{ Value }] }));
  const price = fc.oneof(fc.constantFrom(...texts), fc.constant(argumentOf('price')));
  const letters = fc.array(fc.constantFrom('a', 'b'), { maxLength: 5 }).map((all) => valueOf(all.join('')));
  const members = fc.array(fc.oneof(fc.constantFrom('a', 'ab').map(valueOf), price, few), { maxLength: 3 });
  const set = fc.oneof(
    members.map((Set): Expr => ({ Set })),
    fc.constant(argumentOf('tags')),
    fc.constant<Expr>({ '.': { left: { Var: 'context' }, attr: 'scopes' } }),
  );
  const same = fc.tuple(fc.constantFrom(...texts), fc.constantFrom(...texts)).map((Set): Expr => ({ Set }));
  const part = fc.oneof(
    fc.constant('Wildcard' as const),
    fc.constantFrom('a', 'b').map((Literal) => ({ Literal })),
  );
  const like = fc
    .record({
      left: fc.oneof(letters, fc.constant(argumentOf('text'))),
      pattern: fc.array(part, { minLength: 1, maxLength: 5 }),
    })
    .map((body): Expr => ({ like: body }));
  const call = fc
    .tuple(fc.constantFrom('lessThan', 'lessThanOrEqual', 'greaterThan', 'greaterThanOrEqual'), price, price)
    .map(([op, a, b]): Expr => ({ [op]: [a, b] }));
  const sum = binaryOf(['+', '-', '*'], few, few);
  const atom = fc.oneof(
    binaryOf(['<', '<=', '>', '>='], fc.oneof(few, sum), few),
    binaryOf(['==', '!='], few, few),
    binaryOf(['==', '!='], price, price),
    binaryOf(['==', '!=', 'containsAll', 'containsAny'], fc.oneof(set, same), fc.oneof(set, same)),
    binaryOf(['contains'], fc.oneof(set, same), fc.oneof(few, price, letters)),
    ...[like, call, set.map((arg) => ({ isEmpty: { arg } }) as Expr)],
    { weight: 8, arbitrary: fc.oneof(...atoms) },
  );
  const not = tie('typed').map((arg): Expr => ({ '!': { arg } }));
  const choice = fc
    .record({ if: tie('typed'), then: tie('typed'), else: tie('typed') })
    .map((body): Expr => ({ 'if-then-else': body }));
  const both = binaryOf(['&&', '||'], tie('typed'), tie('typed'));
  return { typed: fc.oneof({ depthSize: 'small', withCrossShrink: true }, atom, not, choice, both) };
});

/** Most random expressions are type errors, so two thirds are of the right types on purpose. */
export const condition = fc.oneof(
  { weight: 4, arbitrary: typed },
  { weight: 1, arbitrary: expr },
  { weight: 1, arbitrary: binaryOf(['==', '!='], expr, expr) },
);
export const principalScope = fc.constantFrom<PolicyJson['principal'][]>(
  { op: 'All' },
  { op: '==', entity: { type: 'User', id: 'alice' } },
  { op: 'is', entity_type: 'User' },
  { op: 'is', entity_type: 'Role' },
  { op: 'in', entity: { type: 'Role', id: 'customer' } },
  { op: 'in', entity: { type: 'User', id: 'alice' } },
  { op: 'is', entity_type: 'User', in: { entity: { type: 'Role', id: 'support' } } },
);
const resourceScope = fc.constantFrom<PolicyJson['resource'][]>(
  { op: 'All' },
  { op: '==', entity: { type: 'Order', id: '1001' } },
  { op: 'in', entity: { type: 'Order', id: '1001' } },
  { op: 'is', entity_type: 'Order' },
  { op: 'is', entity_type: 'Order', in: { entity: { type: 'Order', id: '1001' } } },
  { op: 'is', entity_type: 'Order', in: { entity: { type: 'Mcp::Upstream', id: 'orders' } } },
);
/** Policies over every operator; the code that cuts them chooses their action scope. */
export const policy: fc.Arbitrary<PolicyJson> = fc.record({
  effect: fc.constantFrom('permit', 'forbid'),
  principal: fc.oneof(fc.constant({ op: 'All' } as const), principalScope),
  action: fc.constant({ op: 'All' } as const),
  resource: fc.oneof(fc.constant({ op: 'All' } as const), resourceScope),
  conditions: fc.array(fc.record({ kind: fc.constantFrom('when', 'unless'), body: condition }), { maxLength: 2 }),
});
