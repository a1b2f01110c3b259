import type { CatalogTool } from '@sallyport/contracts';
import { canonical, sha256 } from '@sallyport/base';
import {
  factsOf,
  getOrder,
  number,
  object,
  orderOf,
  request,
  refundOrder,
  SHOP_POLICIES,
  SHOP_TOOLS,
  text,
  tool,
} from '../test/shop.ts';
import { compilePolicies, type CompiledPolicies, type PolicySource } from './compile-policies.ts';
import type { PolicyProblem } from './problem.ts';

function compile(policies: string, more: Partial<PolicySource> = {}): CompiledPolicies {
  return compilePolicies({ files: [{ path: 'a.cedar', text: policies }], tools: SHOP_TOOLS, ...more });
}

function problems(policies: string, more: Partial<PolicySource> = {}): readonly PolicyProblem[] {
  const result = compile(policies, more);
  return result.ok ? [] : result.problems;
}

function unversioned(rule: CatalogTool['resources'][number]): CatalogTool['resources'][number] {
  const { resolver } = rule;
  if (resolver === undefined) return rule;
  const { tool: asked, argument, owner, attributes, ttl, timeout } = resolver;
  return { ...rule, resolver: { tool: asked, argument, owner, attributes, ttl, timeout } };
}

const PERMIT = 'permit (principal, action, resource);';
const FORBID = 'forbid (principal, action, resource is Order) when { context.facts.bulk > 1 };';

