import type { AccessRequest, CatalogTool, Policies } from '@sallyport/contracts';

import { completionOf, entry, factOf, greet, notes, notesById, ofPrompt, readOf, uriFact } from '../test/notes.ts';
import { factsOf, getOrder, request, SHOP_POLICIES, SHOP_TOOLS, searchCustomers } from '../test/shop.ts';
import { compilePolicies, type PolicyProblem } from './index.ts';

const ENTRIES = [greet, notes, notesById];

function compiled(text: string, engine: 'cedar' | 'closures' = 'cedar', tools: readonly CatalogTool[] = []): Policies {
  const result = compilePolicies({ files: [{ path: 'a.cedar', text }], tools: [...tools, ...ENTRIES], engine });
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.policies;
}

describe.each(['cedar', 'closures'] as const)('prompts, resources and templates, judged by %s', (engine) => {
  const answer = (text: string, asked: AccessRequest) => compiled(text, engine).authorize(asked);
  const reasonOf = (text: string, asked: AccessRequest): string => {
    const said = answer(text, asked);
    return said.effect === 'deny' ? said.reason : said.effect;
  };
  const all = '@id("all") permit (principal, action, resource);';

  it('are denied without the one fact that they are judged by', () => {
    const fact = uriFact('note:///1');
    const less = Object.fromEntries(Object.entries(fact.attributes).filter(([name]) => name !== 'mime'));
    const named = (name: string) => ({ ...factOf(greet), attributes: { name, upstream: 'notes' } });
    const wrong = [
      request(notes, { action: 'resources/read', facts: factsOf([]) }),
      readOf({ ...fact, status: 'unresolved' }),
      readOf({ ...fact, attributes: less }),
      readOf({ ...fact, type: 'Tool' }),
      readOf(uriFact('note:///1', {}, 'files')),
      readOf(factOf(notesById)),
      request(notes, { action: 'resources/read', facts: factsOf([fact, fact]) }),
      request(greet, { action: 'prompts/get', facts: factsOf([factOf(entry('prompt', 'other'))]) }),
      request(greet, { action: 'prompts/get', facts: factsOf([{ ...factOf(greet), id: 'notes/other' }]) }),
      request(greet, { action: 'prompts/get', facts: factsOf([named('other')]) }),
    ];
    expect(wrong.map((each) => reasonOf(all, each))).toEqual(wrong.map(() => 'policy_error'));
  });

  it('are denied by a method that is not of their kind, and tools with a fact of ours are', () => {
    const wrong = [
      ofPrompt(greet, 'tools/call'),
      ofPrompt(greet, 'resources/read'),
      { ...readOf(uriFact('note:///1')), action: 'completion/complete' as const },
      { ...completionOf(notesById), action: 'resources/read' as const },
      request(getOrder, { action: 'prompts/get' }),
      request(getOrder, { facts: factsOf([uriFact('note:///1', {}, 'orders')]) }),
    ];
    expect(wrong.map((each) => reasonOf(all, each))).toEqual(wrong.map(() => 'policy_error'));
  });

  it('are permitted by what permits everything, and by what permits reads', () => {
    const reads = '@id("reads") permit (principal, action, resource) when { context.effect == "read" };';
    const asked = [
      ofPrompt(greet),
      ofPrompt(greet, 'completion/complete'),
      readOf(uriFact('note:///1')),
      completionOf(notesById),
    ];
    for (const text of [all, reads])
      expect(asked.map((each) => reasonOf(text, each))).toEqual(asked.map(() => 'allow'));
    const tools = '@id("tools") permit (principal, action, resource is Tool);';
    expect(asked.map((each) => reasonOf(tools, each))).toEqual(asked.map(() => 'not_permitted'));
  });

  it('have an action for each method', () => {
    const get = '@id("get") permit (principal, action == Action::"mcp:prompts/get", resource);';
    const complete = '@id("complete") permit (principal, action == Action::"mcp:completion/complete", resource);';
    const asked = [ofPrompt(greet), ofPrompt(greet, 'completion/complete'), completionOf(notesById)];
    expect(asked.map((each) => reasonOf(get, each))).toEqual(['allow', 'not_permitted', 'not_permitted']);
    expect(asked.map((each) => reasonOf(complete, each))).toEqual(['not_permitted', 'allow', 'allow']);
  });

  it.each([
    ['resource is Mcp::Resource', ''],
    ['resource == Mcp::Resource::"note:///a/1"', ''],
    ['resource in Mcp::Upstream::"notes"', ''],
    ['resource is Mcp::Resource in Mcp::Upstream::"notes"', ''],
    ['resource', 'resource in Mcp::Upstream::"notes"'],
    ['resource', 'resource is Mcp::Resource in Mcp::Upstream::"notes"'],
    ['resource', 'resource in [Mcp::Upstream::"files", Mcp::Upstream::"notes"]'],
    ['resource is Mcp::Resource', 'resource.uri like "note:///a/*" && resource.upstream == "notes"'],
    ['resource is Mcp::Resource', 'resource.scheme == "note" && resource.host == "" && resource.path like "/a/*"'],
    ['resource is Mcp::Resource', 'resource.mime == "text/plain" && resource.template == "note:///a/{id}"'],
    ['resource', 'context.tool == "resource:*" && context.upstream == "notes"'],
  ])('are told apart by %s, when { %s }', (scope, when) => {
    const text = `@id("p") permit (principal, action == Action::"mcp:resources/read", ${scope})
      ${when === '' ? '' : `when { ${when} }`};`;
    const about = { template: 'note:///a/{id}', mime: 'text/plain' };
    expect(reasonOf(text, readOf(uriFact('note:///a/1', about)))).toBe('allow');
    const other = readOf(uriFact('file:///b', {}, 'other'), entry('resource', '', 'other'));
    const isAll = scope === 'resource is Mcp::Resource' && when === '';
    expect(reasonOf(text, other)).toBe(isAll ? 'allow' : 'not_permitted');
  });

  it('of another upstream are not in this one', () => {
    const text = '@id("p") permit (principal, action, resource in Mcp::Upstream::"notes");';
    const others = entry('prompt', 'greet', 'others');
    expect(reasonOf(text, ofPrompt(greet))).toBe('allow');
    expect(reasonOf(text, ofPrompt(others))).toBe('not_permitted');
    expect(reasonOf(text, completionOf(notesById))).toBe('allow');
    const tool = request({ ...getOrder, upstream: 'notes' }, { facts: factsOf([]) });
    expect(reasonOf(text, tool)).toBe('not_permitted');
    const caller = '@id("p") permit (principal, action, resource) when { principal in Mcp::Upstream::"notes" };';
    expect(reasonOf(caller, ofPrompt(greet))).toBe('not_permitted');
  });

  it('are forbidden by what they are', () => {
    const text = `${all} @id("secrets") @hard @advice("Read another note.")
      forbid (principal, action == Action::"mcp:resources/read", resource) when { resource.path like "/secrets/*" };`;
    expect(answer(text, readOf(uriFact('note:///secrets/1')))).toMatchObject({
      reason: 'forbidden',
      rules: ['secrets'],
      advice: 'Read another note.',
    });
    expect(reasonOf(text, readOf(uriFact('note:///1')))).toBe('allow');
  });

  it('ask a person, who reads what it is about', () => {
    const asks = (question: string) => `${all} @id("ask") @confirm("self") ${question}
      forbid (principal, action in [Action::"mcp:prompts/get", Action::"mcp:resources/read"], resource);`;
    const questionOf = (text: string, asked: AccessRequest) => {
      const said = answer(text, asked);
      return said.effect === 'hold' ? said.requirements[0]?.ask : said;
    };
    expect(questionOf(asks(''), readOf(uriFact('note:///1')))).toBe('May the resource "note:///1" of notes be read?');
    expect(questionOf(asks(''), ofPrompt(greet, 'prompts/get', { who: 'Bob' }))).toBe(
      'May the prompt "greet" of notes be used with {"who": "Bob"}?',
    );
    const own = `${all} @id("ask") @confirm("self") @ask("Read {Mcp::Resource.uri} of {Mcp::Resource.upstream}?")
      forbid (principal, action == Action::"mcp:resources/read", resource);`;
    expect(questionOf(own, readOf(uriFact('note:///1')))).toBe('Read "note:///1" of "notes"?');
  });
});

