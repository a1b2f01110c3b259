import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AjvJsonSchemaValidator } from '@modelcontextprotocol/client/validators/ajv';
import {
  isAuthorized,
  policySetTextToParts,
  policyToJson,
  type CedarValueJson,
  type EntityJson,
} from '@cedar-policy/cedar-wasm/nodejs';
import { parse } from 'yaml';

const shop = dirname(fileURLToPath(import.meta.url));
const text = (...path: string[]) => readFileSync(join(shop, ...path), 'utf8');

interface Case {
  readonly name: string;
  readonly subject: { readonly id: string; readonly roles: readonly string[] };
  readonly tool: string;
  readonly arguments: Readonly<Record<string, unknown>>;
  readonly resources?: readonly { readonly type: string; readonly id: string; readonly owner: string | null }[];
  readonly expect: 'allow' | 'deny' | 'hold';
  readonly rules?: readonly string[];
}

interface ToolConfig {
  readonly groups?: readonly string[];
}

interface Config {
  readonly upstreams: Readonly<Record<string, { readonly tools: Readonly<Record<string, ToolConfig>> }>>;
}

const { cases } = parse(text('policies', 'cases.yaml')) as { cases: Case[] };
const config = parse(text('sallyport.yaml')) as Config;

interface Policy {
  readonly cedar: string;
  readonly effect: string;
  readonly marks: Readonly<Record<string, string | null>>;
}

function policies(): Map<string, Policy> {
  const files = readdirSync(join(shop, 'policies')).filter((file) => file.endsWith('.cedar'));
  const parts = files.flatMap((file) => {
    const answer = policySetTextToParts(text('policies', file));
    if (answer.type === 'failure') throw new Error(`${file}: ${answer.errors.map((e) => e.message).join('; ')}`);
    return answer.policies;
  });
  return new Map(parts.map(named));
}

function named(cedar: string): [string, Policy] {
  const answer = policyToJson(cedar);
  if (answer.type === 'failure') throw new Error(cedar);
  const { annotations: marks = {}, effect } = answer.json;
  return [String(marks['id']), { cedar, effect, marks: marks as Policy['marks'] }];
}

const all = policies();
const withoutConfirm = new Map([...all].filter(([, { marks }]) => !('confirm' in marks)));

const uid = (type: string, id: string) => ({ type, id });
/** Stands in for the gateway's fact gatherer, and is as simple as these cases allow. */
const wild = (value: unknown): boolean =>
  Array.isArray(value) ? value.some(wild) : typeof value === 'string' && /[*%]/.test(value);
const number = (value: unknown) =>
  typeof value === 'number' ? { __extn: { fn: 'decimal', arg: value.toFixed(2) } } : value;

function facts(args: Case['arguments']) {
  const entries = Object.entries(args);
  const pointers = (test: (value: unknown) => boolean) =>
    entries.filter(([, v]) => test(v)).map(([name]) => `/${name}`);
  const bulk = Math.max(0, ...entries.map(([, value]) => (Array.isArray(value) ? value.length : 1)));
  const unbounded = pointers((value) => Array.isArray(value) && value.length === 0);
  return { bulk, wildcards: pointers(wild), unbounded, bytes: JSON.stringify(args).length, depth: 1 };
}

function entities({ subject, tool, resources = [] }: Case): EntityJson[] {
  const [upstream = '', name = ''] = tool.split('/');
  const groups = config.upstreams[upstream]?.tools[name]?.groups ?? [];
  const action = { uid: uid('Action', tool), attrs: {}, parents: groups.map((group) => uid('Action', group)) };
  const person = { uid: uid('User', subject.id), attrs: {}, parents: subject.roles.map((role) => uid('Role', role)) };
  const objects = resources.map(({ type, id, owner }) => ({
    uid: uid(type, id),
    attrs: owner === null ? {} : { owner: { __entity: uid('User', owner) } },
    parents: [],
  }));
  return [action, person, ...objects];
}

function ask(set: Map<string, Policy>, one: Case, resource: { type: string; id: string }) {
  const args = Object.fromEntries(Object.entries(one.arguments).map(([name, value]) => [name, number(value)]));
  const [upstream = '', tool = ''] = one.tool.split('/');
  const context = { arguments: args, facts: facts(one.arguments), agent: 'spec', upstream, tool };
  const answer = isAuthorized({
    principal: uid('User', one.subject.id),
    action: uid('Action', one.tool),
    resource,
    context: context as Record<string, CedarValueJson>,
    policies: { staticPolicies: Object.fromEntries([...set].map(([id, { cedar }]) => [id, cedar])) },
    entities: entities(one),
  });
  if (answer.type === 'failure') throw new Error(answer.errors.map((e) => e.message).join('; '));
  expect(answer.response.diagnostics.errors).toEqual([]);
  return { allowed: answer.response.decision === 'allow', rules: answer.response.diagnostics.reason };
}

/** One decision over all objects: a deny of one is a deny of all, and so is a hold. */
function judge(one: Case): { effect: Case['expect']; rules: string[] } {
  const objects = (one.resources ?? []).map(({ type, id }) => uid(type, id));
  const answers = (objects.length > 0 ? objects : [uid('Tool', one.tool)]).map((resource) => {
    const { allowed, rules } = ask(all, one, resource);
    if (allowed) return { effect: 'allow' as const, rules };
    const confirmed = ask(withoutConfirm, one, resource);
    return confirmed.allowed
      ? { effect: 'hold' as const, rules: [...rules, ...confirmed.rules] }
      : { effect: 'deny' as const, rules };
  });
  const effect = (['deny', 'hold', 'allow'] as const).find((effect) => answers.some((a) => a.effect === effect));
  return { effect: effect ?? 'deny', rules: answers.flatMap(({ rules }) => rules) };
}

describe('the shop’s policies', () => {
  test.each(cases.map((one) => [one.expect, one.name, one] as const))('%s: %s', (_effect, _name, one) => {
    const { effect, rules } = judge(one);
    expect(effect).toBe(one.expect);
    expect(rules).toEqual(expect.arrayContaining([...(one.rules ?? [])]));
  });

  test('every policy decides in at least one case', () => {
    const fired = new Set(cases.flatMap((one) => judge(one).rules));
    expect([...all.keys()].filter((id) => !fired.has(id))).toEqual([]);
  });

  test('every forbid is marked hard or says who can confirm', () => {
    const forbids = [...all.values()].filter(({ effect }) => effect === 'forbid');
    const unmarked = forbids.filter(({ marks }) => 'hard' in marks === 'confirm' in marks);
    const silent = forbids.filter(({ marks }) => !('advice' in marks) && !('ask' in marks));
    expect(forbids.length).toBeGreaterThan(0);
    expect([...unmarked, ...silent]).toEqual([]);
  });

  test('cases fit their schema, name tools that are configured, and have the refusals first', () => {
    const schema = JSON.parse(text('policies', 'cases.schema.json')) as object;
    expect(new AjvJsonSchemaValidator().getValidator(schema)({ cases })).toMatchObject({ valid: true });
    const tools = Object.entries(config.upstreams).flatMap(([id, { tools }]) =>
      Object.keys(tools).map((t) => `${id}/${t}`),
    );
    expect(cases.filter(({ tool }) => !tools.includes(tool))).toEqual([]);
    expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length);
    const order = cases.map(({ expect }) => ['deny', 'hold', 'allow'].indexOf(expect));
    expect(order).toEqual(order.toSorted());
  });
});
