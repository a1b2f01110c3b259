import type { AskedOfClient, CatalogTool } from '@sallyport/contracts';

import { greet } from '../test/notes.ts';
import { getOrder } from '../test/shop.ts';
import { compilePolicies } from './index.ts';
import { runPolicyTests } from './policy-tests.ts';

const alice = { id: 'alice', issuer: 'test', roles: ['customer'] };
const ask = (more: Partial<AskedOfClient> = {}): AskedOfClient => ({
  ...{ subject: alice, agent: 'crew', tool: getOrder, method: 'sampling/createMessage' },
  ...more,
});
const compile = (text: string, engine: 'cedar' | 'closures' = 'cedar', tools: readonly CatalogTool[] = [getOrder]) =>
  compilePolicies({ files: [{ path: 'a.cedar', text }], tools, engine });
const forbid = (rest: string, when = '') =>
  `@id("f") @hard @advice("Ask for less.") forbid (principal, ${rest}) ${when};`;
const form = { method: 'elicitation/create', mode: 'form' } as const;
const page = { method: 'elicitation/create', mode: 'url', host: 'pay.example.com' } as const;

describe.each(['cedar', 'closures'] as const)('what upstreams ask of clients, judged by %s', (engine) => {
  const says = (text: string, asked: AskedOfClient) => {
    const result = compile(text, engine, [getOrder, { ...greet, upstream: 'notes' }]);
    if (!result.ok) throw new Error(JSON.stringify(result.problems));
    const answer = result.policies.mayAsk(asked);
    return answer.effect === 'pass' ? 'pass' : answer.reason;
  };
  const samples = 'action == Action::"mcp:sampling/createMessage"';
  const elicits = 'action == Action::"mcp:elicitation/create"';

  it.each([
    [forbid(`${samples}, resource`), ask()],
    [
      forbid(`action in [Action::"mcp:roots/list", Action::"orders/get_order"], resource`),
      ask({ method: 'roots/list' }),
    ],
    [forbid(`${samples}, resource in Mcp::Upstream::"orders"`), ask()],
    [forbid('action, resource in Mcp::Upstream::"orders"'), ask()],
    [forbid('action, resource is Mcp::ClientRequest'), ask({ method: 'roots/list' })],
    [forbid(`${elicits}, resource`, 'when { resource.mode == "form" }'), ask(form)],
    [forbid(`${elicits}, resource`, 'unless { resource.host == "id.example.com" }'), ask(page)],
    [forbid(`${samples}, resource`, 'when { principal in Role::"customer" }'), ask()],
    [forbid(`${samples}, resource`, 'when { context.tool == "get_order" && context.agent == "crew" }'), ask()],
    [forbid(`${samples}, resource`, 'when { resource.upstream == "orders" && context.upstream == "orders" }'), ask()],
  ])('is refused by %s', (text, asked) => {
    expect(says(text, asked)).toBe('forbidden');
  });

  it.each([
    [forbid(`${samples}, resource`), ask({ method: 'roots/list' })],
    [forbid(`${samples}, resource in Mcp::Upstream::"notes"`), ask()],
    [forbid(`${elicits}, resource`, 'when { resource.mode == "form" }'), ask(page)],
    [forbid(`${samples}, resource`, 'unless { principal in Role::"customer" }'), ask()],
    ['@id("none") permit (principal, action, resource is Tool);', ask()],
  ])('passes %s', (text, asked) => {
    expect(says(text, asked)).toBe('pass');
  });

  it('is refused where a rule about it can not be evaluated', () => {
    const wide = forbid('action, resource in Mcp::Upstream::"orders"', 'when { context.facts.bulk > 3 }');
    expect(says(wide, ask())).toBe('policy_error');
    const text = forbid(`${samples}, resource`);
    expect(says(text, ask({ agent: '\ud800' }))).toBe('policy_error');
  });

  it('was judged with its call by rules about everything', () => {
    expect(says(forbid('action, resource', 'when { context.upstream == "orders" }'), ask())).toBe('pass');
    const confirm = '@id("c") @confirm("self") forbid (principal, action, resource in Mcp::Upstream::"orders");';
    expect(says(confirm, ask())).toBe('pass');
  });
});

describe('policies about what upstreams ask of clients', () => {
  const first = (text: string) => {
    const result = compile(text);
    return result.ok ? [...result.warnings, null][0]?.message : result.problems[0]?.message;
  };
  const samples = 'action == Action::"mcp:sampling/createMessage"';

  it('are told what can not be meant', () => {
    expect(first(`@id("p") permit (principal, ${samples}, resource);`)).toMatch(/permits nothing/);
    expect(first(`@id("c") @confirm("self") forbid (principal, ${samples}, resource);`)).toMatch(/nobody can be asked/);
    expect(first(forbid(`${samples}, resource`, 'when { context.facts.bulk > 1 }'))).toMatch(/facts/);
    expect(first(forbid(`${samples}, resource`, 'when { resource.mod == "url" }'))).toMatch(/mod/);
    expect(first(forbid(`${samples}, resource is Mcp::Resource`))).toMatch(/impossible/);
    const wide = forbid('action, resource in Mcp::Upstream::"orders"', 'when { context.facts.bulk > 3 }');
    expect(first(wide)).toMatch(/asks of clients/);
    const result = compile(forbid('action == Action::"mcp:sampling/createMesage", resource'));
    expect(result.ok ? null : result.problems[0]?.hint).toMatch(/mcp:sampling\/createMessage/);
  });

  it('have cases', () => {
    const result = compile(
      forbid('action == Action::"mcp:elicitation/create", resource', 'when { resource.mode == "form" }'),
    );
    if (!result.ok) throw new Error(JSON.stringify(result.problems));
    const about = {
      subject: { id: 'alice', roles: [] },
      tool: 'orders/get_order',
      asks: 'elicitation/create',
    } as const;
    const cases = [
      { ...about, name: 'a form', mode: 'form', expect: 'deny', reason: 'forbidden', rules: ['f'] },
      { ...about, name: 'a page', mode: 'url', host: 'pay.example.com', expect: 'allow' },
      { ...about, name: 'wrong', mode: 'form', expect: 'allow' },
    ] as const;
    const catalog = { find: () => getOrder };
    expect(runPolicyTests(result.policies, cases, { catalog }).map(({ ok }) => ok)).toEqual([true, true, false]);
  });
});
