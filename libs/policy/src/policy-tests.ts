import {
  type AccessAnswer,
  actionsOfKind,
  type AskedOfClient,
  type AccessReason,
  type Call,
  type Catalog,
  type CatalogTool,
  type Facts,
  type JsonObject,
  type JsonValue,
  type Policies,
  type ResourceFact,
  type ServerRequestMethod,
  type Subject,
  type Target,
  targetFact,
} from '@sallyport/contracts';

/** One case of a policy test file, parsed. Facts that are not given are harmless: one object, no wildcard. */
export interface PolicyCase {
  readonly name: string;
  readonly subject: Pick<Subject, 'id' | 'roles' | 'scopes' | 'actors'>;
  /** `<upstream>/<tool>`; or in its place `prompt`, or `resource` with its upstream. */
  readonly tool?: string;
  /** `<upstream>/<name>` */
  readonly prompt?: string;
  /** A URI, as the upstream knows it. */
  readonly resource?: string;
  readonly upstream?: string;
  /** The URI template that the resource is of, and its MIME type. */
  readonly template?: string;
  readonly mime?: string;
  /** What the upstream asks of the client while it has the call, such as `elicitation/create`; of that the mode, and the host of a page. */
  readonly asks?: ServerRequestMethod;
  readonly mode?: 'form' | 'url';
  readonly host?: string;
  readonly arguments?: JsonObject;
  readonly agent?: string;
  readonly resources?: readonly {
    readonly type: string;
    readonly id: string;
    readonly owner?: string | null;
    /** `unresolved` unless given, where the type has a resolver and no owner is named. */
    readonly status?: 'resolved' | 'unresolved';
    readonly version?: string | null;
    readonly attributes?: Readonly<Record<string, JsonValue>>;
  }[];
  readonly facts?: Partial<Omit<Facts, 'resources'>>;
  readonly expect: AccessAnswer['effect'];
  readonly reason?: AccessReason;
  /** The policies that must be among those that decided. */
  readonly rules?: readonly string[];
}

/** What a call tells by itself; Sallyport's own finder fits. */
export type CaseFacts = (
  call: Pick<Call, 'action' | 'target' | 'arguments'>,
  tool: CatalogTool,
) => Omit<Facts, 'resources'> & {
  readonly objects: readonly { readonly type: string; readonly id: string; readonly pointer: string }[];
};

export interface PolicyTestOptions {
  readonly catalog: Pick<Catalog, 'find'>;
  /**
   * Finds the facts of a case in its arguments. With it, the objects are those that the arguments name, and `resources`
   * says what their resolver would find; without it, `resources` are the objects, and only `facts` can raise an alarm.
   */
  readonly callFacts?: CaseFacts;
}

export interface PolicyCaseResult {
  readonly name: string;
  readonly ok: boolean;
  /** One line for each member that differs, `expect: deny, got: allow`; empty where the case passes. */
  readonly diff: readonly string[];
}

/** Judges each case by the policies and compares. A case about something that is not in the catalogue fails and says so. */
export function runPolicyTests(
  policies: Policies,
  cases: readonly PolicyCase[],
  { catalog, callFacts }: PolicyTestOptions,
): PolicyCaseResult[] {
  return cases.map((each) => {
    const { upstream, target } = calledIn(each);
    const tool = catalog.find(upstream, target);
    if (!tool) return { name: each.name, ok: false, diff: [unknownText(`${upstream}/${target.name}`, target.kind)] };
    const [action] = actionsOfKind(tool.kind);
    const { subject, agent = 'test', arguments: args = {} } = each;
    const call = { action, target, arguments: args };
    const found = callFacts ? foundFacts(each, tool, callFacts(call, tool)) : statedFacts(each, tool);
    const own = targetFact(upstream, target, each);
    const facts = own ? { ...found, resources: [own, ...found.resources] } : found;
    const request = { subject: { issuer: 'test', ...subject }, agent, action, tool, arguments: args, facts };
    const { asks: method } = each;
    const answer =
      method === undefined ? policies.authorize(request) : asked(policies, { ...each, ...request, method });
    const diff = difference(each, answer);
    return { name: each.name, ok: diff.length === 0, diff };
  });
}

function unknownText(name: string, kind: string): string {
  return `${kind}: ${name} is unknown: look at its spelling and at offers; what is not approved yet is known with --online`;
}

function asked(policies: Policies, { subject, agent, tool, method, mode, host }: AskedOfClient): AccessAnswer {
  const about = { ...(mode && { mode }), ...(host !== undefined && { host }) };
  const answer = policies.mayAsk({ subject, agent, tool, method, ...about });
  return answer.effect === 'pass' ? { effect: 'allow', rules: [] } : answer;
}

function calledIn({ tool, prompt, resource, upstream = '' }: PolicyCase): { upstream: string; target: Target } {
  if (resource !== undefined) return { upstream, target: { kind: 'resource', name: resource } };
  const [id = '', ...name] = (prompt ?? tool ?? '').split('/');
  return { upstream: id, target: { kind: prompt === undefined ? 'tool' : 'prompt', name: name.join('/') } };
}

function foundFacts(each: PolicyCase, tool: CatalogTool, { objects, ...found }: ReturnType<CaseFacts>): Facts {
  const resources = objects.map(({ type, id, pointer }) => {
    const stated = each.resources?.find((object) => object.type === type && object.id === id);
    return { ...resourceOf(stated ?? { type, id }, tool), pointer };
  });
  return { ...found, ...each.facts, resources };
}

function statedFacts(each: PolicyCase, tool: CatalogTool): Facts {
  const resources = (each.resources ?? []).map((object) => resourceOf(object, tool));
  const harmless = { bulk: Math.min(resources.length, 1), wildcards: [], unbounded: [], bytes: 2, depth: 1 };
  return { ...harmless, ...each.facts, resources };
}

function resourceOf(stated: NonNullable<PolicyCase['resources']>[number], tool: CatalogTool): ResourceFact {
  const { type, id, owner = null, version = null, attributes = {} } = stated;
  const resolver = tool.resources.some((rule) => rule.type === type && rule.resolver);
  const byDefault = owner === null && resolver ? 'unresolved' : 'resolved';
  return { type, id, pointer: '', status: stated.status ?? byDefault, owner, version, attributes };
}

function difference({ expect, reason, rules }: PolicyCase, answer: AccessAnswer): string[] {
  const got = answer.effect === 'deny' ? answer.reason : undefined;
  const diff: string[] = [];
  if (answer.effect !== expect) diff.push(`expect: ${expect}, got: ${told(answer)}`);
  if (reason !== undefined && got !== reason) diff.push(`reason: ${reason}, got: ${got ?? 'none'}`);
  if (rules && !rules.every((rule) => answer.rules.includes(rule))) {
    diff.push(`rules: ${rules.join(', ')}, got: ${answer.rules.join(', ') || 'none'}`);
  }
  return diff;
}

/** A case may lack what a question shows: the advice says which attribute. */
function told(answer: AccessAnswer): string {
  if (answer.effect !== 'deny') return answer.effect;
  const { reason, advice } = answer;
  return `deny (${reason === 'policy_error' && advice !== null ? `${reason}: ${advice}` : reason})`;
}