describe('objects that a URI or prompt names', () => {
  const resolver = { tool: 'get_note', argument: 'id', owner: '/structuredContent/owner', attributes: {} };
  const rule = { argument: 'id', type: 'Note', resolver: { ...resolver, ttl: 0, timeout: 100 } };
  const declared = { ...notes, resources: [rule] };
  const note = (owner: string) => ({
    ...{ type: 'Note', id: '1', pointer: '/id', status: 'resolved' as const, owner },
    ...{ version: null, attributes: {} },
  });
  const text = `@id("all") permit (principal, action, resource is Mcp::Resource);
    @id("own") permit (principal, action == Action::"mcp:resources/read", resource is Note) when { resource.owner == principal };`;
  const tools = [getOrder, declared];
  const asked = (...named: ReturnType<typeof note>[]) =>
    request(declared, { action: 'resources/read', arguments: {}, facts: factsOf([uriFact('note:///1'), ...named]) });

  it.each(['cedar', 'closures'] as const)('are judged beside it by %s', (engine) => {
    const result = compilePolicies({ files: [{ path: 'a.cedar', text }], tools, engine });
    if (!result.ok) throw new Error(JSON.stringify(result.problems));
    expect(result.policies.authorize(asked(note('bob')))).toMatchObject({ effect: 'deny', reason: 'not_owner' });
    const unknown = { ...note('alice'), status: 'unresolved' as const, owner: null };
    expect(result.policies.authorize(asked(unknown as never))).toMatchObject({ reason: 'object_unresolved' });
    expect(result.policies.authorize(asked(note('alice'), note('bob')))).toMatchObject({ reason: 'not_owner' });
    expect(result.policies.authorize(asked(note('alice')))).toEqual({ effect: 'allow', rules: ['all', 'own'] });
    expect(result.warnings).toEqual([]);
  });

  it('are types of their method alone, and questions may show them', () => {
    const problems = (policy: string) => {
      const result = compilePolicies({ files: [{ path: 'a.cedar', text: policy }], tools });
      return result.ok ? result.warnings : result.problems;
    };
    const hold = (action: string, ask: string) =>
      problems(`@id("f") @confirm("self") @ask("${ask}") forbid (principal, action == ${action}, resource is Note);`);
    expect(hold('Action::"mcp:prompts/get"', 'Use it?')[0]?.message).toMatch(/impossible/);
    expect(hold('Action::"mcp:resources/read"', 'Read {Note.ownr}?')[0]?.hint).toBe('did you mean {Note.owner}?');
    expect(hold('Action::"mcp:resources/read"', 'Read {Note.owner} {Mcp::Resource.uri}?')).toEqual([]);
    expect(
      problems('@id("p") permit (principal, action, resource is Note) when { resource.owner == principal };'),
    ).toEqual([]);
  });
});