describe('compilePolicies refuses', () => {
  it.each([
    ['a policy without @id', PERMIT, 'a policy needs @id', null],
    ['an @id without a value', `@id ${PERMIT}`, 'a policy needs @id', null],
    ['a forbid without a level', `@id("f") ${FORBID}`, 'a forbid must say', '@hard if nobody can lift it'],
    ['a forbid of both levels', `@id("f") @hard @confirm("self") ${FORBID}`, 'not both', null],
    ['@confirm on a permit', `@id("p") @confirm("self") ${PERMIT}`, 'belongs on a forbid', null],
    ['@hard on a permit', `@id("p") @hard ${PERMIT}`, 'belongs on a forbid', null],
    ['an unknown level', `@id("f") @confirm("slef") ${FORBID}`, 'unknown level', 'did you mean "self"'],
    ['a level without people', `@id("f") @confirm("0 of finance") ${FORBID}`, 'unknown level', '"N of group"'],
    [
      'an unknown annotation',
      `@id("f") @hard @advise("x") ${FORBID}`,
      'unknown annotation @advise',
      'did you mean @advice?',
    ],
    [
      'an annotation that objects have',
      `@id("f") @hard @__proto__("x") ${FORBID}`,
      'unknown annotation @__proto__',
      null,
    ],
    ['@ask that nobody reads', `@id("f") @hard @ask("Sure?") ${FORBID}`, '@ask without @confirm', null],
    ['an empty @advice', `@id("f") @hard @advice("") ${FORBID}`, '@advice needs a sentence', null],
    ['an annotation given twice', `@id("a") @id("b") ${PERMIT}`, 'duplicate annotation', null],
    [
      'a template',
      '@id("a") permit (principal == ?principal, action, resource);',
      'template',
      'removing the template slot',
    ],
    ['a missing semicolon', '@id("a") permit (principal, action, resource)', 'unexpected end of input', null],
    [
      'an unknown action',
      '@id("a") permit (principal, action == Action::"orders/get_ordr", resource);',
      'unrecognized action',
      'orders/get_order',
    ],
    [
      'an unknown group',
      '@id("a") permit (principal, action in Action::"order-tool", resource);',
      'unrecognized action',
      'order-tools',
    ],
    ['an unknown type', '@id("a") permit (principal, action, resource is Odrer);', 'Odrer', 'Order'],
    [
      'an unknown argument',
      '@id("a") permit (principal, action == Action::"orders/refund_order", resource) when { context.arguments.ammount == decimal("1.0") };',
      'ammount',
      'amount',
    ],
    [
      'an effect that there is not',
      '@id("f") @hard forbid (principal, action, resource) when { ["egress", "writes"].contains(context.effect) };',
      'context.effect is never "writes"',
      'write',
    ],
    [
      'an unknown fact',
      '@id("a") permit (principal, action, resource) when { context.facts.bulks > 1 };',
      'bulks',
      'bulk',
    ],
    [
      'a number compared with a decimal',
      '@id("a") permit (principal, action == Action::"orders/refund_order", resource) when { context.arguments.amount > 5 };',
      'expected',
      null,
    ],
    [
      'an optional argument read unguarded',
      '@id("a") permit (principal, action == Action::"orders/refund_order", resource) when { context.arguments.reason == "x" };',
      'optional',
      'has',
    ],
    [
      'a forbid that never fires',
      '@id("f") @hard forbid (principal, action, resource) when { context.facts.bulk > 1 && false };',
      'impossible',
      null,
    ],
    [
      'a number that JSON rounds',
      '@id("f") @hard forbid (principal, action, resource) when { context.facts.bulk > 9007199254740993 };',
      'beyond 2^53',
      null,
    ],
    [
      'roles of somebody else',
      '@id("a") permit (principal, action, resource is Order) when { resource.owner in Role::"vip" };',
      '`in`',
      null,
    ],
  ])('%s', (_, policy, message, hint) => {
    const found = problems(policy);
    expect(found.map((each) => each.message).join('\n')).toContain(message);
    if (hint) expect(found.map((each) => each.hint ?? '').join('\n')).toContain(hint);
    expect(found.every(({ file, line }) => file === 'a.cedar' && line === 1)).toBe(true);
  });

  it('an @id used twice, also in another file', () => {
    const files = [
      { path: 'b.cedar', text: `// second\n\n  @id("same") ${PERMIT}` },
      { path: 'a.cedar', text: `@id("same") ${PERMIT}` },
    ];
    expect(problems('', { files })).toEqual([
      { file: 'b.cedar', line: 3, column: 3, message: '@id("same") is used twice', hint: 'first in a.cedar, line 1' },
    ]);
  });

  it('each fault at its own line and column, past comments, strings and wide characters', () => {
    const policy = `// a comment; with "quotes\n@id("ö;😀") ${PERMIT}\n\n@id("b")\npermit (principal, action, resource)\nwhen { "😀;" == context.agnt };`;
    expect(problems(policy)).toMatchObject([
      { line: 6, column: 17, hint: 'did you mean `agent`?', message: expect.stringContaining('agnt') },
    ]);
    const [syntax] = problems(
      `@id("ä") ${PERMIT} // ;\n@id("b") permit (principal, action, resource) when { "😀" === 1 };`,
    );
    expect(syntax).toMatchObject({ line: 2, column: 61 });
  });

  it('a resource type, and a group, that bears a name of ours', () => {
    const clash = tool('t', { resources: [{ argument: '/a', type: 'User' }], groups: ['orders/t'] });
    expect(problems(`@id("a") ${PERMIT}`, { tools: [clash] }).map(({ message }) => message)).toEqual([
      'the group orders/t bears the name of a tool',
      'the resource type User is one of ours',
    ]);
  });

  it.each([
    '\ud800',
    '"',
    '@',
    ';',
    '@id("a") permit (((',
    '\u0000',
    '@id("x\ud800") permit(principal,action,resource);',
  ])('and never throws at %j', (policy) => {
    expect(problems(policy)).toContainEqual(expect.objectContaining({ file: 'a.cedar', line: 1 }));
  });

  it('nothing in a file that holds a comment only', () => {
    expect(problems('//')).toEqual([]);
  });

  it('what is no input at all', () => {
    expect(compilePolicies({} as PolicySource)).toMatchObject({ ok: false, problems: [{ file: '(configuration)' }] });
  });
});

