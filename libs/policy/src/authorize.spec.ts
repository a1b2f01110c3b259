import {
  cancelOrder,
  cancelOrders,
  factsOf,
  getOrder,
  object,
  orderOf,
  refundOrder,
  request,
  searchCustomers,
} from '../test/shop.ts';
import { SHOP_POLICIES, SHOP_TOOLS, text, tool } from '../test/shop.ts';
import type { AccessAnswer, AccessRequest, CatalogTool, Policies } from '@sallyport/contracts';
import { compilePolicies } from './index.ts';

function compiled(policies: string, tools: readonly CatalogTool[], engine: 'cedar' | 'closures'): Policies {
  const result = compilePolicies({ files: [{ path: 'a.cedar', text: policies }], tools, engine });
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.policies;
}

describe.each(['cedar', 'closures'] as const)('authorize by %s', (engine) => {
  const shop = compiled(SHOP_POLICIES, SHOP_TOOLS, engine);
  const judge = (asked: CatalogTool, more: Partial<AccessRequest> = {}): AccessAnswer =>
    shop.authorize(request(asked, more));
  const bobs = { facts: factsOf([orderOf('bob', '2001')]), arguments: { order_id: '2001' } };

  it('denies what nobody permits', () => {
    const answer = judge(searchCustomers, { arguments: { query: 'al' }, facts: factsOf([]) });
    expect(answer).toEqual({ effect: 'deny', rules: [], reason: 'not_permitted', advice: null });
  });

  it('judges a tool by the effect that its approved definition has, and hides by it', () => {
    const policy = `@id("reads") permit (principal, action, resource) when { context.effect == "read" };
      @id("asks") @confirm("self") forbid (principal, action, resource) when { context.destructive };
      @id("writes") permit (principal, action, resource) when { ["write"].contains(context.effect) };`;
    const is = (name: string, effect: CatalogTool['effect'], destructive: boolean) => ({
      ...tool(name, { input: object({}) }),
      effect,
      destructive,
    });
    const tools = [is('a', 'read', false), is('b', 'write', false), is('c', 'write', true), is('d', 'egress', true)];
    const policies = compiled(policy, tools, engine);
    const answers = tools.map(
      (each) => policies.authorize(request(each, { arguments: {}, facts: factsOf([]) })).effect,
    );
    expect(answers).toEqual(['allow', 'allow', 'hold', 'deny']);
    const subject = { id: 'alice', issuer: 'test', roles: [] };
    expect(tools.map((each) => policies.visible(subject, each))).toEqual(['maybe', 'maybe', 'confirm', 'never']);
  });

  it('denies everything by an empty policy set', () => {
    expect(compiled('', SHOP_TOOLS, engine).authorize(request(getOrder))).toMatchObject({ reason: 'not_permitted' });
  });

  it('denies another customer’s order as not_owner, and says what to do', () => {
    expect(judge(getOrder, bobs)).toEqual({
      effect: 'deny',
      rules: ['customers-work-with-their-own-orders'],
      reason: 'not_owner',
      advice: 'This order is not yours. List your own orders first.',
    });
  });

  it('judges an object as each of its resolvers describes it', () => {
    const policy = `@id("cheap") permit (principal, action, resource is Order) when { resource.total.lessThan(decimal("100.0")) };`;
    const cheap = compiled(policy, SHOP_TOOLS, engine);
    const described = (total: number) => ({ ...orderOf('alice', '1001'), attributes: { total } });
    const facts = factsOf([described(900), described(9)]);
    expect(cheap.authorize(request(getOrder, { facts: factsOf([described(9)]) }))).toMatchObject({ effect: 'allow' });
    expect(cheap.authorize(request(getOrder, { facts }))).toMatchObject({ effect: 'deny' });
  });

  it('denies a cancellation of another’s order instead of asking somebody', () => {
    expect(judge(cancelOrder, bobs)).toMatchObject({ effect: 'deny', reason: 'not_owner' });
  });

  it('says not_permitted, not not_owner, to somebody whom ownership would not help', () => {
    const subject = { id: 'eve', issuer: 'test', roles: [] };
    expect(judge(getOrder, { ...bobs, subject })).toMatchObject({ effect: 'deny', reason: 'not_permitted' });
  });

  it('denies a wildcard before its object is found wanting', () => {
    const facts = factsOf([orderOf(null, '*')], { wildcards: ['/order_id'] });
    expect(judge(cancelOrder, { arguments: { order_id: '*' }, facts })).toEqual({
      effect: 'deny',
      rules: ['wildcard-argument'],
      reason: 'wildcard_argument',
      advice: 'Name one order.',
    });
  });

  it('denies bulk, also of own orders', () => {
    const ids = ['1001', '1002'];
    const facts = factsOf(
      ids.map((id) => orderOf('alice', id)),
      { bulk: 2 },
    );
    const answer = judge(cancelOrders, { arguments: { order_ids: ids }, facts });
    expect(answer).toMatchObject({ effect: 'deny', reason: 'bulk_argument', advice: 'One order at a time.' });
  });

  it('denies an unbounded query', () => {
    const facts = factsOf([orderOf('alice')], { unbounded: ['/order_id'] });
    expect(judge(getOrder, { facts })).toMatchObject({ reason: 'unbounded_query', rules: ['unbounded-query'] });
  });

  it('denies an object that could not be resolved', () => {
    expect(judge(getOrder, { facts: factsOf([orderOf(null)]) })).toMatchObject({ reason: 'object_unresolved' });
  });

  it('denies an object that was resolved without the owner that its policy reads unguarded', () => {
    const unguarded = `@id("own") permit (principal, action, resource is Order) when { resource.owner == principal };`;
    const policies = compiled(unguarded, SHOP_TOOLS, engine);
    const ownerless = { ...orderOf('alice'), owner: null };
    expect(policies.authorize(request(getOrder, { facts: factsOf([ownerless]) }))).toMatchObject({
      reason: 'policy_error',
    });
  });

  it('denies a call about two objects if one of them is denied', () => {
    const facts = factsOf([orderOf('alice'), orderOf('bob', '2001')]);
    expect(judge(cancelOrders, { arguments: { order_ids: ['1001', '2001'] }, facts })).toMatchObject({
      reason: 'not_owner',
    });
  });

  it('denies when a forbid errs, although Cedar skips it and a permit matches', () => {
    const erring = `@id("p") permit (principal, action, resource is Order);
      @id("f") @hard forbid (principal, action == Action::"orders/refund_order", resource)
      when { context.arguments.amount.greaterThan(decimal("100.00")) };`;
    const policies = compiled(erring, SHOP_TOOLS, engine);
    expect(policies.authorize(request(refundOrder))).toMatchObject({ effect: 'deny', reason: 'policy_error' });
    const permitted = request(refundOrder, { arguments: { order_id: '1001', amount: 5 } });
    expect(policies.authorize(permitted)).toMatchObject({ effect: 'allow' });
  });

  it('names the argument that policies can’t be shown', () => {
    expect(judge(refundOrder, { arguments: { order_id: '1001', amount: '5' } })).toMatchObject({
      reason: 'policy_error',
      advice: expect.stringContaining('the value of /amount') as string,
    });
  });

  it.each<[number, string, boolean]>([
    [0.1 + 0.2, 'greaterThan(decimal("0.3"))', true],
    [0.29999999999999998, 'greaterThanOrEqual(decimal("0.3"))', true],
    [99.99999, 'greaterThanOrEqual(decimal("100.0"))', false],
    [100.00001, 'greaterThan(decimal("100.0"))', true],
    [100.00001, 'lessThan(decimal("100.0001"))', true],
    [100.00001, 'lessThanOrEqual(decimal("100.0"))', false],
    [-100.00001, 'lessThan(decimal("-100.0"))', true],
    [-0.00001, 'lessThan(decimal("0.0"))', true],
    [1e-300, 'greaterThan(decimal("0.0"))', true],
    [1e-300, 'lessThan(decimal("0.0001"))', true],
    [1e300, 'greaterThan(decimal("922337203685477.5806"))', true],
    [-1e300, 'lessThan(decimal("-922337203685477.5807"))', true],
    [922337203685477, 'greaterThan(decimal("922337203685477.0"))', false],
  ])('compares %d exactly: %s is %s', (amount, comparison, holds) => {
    const policies = compiled(
      `@id("p") permit (principal, action, resource is Order);
       @id("f") @hard forbid (principal, action == Action::"orders/refund_order", resource)
       when { context.arguments has amount && context.arguments.amount.${comparison} };`,
      SHOP_TOOLS,
      engine,
    );
    const answer = policies.authorize(request(refundOrder, { arguments: { order_id: '1001', amount } }));
    expect(answer.effect).toBe(holds ? 'deny' : 'allow');
    if (holds) expect(answer).toMatchObject({ reason: 'forbidden' });
  });

  it('refuses a number between two that the policies tell apart by the last place, and names it', () => {
    const policies = compiled(
      `@id("p") permit (principal, action, resource is Order);
       @id("f") @hard forbid (principal, action == Action::"orders/refund_order", resource)
       when { context.arguments has amount && [decimal("1.0"), decimal("1.0001")].contains(context.arguments.amount) };`,
      SHOP_TOOLS,
      engine,
    );
    const judged = (amount: number) =>
      policies.authorize(request(refundOrder, { arguments: { order_id: '1001', amount } }));
    expect(judged(1.00015)).toMatchObject({ effect: 'allow' });
    expect(judged(1.0001)).toMatchObject({ effect: 'deny', reason: 'forbidden' });
    expect(judged(1.00005)).toMatchObject({
      reason: 'policy_error',
      advice: expect.stringContaining('/amount') as string,
    });
  });

  it('refuses raised facts by default, without any forbid', () => {
    const plain = compiled(`@id("p") permit (principal, action, resource is Order);`, SHOP_TOOLS, engine);
    const answer = (more: object): AccessAnswer =>
      plain.authorize(request(getOrder, { facts: factsOf([orderOf('alice')], more) }));
    expect(answer({ wildcards: ['/a'] })).toEqual({
      effect: 'deny',
      rules: [],
      reason: 'wildcard_argument',
      advice: 'Name one order.',
    });
    expect(answer({ bulk: 2 })).toMatchObject({ reason: 'bulk_argument', advice: 'One order at a time.' });
    expect(answer({ unbounded: ['/a'] })).toMatchObject({
      reason: 'unbounded_query',
      advice: 'Say which order you mean: nothing may be missing, empty or without an end.',
    });
    expect(answer({})).toMatchObject({ effect: 'allow' });
  });

  it('lets a permit name a fact, and only that fact', () => {
    const named = `@id("p") permit (principal, action, resource is Order) when { context.facts.bulk <= 10 };`;
    const policies = compiled(named, SHOP_TOOLS, engine);
    const answer = (more: object): AccessAnswer =>
      policies.authorize(request(getOrder, { facts: factsOf([orderOf('alice')], more) }));
    expect(answer({ bulk: 11 })).toMatchObject({ reason: 'not_permitted' });
    expect(answer({ bulk: 2, wildcards: ['/a'] })).toMatchObject({ reason: 'wildcard_argument' });
    expect(answer({ bulk: 2 })).toMatchObject({ effect: 'allow' });
  });

  it('says of an empty or unresolved id what it is, not "one at a time"', () => {
    const two = `@id("p") permit (principal, action, resource is Order)
      when { resource.owner == principal && context.facts.bulk <= 2 };`;
    const forbid = '@id("h") @hard forbid (principal, action, resource) when { context.facts.bulk > 1 };';
    const answer = (text: string, id: string, more: object): AccessAnswer => {
      const facts = factsOf([orderOf('alice'), orderOf(null, id)], { bulk: 2, ...more });
      return compiled(text, SHOP_TOOLS, engine).authorize(request(getOrder, { facts }));
    };
    const empty = { unbounded: ['/order_id'] };
    expect(answer(two, '', empty)).toMatchObject({ reason: 'unbounded_query' });
    expect(answer(`${two} ${forbid}`, '', { ...empty, wildcards: ['/a'] })).toMatchObject({ reason: 'bulk_argument' });
    expect(answer(two, '9999', {})).toMatchObject({
      reason: 'object_unresolved',
      advice: 'This order was not found, or its owner or version could not be looked up. Look it up first.',
    });
    expect(answer(two, '', {})).toMatchObject({
      reason: 'object_unresolved',
      advice: 'Name each order by its own id, as one plain value.',
    });
    expect(answer('@id("p") permit (principal, action, resource);', '9999', {})).toMatchObject({
      reason: 'bulk_argument',
    });
  });

  it('tells of an open end before bulk, where forbids read both', () => {
    const facts = factsOf([orderOf(null, '')], { bulk: 2, unbounded: ['/order_id'] });
    expect(judge(cancelOrders, { arguments: { order_ids: ['', '1'] }, facts })).toMatchObject({
      reason: 'unbounded_query',
    });
  });

  it('denies by a hard forbid beside a confirmable one, and nobody is asked', () => {
    const both = `@id("p") permit (principal, action, resource is Order);
      @id("c") @confirm("self") forbid (principal, action, resource is Order);
      @id("h") @hard @advice("Not today.") forbid (principal, action, resource is Order) when { context.agent == "claude" };`;
    const answer = compiled(both, SHOP_TOOLS, engine).authorize(request(getOrder));
    expect(answer).toEqual({ effect: 'deny', rules: ['h'], reason: 'forbidden', advice: 'Not today.' });
  });

  it('tells a not_owner what the permit says', () => {
    const own = `@id("own") @advice("Ask its owner.") permit (principal, action, resource is Order) when { resource.owner == principal };`;
    expect(compiled(own, SHOP_TOOLS, engine).authorize(request(getOrder, bobs))).toMatchObject({
      advice: 'Ask its owner.',
    });
  });

  it('takes nobody for the owner whose id is that of another issuer’s person, and says so', () => {
    const subject = { id: 'alice', issuer: 'https://partner.test', roles: ['customer'], qualified: true };
    expect(judge(getOrder, { subject })).toMatchObject({
      effect: 'deny',
      reason: 'not_owner',
      advice: expect.stringMatching(/^This order belongs to your id, and ids of https:\/\/partner.test own nothing\./),
    });
    expect(judge(getOrder, { ...bobs, subject })).toMatchObject({
      reason: 'not_owner',
      advice: expect.stringMatching(/^This order is not yours/),
    });
    const named = (id: string) => `@id("p") permit (principal == User::"${id}", action, resource);`;
    const answer = (id: string) => compiled(named(id), SHOP_TOOLS, engine).authorize(request(getOrder, { subject }));
    expect(answer('alice')).toMatchObject({ effect: 'deny', reason: 'not_permitted' });
    expect(answer('https://partner.test|alice')).toMatchObject({ effect: 'allow' });
  });

  it('holds an own cancellation for the customer’s yes, with the values filled in', () => {
    expect(judge(cancelOrder)).toEqual({
      effect: 'hold',
      rules: ['cancelling-needs-the-customers-yes'],
      requirements: [
        {
          who: 'self',
          count: 1,
          group: null,
          ask: 'Cancel order "1001" (2 items, 59.9 "EUR")?',
          rule: 'cancelling-needs-the-customers-yes',
          policy: expect.stringMatching(/^sha256:/),
        },
      ],
    });
  });

  it('asks nobody a question that shows an attribute which an object lacks, and says which', () => {
    const facts = factsOf([{ ...orderOf('alice'), attributes: { items: 2, currency: 'EUR' } }]);
    expect(judge(cancelOrder, { facts })).toMatchObject({
      effect: 'deny',
      reason: 'policy_error',
      advice: expect.stringContaining('Order.total is not known of every object of this call'),
    });
    expect(judge(getOrder, { facts })).toMatchObject({ effect: 'allow' });
  });

  it('merges requirements over objects, one for each rule', () => {
    const both = `@id("p") permit (principal, action, resource is Order) when { context.facts.bulk < 5 };
      @id("c") @confirm("other") @ask("Orders {Order.id}?") forbid (principal, action, resource is Order);
      @id("d") @confirm("3 of finance") forbid (principal, action, resource is Order) when { resource.total.greaterThan(decimal("5.0")) };`;
    const facts = factsOf([orderOf('alice'), orderOf('bob', '2001')], { bulk: 2 });
    const answer = compiled(both, SHOP_TOOLS, engine).authorize(
      request(cancelOrders, { arguments: { order_ids: [] }, facts }),
    );
    expect(answer).toMatchObject({
      effect: 'hold',
      rules: ['c', 'd'],
      requirements: [
        { who: 'other', count: 1, ask: 'Orders "1001", "2001"?', rule: 'c' },
        {
          who: 'group',
          count: 3,
          group: 'finance',
          ask: 'May "orders/cancel_orders" be called with {"order_ids": []}?',
          rule: 'd',
        },
      ],
    });
  });

  it('allows what a permit matches, and names the permits', () => {
    expect(judge(getOrder)).toEqual({ effect: 'allow', rules: ['customers-work-with-their-own-orders'] });
    expect(judge(refundOrder, { arguments: { order_id: '1001', amount: 100 } })).toMatchObject({ effect: 'allow' });
    expect(judge(refundOrder, { arguments: { order_id: '1001', amount: 100.01 } })).toMatchObject({ effect: 'hold' });
  });

  it('judges the tool itself where a call names no object', () => {
    const subject = { id: 'ada', issuer: 'test', roles: ['admin'] };
    const answer = judge(searchCustomers, { subject, arguments: { query: 'al' }, facts: factsOf([]) });
    expect(answer).toEqual({ effect: 'allow', rules: ['admins-search-customers'] });
  });

  it('reads action and groups in conditions', () => {
    const late = tool('late', { upstream: 'x', input: object({ a: text }), groups: ['g'] });
    const policies = compiled(
      `@id("p") permit (principal, action, resource) when { action in Action::"g" && action != Action::"x/other" };`,
      [late, tool('other', { upstream: 'x', groups: ['g'] }), getOrder],
      engine,
    );
    expect(policies.authorize(request(late, { facts: factsOf([]) }))).toMatchObject({ effect: 'allow' });
    expect(policies.authorize(request(getOrder))).toMatchObject({ effect: 'deny' });
  });
});