describe('visible', () => {
  const alice = { id: 'alice', issuer: 'test', roles: ['customer'] };
  const text = `
    @id("notes") permit (principal in Role::"customer", action, resource in Mcp::Upstream::"notes");
    @id("ask") @confirm("self") forbid (principal, action == Action::"mcp:prompts/get", resource == Mcp::Prompt::"notes/greet");
    @id("secrets") @hard forbid (principal, action == Action::"mcp:resources/read", resource) when { resource.path like "/secrets/*" };`;
  const policies = compiled(text);
  const others = ENTRIES.map((each) => ({ ...each, upstream: 'others' }));

  it('hides what no call could pass', () => {
    expect(ENTRIES.map((each) => policies.visible({ ...alice, roles: [] }, each))).toEqual(['never', 'never', 'never']);
    expect(others.map((each) => policies.visible(alice, each))).toEqual(['never', 'never', 'never']);
    expect(ENTRIES.map((each) => policies.visible(alice, each))).toEqual(['confirm', 'maybe', 'maybe']);
  });

  it('hides a single resource by what is known of it', () => {
    expect(policies.visible(alice, notes, uriFact('note:///secrets/1'))).toBe('never');
    expect(policies.visible(alice, notes, uriFact('note:///1'))).toBe('maybe');
    expect(policies.explain(alice, notes, uriFact('note:///secrets/1'))).toEqual({
      visibility: 'never',
      rules: ['secrets'],
    });
    expect(policies.visible(alice, notes, uriFact('note:///1', {}, 'others'))).toBe('never');
  });

  it('shows a template with a resource that may be read', () => {
    const reads = `@id("p") permit (principal, action == Action::"mcp:resources/read", resource)
      when { resource.template == "note:///{id}" };`;
    expect(compiled(reads).visible(alice, notesById)).toBe('maybe');
    expect(compiled(reads).visible(alice, entry('template', 'other:///{id}'))).toBe('never');
    const completes = '@id("p") permit (principal, action == Action::"mcp:completion/complete", resource);';
    expect(compiled(completes).visible(alice, notesById)).toBe('never');
  });
});