describe('compilePolicies', () => {
  it('accepts the shop', () => {
    expect(compile(SHOP_POLICIES)).toMatchObject({ ok: true, warnings: [] });
  });

  it('digests the texts, in whatever order the files come', () => {
    const files = [
      { path: 'b.cedar', text: '// b' },
      { path: 'a.cedar', text: SHOP_POLICIES },
    ];
    const one = compile('', { files });
    const other = compile('', { files: files.toReversed() });
    const digest = sha256(canonical(['// b', SHOP_POLICIES].sort()));
    expect(one).toMatchObject({ ok: true, policies: { digest } });
    expect(other).toMatchObject({ ok: true, policies: { digest } });
  });

  it('warns of a permit that can never match', () => {
    const result = compile('@id("a") permit (principal, action, resource) when { context.facts.bulk > 1 && false };');
    expect(result).toMatchObject({ ok: true, warnings: [{ message: expect.stringContaining('impossible') }] });
  });

  it('refuses a question that some tool under it can not fill', () => {
    const policy = (action: string): string =>
      `@id("f") @confirm("self") @ask("Cancel {oder_id} {Order.totl}?") forbid (principal, ${action}, resource);`;
    expect(problems(policy('action == Action::"orders/cancel_order"'))).toMatchObject([
      { message: '@ask: nothing fills {oder_id} in a call of orders/cancel_order', hint: 'did you mean {order_id}?' },
      { hint: 'did you mean {Order.total}?' },
    ]);
    // Another tool of the group fills it, this one does not.
    const group =
      '@id("g") @confirm("self") @ask("Refund {amount}?") forbid (principal, action in Action::"order-tools", resource);';
    expect(problems(group)).toMatchObject([{ message: expect.stringContaining('nothing fills {amount}') }]);
    const typed = group.replace('resource)', 'resource is Customer)');
    expect(compile(typed, { unknownTypes: ['Customer'] })).toMatchObject({ ok: true });
  });

  it('refuses a question that shows a version which no resolver reads', () => {
    const policy =
      '@id("f") @confirm("self") @ask("{Order.version}?") forbid (principal, action == Action::"orders/get_order", resource);';
    expect(problems(policy)).toEqual([]);
    const tools = [{ ...getOrder, resources: getOrder.resources.map(unversioned) }];
    expect(problems(policy, { tools })).toMatchObject([
      { message: expect.stringContaining('nothing fills {Order.version}') },
    ]);
  });

  it('finds a question about every tool that one of them can not fill, and refuses calls of that one', () => {
    const policy = `@id("p") permit (principal, action, resource);
      @id("f") @confirm("self") @ask("Refund {amount}?") forbid (principal, action, resource);`;
    const result = compile(policy);
    expect(result).toMatchObject({
      ok: true,
      findings: [{ about: 'question f', fires: false, detail: expect.stringContaining('nothing fills {amount}') }],
    });
    if (!result.ok) return;
    expect(result.policies.authorize(request(getOrder))).toMatchObject({ effect: 'deny', reason: 'policy_error' });
    const refund = request(refundOrder, { arguments: { order_id: '1001', amount: 5 } });
    expect(result.policies.authorize(refund)).toMatchObject({ effect: 'hold' });
  });

  it('warns of a comparison of a path that is not declared as one', () => {
    const read = {
      ...tool('read', { upstream: 'files', input: object({ path: text, at: object({ url: text }) }) }),
      undeclared: [
        { argument: '/path', kind: 'path' },
        { argument: '/at/url', kind: 'uri' },
      ] as const,
    };
    const warned = (condition: string, more: object = {}): readonly string[] =>
      compile(`@id("p") permit (principal, action == Action::"files/read", resource) when { ${condition} };`, {
        tools: [{ ...read, ...more }],
      }).warnings.map(({ message }) => message);
    expect(warned('context.arguments has path && context.arguments.path like "/srv/docs/*"')).toEqual([
      expect.stringContaining('compares /path of files/read, which looks like a path'),
    ]);
    expect(warned('context.arguments has path && !(context.arguments.path == "/srv/secret")')).toHaveLength(1);
    expect(
      warned('context.arguments has at && context.arguments.at has url && context.arguments.at.url like "https://a/*"'),
    ).toEqual([expect.stringContaining('looks like a uri')]);
    expect(
      warned('context.arguments has path && context.arguments.path like "/srv/docs/*"', { undeclared: [] }),
    ).toEqual([]);
    expect(warned('context.facts.bulk < 2')).toEqual([]);
  });

  it('does not check what is said of a type of object that no tool names yet', () => {
    const policy = '@id("p") permit (principal, action, resource is Doc) when { resource has owner };';
    expect(problems(policy)).not.toEqual([]);
    expect(compile(policy, { unknownTypes: ['Doc'] })).toMatchObject({ ok: true, warnings: [{ line: 1 }] });
    const doc = { ...tool('new', {}), resources: [{ argument: 'id', type: 'Doc' }], definition: null };
    expect(compile(policy, { tools: [...SHOP_TOOLS, doc] })).toMatchObject({ ok: true });
  });

  it('warns of arguments that it can’t type, and refuses policies that read them', () => {
    const odd = tool('odd', { input: object({ a: { anyOf: [text, number] }, b: true, c: { $ref: '#' } }) });
    const permit = (condition: string): string =>
      `@id("p") permit (principal, action, resource) when { ${condition} };`;
    const result = compile(permit('context.facts.bulk < 2'), { tools: [odd] });
    expect(result.warnings.map(({ message }) => message)).toEqual([
      expect.stringContaining('read a, argument of orders/odd: its schema is a union'),
      expect.stringContaining('read b, argument of orders/odd: it has no schema object'),
    ]);
    expect(problems(permit('context.arguments.a == "x"'), { tools: [odd] })).not.toEqual([]);
  });

  it('only warns of tools that are not there yet, and judges them when they come', () => {
    const policy = `@id("p") permit (principal, action == Action::"mail/send", resource is Tool) when { context.arguments.to == "a" };
      @id("f") @hard forbid (principal, action in [Action::"mail-tools", Action::"mail/send"], resource) when { context.facts.bytes > 9 };`;
    expect(problems(policy)).not.toEqual([]);
    const result = compile(policy, { unknownActions: ['mail/send'], unknownGroups: ['mail-tools'] });
    expect(result.warnings.map(({ line }) => line)).toEqual([1, 2]);
    const send = tool('send', { upstream: 'mail', input: object({ to: text }), groups: ['mail-tools'] });
    const judge = (bytes: number): object | false =>
      result.ok && result.policies.authorize(request(send, { arguments: { to: 'a' }, facts: factsOf([], { bytes }) }));
    expect(judge(10)).toMatchObject({ effect: 'deny', reason: 'forbidden' });
    expect(judge(9)).toMatchObject({ effect: 'allow' });
  });

  it('counts an unapproved tool as not there yet', () => {
    const unapproved = { ...tool('new', { groups: ['new-tools'] }), definition: null };
    const policy = '@id("p") permit (principal, action in Action::"new-tools", resource);';
    expect(compile(policy, { tools: [...SHOP_TOOLS, unapproved] })).toMatchObject({
      ok: true,
      warnings: [{ line: 1 }],
    });
  });

  it.each([
    ['self', 'action == Action::"orders/cancel_order", resource is Order', ['confirmation c (Order)']],
    ['other', 'action, resource', ['confirmation c (Order)']],
    ['2 of finance', 'action == Action::"orders/search_customers", resource', []],
  ])('finds a confirmation (%s) about objects without a version', (level, scope, about) => {
    const policy = `@id("c") @confirm("${level}") forbid (principal, ${scope}) when { context.facts.bulk > 0 };`;
    const tools = SHOP_TOOLS.map((each) => ({ ...each, resources: each.resources.map(unversioned) }));
    const found = compile(policy, { tools });
    expect(found.ok && found.findings.map((finding) => finding.about)).toEqual(about);
    expect(compile(policy)).toMatchObject({ ok: true, findings: [] });
    expect(compile(policy.replace(/@confirm\("[^"]*"\)/, '@hard'), { tools })).toMatchObject({ findings: [] });
  });

  it('keeps older sets usable beside newer ones', () => {
    const older = compile(SHOP_POLICIES);
    const newer = compile('');
    if (!older.ok || !newer.ok) throw new Error('both compile');
    expect(newer.policies.authorize(request(getOrder))).toMatchObject({ effect: 'deny' });
    expect(older.policies.authorize(request(getOrder))).toMatchObject({ effect: 'allow' });
    expect(older.policies.authorize(request(getOrder, { facts: factsOf([orderOf('bob')]) }))).toMatchObject({
      effect: 'deny',
    });
  });
});
