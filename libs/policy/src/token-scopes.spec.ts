import type { AccessAnswer, Policies } from '@sallyport/contracts';
import fc from 'fast-check';
import { requests } from '../test/request-generators.ts';
import {
  cancelOrder,
  cancelOrders,
  factsOf,
  getOrder,
  orderOf,
  refundOrder,
  request,
  searchCustomers,
  SHOP_TOOLS,
} from '../test/shop.ts';
import { compilePolicies } from './index.ts';

function compiled(text: string, engine: 'cedar' | 'closures' = 'cedar'): Policies {
  const result = compilePolicies({ files: [{ path: 'a.cedar', text }], tools: SHOP_TOOLS, engine });
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.policies;
}

const POLICIES = `
@id("own") @scope("orders:read")
permit (principal in Role::"customer", action == Action::"orders/get_order", resource is Order)
when { resource has owner && resource.owner == principal };

@id("cancel") @scope("orders:read orders:write")
permit (principal in Role::"customer", action == Action::"orders/cancel_order", resource is Order)
when { resource has owner && resource.owner == principal };

@id("ask") @confirm("self") @ask("Cancel {order_id}?")
forbid (principal, action == Action::"orders/cancel_order", resource);

@id("support-cancels") @scope("support")
permit (principal in Role::"customer", action == Action::"orders/cancel_order", resource is Order);

@id("many") @scope("orders:bulk")
permit (principal, action == Action::"orders/cancel_orders", resource is Order) when { context.facts.bulk <= 10 };

@id("one") @scope("orders:write")
permit (principal, action == Action::"orders/cancel_orders", resource is Order);

@id("search") permit (principal, action == Action::"orders/search_customers", resource is Tool)
when { context.scopes.contains("search") };

@id("no-search") @hard forbid (principal, action == Action::"orders/search_customers", resource)
when { context.scopes.containsAny(["trial", "demo"]) };
`;
const alice = (...scopes: string[]) => ({ id: 'alice', issuer: 'test', roles: ['customer'], scopes });
const lacks = (...scopes: string[]) => ({ effect: 'deny', reason: 'insufficient_scope', scopes });

describe.each(['cedar', 'closures'] as const)('scopes of tokens, by %s', (engine) => {
  const policies = compiled(POLICIES, engine);
  const judge = (tool: typeof getOrder, scopes: string[], more: object = {}): AccessAnswer =>
    policies.authorize(request(tool, { subject: alice(...scopes), ...more }));

  it('refuse a call that nothing else stands against, with all that is missing at once', () => {
    expect(judge(getOrder, [])).toEqual({
      ...lacks('orders:read'),
      rules: ['own'],
      advice: expect.stringContaining('The token lacks the scope orders:read'),
    });
    expect(judge(getOrder, ['orders:reader', 'orders'])).toMatchObject(lacks('orders:read'));
    expect(judge(cancelOrder, [])).toMatchObject(lacks('orders:read', 'orders:write'));
    expect(judge(cancelOrder, ['orders:read'])).toMatchObject(lacks('orders:write'));
    expect(policies.authorize(request(getOrder))).toMatchObject(lacks('orders:read'));
  });

  it('let the call pass, or be held, where the token has them', () => {
    expect(judge(getOrder, ['orders:read'])).toEqual({ effect: 'allow', rules: ['own'] });
    expect(judge(cancelOrder, ['orders:read', 'orders:write', 'x'])).toMatchObject({ effect: 'hold', rules: ['ask'] });
    expect(judge(cancelOrder, ['support'])).toMatchObject({ effect: 'hold' });
  });

  it('are not asked for where they would not help', () => {
    const bobs = { facts: factsOf([orderOf('bob')]) };
    expect(judge(getOrder, [], bobs)).toMatchObject({ reason: 'not_permitted' });
    expect(judge(getOrder, ['orders:read'], bobs)).toMatchObject({ reason: 'not_owner' });
    expect(judge(refundOrder, [])).toMatchObject({ reason: 'not_permitted' });
    const stranger = { subject: { ...alice(), roles: [] } };
    expect(judge(getOrder, [], stranger)).toMatchObject({ reason: 'not_permitted' });
    expect(judge(getOrder, [], { arguments: { __entity: {} } })).toMatchObject({ reason: 'reserved_key' });
  });

  it('are asked for as few as will do: of two permits the first, and for many objects the one that names them', () => {
    expect(judge(cancelOrders, [])).toMatchObject(lacks('orders:bulk'));
    const two = { facts: factsOf([orderOf('alice'), orderOf('bob', '2001')], { bulk: 2 }) };
    expect(judge(cancelOrders, ['orders:write'], two)).toMatchObject(lacks('orders:bulk'));
    expect(judge(cancelOrder, [], { facts: factsOf([orderOf('bob')]) })).toMatchObject(lacks('support'));
  });

  it('are found out in one try more where a call names a thousand objects', () => {
    const many = Array.from({ length: 1_000 }, (_, n) => orderOf('alice', String(n)));
    const more = { facts: factsOf(many, { bulk: 1 }) };
    expect(judge(cancelOrders, [], more)).toMatchObject(lacks('orders:bulk'));
    expect(judge(cancelOrders, ['orders:write'], more)).toMatchObject({ effect: 'allow' });
  });

  it('are a set that conditions read', () => {
    const nothing = { arguments: { query: 'a' }, facts: factsOf([]) };
    expect(judge(searchCustomers, ['search'], nothing)).toMatchObject({ effect: 'allow' });
    expect(judge(searchCustomers, [], nothing)).toMatchObject({ reason: 'not_permitted' });
    expect(judge(searchCustomers, ['search', 'demo'], nothing)).toMatchObject({ reason: 'forbidden' });
  });

  it('are never the reason why a tool is hidden', () => {
    const seen = (tool: typeof getOrder) => policies.visible(alice('trial'), tool);
    expect([getOrder, cancelOrder, searchCustomers, refundOrder].map(seen)).toEqual([
      'maybe',
      'confirm',
      'maybe',
      'never',
    ]);
  });
});