describe('policies about prompts and resources', () => {
  const check = (text: string, tools: readonly CatalogTool[] = SHOP_TOOLS) =>
    compilePolicies({ files: [{ path: 'a.cedar', text }], tools });
  const problemsOf = (text: string, tools?: readonly CatalogTool[]): readonly PolicyProblem[] => {
    const result = check(text, tools);
    return result.ok ? [] : result.problems;
  };
  const read = 'action == Action::"mcp:resources/read"';

  it('name our actions and types alone', () => {
    const [problem] = problemsOf('@id("p") permit (principal, action == Action::"mcp:prompts/gte", resource);');
    expect(problem?.hint).toBe('did you mean `Action::"mcp:prompts/get"`?');
    const [other] = problemsOf('@id("p") permit (principal, action == Action::"mcp:nothing", resource);');
    expect(other?.hint).toMatch(/mcp:prompts\/get/);
    expect(problemsOf(`@id("p") permit (principal, ${read}, resource is Mcp::Resurce);`)[0]?.hint).toMatch(
      /Mcp::Resource/,
    );
    expect(
      problemsOf(`@id("p") permit (principal, ${read}, resource) when { resource.ur == "x" };`)[0]?.message,
    ).toMatch(/attribute `ur`/);
    const ofType = '@id("p") permit (principal, action, resource is Mcp::Resource) when { resource.ur == "x" };';
    expect(problemsOf(ofType, [])[0]?.message).toMatch(/attribute `ur`/);
  });

  it('can fire', () => {
    const holes = [
      `@id("f") @hard forbid (principal, ${read}, resource is Mcp::Prompt);`,
      `@id("f") @hard forbid (principal, action == Action::"orders/get_order", resource in Mcp::Upstream::"notes");`,
    ];
    for (const text of holes) expect(problemsOf(text)[0]?.message).toMatch(/impossible/);
  });

  it.each([
    `@id("f") @hard forbid (principal, ${read}, resource) when { resource.uri like "file:///srv/*" };`,
    '@id("f") @hard forbid (principal, action, resource is Mcp::Prompt) when { resource.name == "greet" };',
    '@id("f") @hard forbid (principal, action, resource) when { resource is Mcp::Template && resource.uri_template == "x" };',
    '@id("f") @hard forbid (principal, action, resource) when { resource in Mcp::Upstream::"notes" };',
    `@id("f") @hard forbid (principal, action in [Action::"orders/get_order", Action::"mcp:completion/complete"], resource);`,
  ])('are no mistake where nothing of the kind is offered: %s', (text) => {
    expect(check(text)).toMatchObject({ ok: true, warnings: [] });
    expect(check(text, [getOrder])).toMatchObject({ ok: true });
  });

  it('ask only what a call can show, whether or not an upstream offers any', () => {
    const ask = (name: string) =>
      `@id("f") @confirm("self") @ask("Read {${name}}?") forbid (principal, ${read}, resource);`;
    expect(problemsOf(ask('Mcp::Resource.uri'))).toEqual([]);
    expect(problemsOf(ask('Mcp::Resource.url'))[0]).toMatchObject({ hint: 'did you mean {Mcp::Resource.uri}?' });
    expect(problemsOf(ask('order_id'))).toHaveLength(1);
  });

  it('are told of groups that look like ours', () => {
    const tool = { ...getOrder, groups: ['mcp:resources/read'] };
    expect(problemsOf('', [tool])[0]?.message).toMatch(/the group mcp:resources\/read/);
  });

  it('leave what is about tools as it is, and warn of rules about everything that err over others', () => {
    const text = '@id("p") permit (principal, action, resource) when { context.arguments.query == "a" };';
    expect(check(text, [searchCustomers])).toMatchObject({ ok: true, warnings: [] });
    const both = check(text, [searchCustomers, ...ENTRIES]);
    expect(both).toMatchObject({ ok: true });
    expect(both.warnings.map(({ message }) => message)).toEqual([expect.stringMatching(/prompts and resources, too/)]);
    expect(check(SHOP_POLICIES, [...SHOP_TOOLS, ...ENTRIES])).toMatchObject({ ok: true, warnings: [], findings: [] });
  });
});
