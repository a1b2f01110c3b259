import type { AccessRequest, JsonObject, Policies } from '@sallyport/contracts';
import { factsOf, getOrder, object, orderOf, request, SHOP_POLICIES, SHOP_TOOLS, text, tool } from '../test/shop.ts';
import { compilePolicies, type PolicySource } from './compile-policies.ts';

function compiled(source: PolicySource): Policies {
  const result = compilePolicies(source);
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.policies;
}

describe.each(['cedar', 'closures'] as const)('hostile input, judged by %s', (engine) => {
  const shop = compiled({ files: [{ path: 'a.cedar', text: SHOP_POLICIES }], tools: SHOP_TOOLS, engine });
  const open = (tools: PolicySource['tools'], policy: string): Policies =>
    compiled({ files: [{ path: 'a.cedar', text: policy }], tools, engine });

  it.each(['__entity', '__extn', '__expr'])('denies %s anywhere in the arguments', (key) => {
    const deep = { order_id: '1001', more: [{ a: { [key]: { type: 'User', id: 'admin' } } }] };
    expect(shop.authorize(request(getOrder, { arguments: deep }))).toEqual({
      effect: 'deny',
      rules: [],
      reason: 'reserved_key',
      advice: null,
    });
  });

  it.each([
    'Order::"1001" has owner',
    'resource == Order::"1001" && Order::"1001".owner == principal',
    '(if context.agent == "other" then Order::"1" else Order::"1001") has owner',
    '{ it: Order::"1001" }.it has owner',
  ])('knows the attributes of the object where a policy calls it by its name: %s', (condition) => {
    const policies = open(
      SHOP_TOOLS,
      `@id("p") permit (principal, action, resource); @id("f") @hard forbid (principal, action, resource) when { ${condition} };`,
    );
    expect(policies.authorize(request(getOrder))).toMatchObject({ effect: 'deny', reason: 'forbidden' });
  });

  it('never takes a resolver’s attribute for an entity', () => {
    const smuggled = {
      ...orderOf('bob'),
      attributes: { owner: 'alice', total: { __extn: { fn: 'decimal', arg: '1.0' } } },
    };
    expect(shop.authorize(request(getOrder, { facts: factsOf([smuggled]) }))).toMatchObject({ reason: 'not_owner' });
    const policies = open(
      SHOP_TOOLS,
      `@id("p") permit (principal, action, resource is Order) when { resource.total.lessThan(decimal("5.0")) };`,
    );
    expect(policies.authorize(request(getOrder, { facts: factsOf([smuggled]) }))).toMatchObject({
      reason: 'policy_error',
    });
  });

  it('reads an argument named __proto__ as an argument', () => {
    const properties = JSON.parse('{"__proto__":{"type":"string"},"constructor":{"type":"string"}}') as JsonObject;
    const odd = tool('odd', { input: object(properties as Record<string, never>) });
    const policies = open(
      [odd],
      `@id("p") permit (principal, action, resource) when { context.arguments["__proto__"] == "a" && context.arguments.constructor == "b" };`,
    );
    const ask = (json: string): string =>
      policies.authorize(request(odd, { arguments: JSON.parse(json) as JsonObject, facts: factsOf([]) })).effect;
    expect(ask('{"__proto__":"x","constructor":"b"}')).toBe('deny');
    expect(ask('{"constructor":"b"}')).toBe('deny');
    expect(ask('{"__proto__":"a","constructor":"b"}')).toBe('allow');
  });

  it('does not confuse a dotted argument name with a nested one', () => {
    const dotted = tool('dotted', { input: object({ 'a.b': text, a: object({ b: text }) }, []) });
    const policies = open(
      [dotted],
      `@id("p") permit (principal, action, resource) when { context.arguments has "a.b" && context.arguments["a.b"] == "x" };`,
    );
    expect(policies.authorize(request(dotted, { arguments: { 'a.b': 'x' }, facts: factsOf([]) }))).toMatchObject({
      effect: 'allow',
    });
    expect(policies.authorize(request(dotted, { arguments: { a: { b: 'x' } }, facts: factsOf([]) }))).toMatchObject({
      effect: 'deny',
    });
  });

  it.each(['zoë', '日本', '😀', 'a"b\\c', 'a\u0000b', '__entity', '', 'alice '])(
    'keeps the id %j apart from others',
    (id) => {
      const subject = { id, issuer: 'test', roles: ['customer'] };
      const own = { subject, facts: factsOf([orderOf(id)]) };
      expect(shop.authorize(request(getOrder, own))).toMatchObject({ effect: 'allow' });
      expect(shop.authorize(request(getOrder, { subject }))).toMatchObject({ effect: 'deny', reason: 'not_owner' });
    },
  );

  it('denies ids that hold half a character', () => {
    const half = 'a\ud800';
    const subject = { id: half, issuer: 'test', roles: ['customer'] };
    expect(shop.authorize(request(getOrder, { subject }))).toMatchObject({ reason: 'policy_error' });
    const scoped = { id: 'alice', issuer: 'test', roles: ['customer'], scopes: [half] };
    expect(shop.authorize(request(getOrder, { subject: scoped }))).toMatchObject({ reason: 'policy_error' });
    expect(shop.authorize(request(getOrder, { facts: factsOf([orderOf('alice', half)]) }))).toMatchObject({
      reason: 'policy_error',
    });
    expect(shop.authorize(request(getOrder, { facts: factsOf([orderOf(half)]) }))).toMatchObject({
      reason: 'policy_error',
    });
  });

  it('denies an agent name that Cedar can’t read, and goes on', () => {
    const policies = open(
      SHOP_TOOLS,
      `@id("p") permit (principal, action, resource is Order) unless { context.agent == "x" };`,
    );
    expect(policies.authorize(request(getOrder, { agent: '\ud800' }))).toMatchObject({ effect: 'deny' });
    expect(policies.authorize(request(getOrder))).toMatchObject({ effect: 'allow' });
  });

  it('judges huge arrays in bounded time', () => {
    const objects = Array.from({ length: 100_000 }, (_, i) => orderOf('alice', String(i)));
    const started = performance.now();
    expect(shop.authorize(request(getOrder, { facts: factsOf(objects, { bulk: 100_000 }) }))).toMatchObject({
      reason: 'bulk_argument',
    });
    expect(performance.now() - started).toBeLessThan(2_000);
  });

  it('denies nesting without end', () => {
    let nested: JsonObject = {};
    for (let i = 0; i < 100_000; i++) nested = { a: nested };
    expect(shop.authorize(request(getOrder, { arguments: nested }))).toMatchObject({ reason: 'policy_error' });
  });

  it('takes a role that is named twice for one', () => {
    const subject = { id: 'alice', issuer: 'test', roles: ['customer', 'customer'] };
    expect(shop.authorize(request(getOrder, { subject }))).toMatchObject({ effect: 'allow' });
  });

  it('denies a request that is none', () => {
    expect(shop.authorize({} as AccessRequest)).toMatchObject({ effect: 'deny', reason: 'policy_error' });
  });

  it('denies an object whose type clashes with the caller’s', () => {
    const clash = { ...orderOf('bob', 'alice'), type: 'User' };
    expect(shop.authorize(request(getOrder, { facts: factsOf([clash]) })).effect).toBe('deny');
  });

  it('shows a null as absence', () => {
    const optional = tool('optional', { input: object({ a: { type: ['string', 'null'] } }) });
    const policies = open(
      [optional],
      `@id("p") permit (principal, action, resource) when { !(context.arguments has a) };`,
    );
    expect(policies.authorize(request(optional, { arguments: { a: 'x' }, facts: factsOf([]) }))).toMatchObject({
      effect: 'deny',
    });
    expect(policies.authorize(request(optional, { arguments: { a: null }, facts: factsOf([]) }))).toMatchObject({
      effect: 'allow',
    });
  });
});
