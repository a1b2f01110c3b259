import type { Catalog, CatalogTool, Target } from '@sallyport/contracts';
import { SHOP_POLICIES, SHOP_TOOLS } from '../test/shop.ts';
import { entry, greet, notes } from '../test/notes.ts';
import { compilePolicies } from './compile-policies.ts';
import { runPolicyTests, type CaseFacts, type PolicyCase, type PolicyCaseResult } from './policy-tests.ts';

function run(more: Partial<PolicyCase>, callFacts?: CaseFacts): PolicyCaseResult | undefined {
  const shop = compilePolicies({ files: [{ path: 'a.cedar', text: SHOP_POLICIES }], tools: SHOP_TOOLS });
  if (!shop.ok) throw new Error('the shop compiles');
  const options = { catalog: catalogOf(SHOP_TOOLS), ...(callFacts ? { callFacts } : {}) };
  const alice = { id: 'alice', roles: ['customer'] };
  const resources = [{ type: 'Order', id: '1001', owner: 'alice' }];
  const base: PolicyCase = { name: 'a case', subject: alice, tool: 'orders/get_order', resources, expect: 'allow' };
  return runPolicyTests(shop.policies, [{ ...base, arguments: { order_id: '1001' }, ...more }], options)[0];
}

function catalogOf(tools: readonly CatalogTool[]): Pick<Catalog, 'find'> {
  const isOf =
    ({ kind, name }: Target) =>
    (tool: CatalogTool) =>
      tool.kind === kind && (kind === 'resource' || tool.name === name);
  return { find: (upstream, target) => tools.filter((tool) => tool.upstream === upstream).find(isOf(target)) };
}

describe('runPolicyTests', () => {
  it('fails a case that is judged otherwise, and says how', () => {
    expect(run({ expect: 'hold', rules: ['x'] })).toEqual({
      name: 'a case',
      ok: false,
      diff: ['expect: hold, got: allow', 'rules: x, got: customers-work-with-their-own-orders'],
    });
    expect(run({ resources: [{ type: 'Order', id: '1001', owner: 'bob' }], reason: 'forbidden' })?.diff).toEqual([
      'expect: allow, got: deny (not_owner)',
      'reason: forbidden, got: not_owner',
    ]);
  });

  it('says which attribute a case lacks that the question shows', () => {
    expect(run({ tool: 'orders/cancel_order', expect: 'hold' })?.diff[0]).toMatch(
      /got: deny \(policy_error: .*Order.items, Order.total, Order.currency/,
    );
  });

  it('fails a case about an unknown tool', () => {
    expect(run({ tool: 'orders/get_ordr', expect: 'deny' })).toMatchObject({
      ok: false,
      diff: [expect.stringMatching(/^tool: orders\/get_ordr is unknown: .*--online$/)],
    });
  });

  it('judges prompts and resources', () => {
    const text = `@id("plain") permit (principal, action == Action::"mcp:resources/read", resource in Mcp::Upstream::"notes")
        when { resource.mime == "text/plain" && resource.template == "note:///{id}" };
      @id("greet") permit (principal, action, resource == Mcp::Prompt::"notes/greet");`;
    const compiled = compilePolicies({ files: [{ path: 'a.cedar', text }], tools: [] });
    if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems));
    const about = (name: string, called: Partial<PolicyCase>, expected: PolicyCase['expect']): PolicyCase => {
      return { name, subject: { id: 'alice', roles: [] }, ...called, expect: expected };
    };
    const plain = { resource: 'note:///1', upstream: 'notes', mime: 'text/plain', template: 'note:///{id}' };
    const cases = [
      about('plain', plain, 'allow'),
      about('of no template', { ...plain, template: '' }, 'deny'),
      about('greet', { prompt: 'notes/greet', arguments: { who: 'Bob' } }, 'allow'),
      about('another', { prompt: 'notes/other' }, 'deny'),
      about('nothing', { prompt: 'notes/grete' }, 'deny'),
      about('nowhere', { resource: 'note:///1', upstream: 'files' }, 'deny'),
    ];
    const catalog = catalogOf([greet, notes, entry('prompt', 'other')]);
    expect(runPolicyTests(compiled.policies, cases, { catalog }).flatMap(({ diff }) => diff)).toEqual([
      expect.stringMatching(/^prompt: notes\/grete is unknown: /),
      expect.stringMatching(/^resource: files\/note:\/\/\/1 is unknown: /),
    ]);
  });

  it('finds facts and objects in the arguments, where it is told how', () => {
    const found: CaseFacts = ({ arguments: { order_id: id } }) => {
      const objects = [{ type: 'Order', id: String(id), pointer: '/order_id' }];
      return { bulk: 1, wildcards: id === '*' ? ['/order_id'] : [], unbounded: [], bytes: 2, depth: 1, objects };
    };
    expect(run({ arguments: { order_id: '*' }, expect: 'deny', reason: 'wildcard_argument' }, found)?.ok).toBe(true);
    expect(run({ arguments: { order_id: '1002' }, expect: 'deny', reason: 'object_unresolved' }, found)?.ok).toBe(true);
    expect(run({}, found)?.ok).toBe(true);
  });

  it('passes what is as expected', () => {
    expect(run({})).toEqual({ name: 'a case', ok: true, diff: [] });
    expect(run({ expect: 'deny', reason: 'object_unresolved', resources: [{ type: 'Order', id: '9' }] })?.ok).toBe(
      true,
    );
    expect(run({ expect: 'deny', reason: 'wildcard_argument', facts: { wildcards: ['/order_id'] } })?.ok).toBe(true);
    const attributes = { items: 2, total: 59.9, currency: 'EUR' };
    const resources = [{ type: 'Order', id: '1001', owner: 'alice', attributes }];
    const rules = ['cancelling-needs-the-customers-yes'];
    expect(run({ tool: 'orders/cancel_order', expect: 'hold', rules, resources })?.ok).toBe(true);
  });
});
