import { cancelOrder, getOrder, refundOrder, searchCustomers, SHOP_POLICIES, SHOP_TOOLS } from '../test/shop.ts';
import { compilePolicies } from './index.ts';

describe('visible', () => {
  it('names the policies that a visibility comes from', () => {
    const text = `@id("all") permit (principal in Role::"staff", action, resource);
      @id("ask") @confirm("self") forbid (principal, action == Action::"orders/cancel_order", resource);
      @id("never") @hard forbid (principal, action == Action::"orders/refund_order", resource);`;
    const compiled = compilePolicies({ files: [{ path: 'a.cedar', text }], tools: SHOP_TOOLS });
    if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems));
    const explain = (tool: (typeof SHOP_TOOLS)[number], roles: readonly string[]) =>
      compiled.policies.explain({ id: 'ann', issuer: 't', roles }, tool);
    expect(explain(refundOrder, ['staff'])).toEqual({ visibility: 'never', rules: ['never'] });
    expect(explain(cancelOrder, [])).toEqual({ visibility: 'never', rules: [] });
    expect(explain(cancelOrder, ['staff'])).toEqual({ visibility: 'confirm', rules: ['ask'] });
    expect(explain(searchCustomers, ['staff'])).toEqual({ visibility: 'maybe', rules: ['all'] });
  });

  it.each([
    ['Order::"1001" has owner && Order::"1001".owner == principal', 'maybe'],
    ['!(Order::"1001" has owner)', 'maybe'],
    ['Order::"1001" == Order::"1002"', 'never'],
  ])('an object that a policy names may be the one of the call: %s', (condition, visibility) => {
    const text = `@id("p") permit (principal, action == Action::"orders/get_order", resource) when { ${condition} };`;
    const compiled = compilePolicies({ files: [{ path: 'a.cedar', text }], tools: SHOP_TOOLS });
    if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems));
    expect(compiled.policies.visible({ id: 'alice', issuer: 't', roles: [] }, getOrder)).toBe(visibility);
  });

  it('filters a list of 100 tools in well under what a person notices', () => {
    const tools = Array.from({ length: 20 }, (_, i) =>
      SHOP_TOOLS.map((each) => ({ ...each, name: `${each.name}_${i}` })),
    ).flat();
    const policies = compilePolicies({
      files: [{ path: 'a.cedar', text: SHOP_POLICIES }],
      tools,
      unknownActions: SHOP_TOOLS.map(({ upstream, name }) => `${upstream}/${name}`),
    });
    if (!policies.ok) throw new Error(JSON.stringify(policies.problems));
    const subject = { id: 'alice', issuer: 't', roles: ['customer'] };
    const times = Array.from({ length: 200 }, () => {
      const started = performance.now();
      for (const each of tools) policies.policies.visible(subject, each);
      return performance.now() - started;
    });
    // The aim is 0.5 ms; the bound leaves room for a busy machine.
    expect(times.sort((a, b) => a - b)[100]).toBeLessThan(5);
  });
});
