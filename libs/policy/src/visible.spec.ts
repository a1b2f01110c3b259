import { SHOP_POLICIES, SHOP_TOOLS } from '../test/shop.ts';
import { compilePolicies } from './index.ts';

describe('visible', () => {
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