it('a refusal for want of scopes is lifted by those scopes, and by both engines alike (2,000 calls)', () => {
  const [cedar, closures] = [compiled(POLICIES), compiled(POLICIES, 'closures')];
  let lacking = 0;
  const names = ['orders:read', 'orders:write', 'support', 'orders:bulk', 'search', 'trial'];
  fc.assert(
    fc.property(requests(SHOP_TOOLS), fc.subarray(names), (drawn, scopes) => {
      const asked = { ...drawn, subject: { ...drawn.subject, scopes } };
      const answer = cedar.authorize(asked);
      expect(closures.authorize(asked)).toEqual(answer);
      if (answer.effect !== 'deny' || answer.reason !== 'insufficient_scope') return;
      lacking++;
      expect(cedar.visible(asked.subject, asked.tool)).not.toBe('never');
      const better = { ...asked, subject: { ...asked.subject, scopes: [...scopes, ...(answer.scopes ?? [])] } };
      expect(cedar.authorize(better).effect).not.toBe('deny');
    }),
    { numRuns: 2_000 },
  );
  expect(lacking).toBeGreaterThan(50);
});

describe('@scope', () => {
  it.each([
    ['@scope', '@scope names scopes'],
    ['@scope("")', '@scope names scopes'],
    ['@scope("a  b")', '@scope names scopes'],
    ['@scope("a\\"b")', '@scope names scopes'],
    ['@scope("ä")', '@scope names scopes'],
    ['@scopes("a")', 'unknown annotation @scopes'],
  ])('is refused as %s', (annotation, message) => {
    const text = `@id("a") ${annotation} permit (principal, action, resource);`;
    const result = compilePolicies({ files: [{ path: 'a.cedar', text }], tools: SHOP_TOOLS });
    expect(result).toMatchObject({ ok: false, problems: [{ message: expect.stringContaining(message) }] });
  });

  it('belongs on a permit', () => {
    const text = `@id("a") @hard @scope("a") forbid (principal, action, resource);`;
    const result = compilePolicies({ files: [{ path: 'a.cedar', text }], tools: SHOP_TOOLS });
    expect(result).toMatchObject({ ok: false, problems: [{ message: expect.stringContaining('on a permit') }] });
  });
});
