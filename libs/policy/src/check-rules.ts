import type { DetailedError, ValidationAnswer, ValidationError } from '@cedar-policy/cedar-wasm/nodejs';
import { actionsOfKind, type CallAction, type CatalogTool } from '@sallyport/contracts';
import { nearestName, thrownText } from '@sallyport/base';

import { cedar } from './cedar.ts';
import { namedActions } from './action-scope.ts';
import { namesRequests, requestRules } from './client-requests.ts';
import { cedarSchema } from './cedar-schema.ts';
import { isClientRequestAction, isMcpAction, isMcpType, mcpAction, mcpCalls, requestActions } from './mcp-shape.ts';
import { actionsIn, typesIn } from './names-in.ts';
import { configurationProblem, problemAt } from './policy-text.ts';
import type { PolicyProblem } from './problem.ts';
import { cedarProblem, type Rule } from './rule.ts';
import { actionOf, OWN_TYPES, resourceFields, shapeOf } from './tool-shape.ts';
import type { Field } from './value-type.ts';

/** What the checks need to know of Sallyport. */
export interface ClientContext {
  readonly tools: readonly CatalogTool[];
  /** `<upstream>/<tool>` of tools that the configuration names and whose definition is not there yet. */
  readonly unknownActions: readonly string[];
  /** Groups that only such tools are in. */
  readonly unknownGroups: readonly string[];
  /** Types of objects that only such tools name. */
  readonly unknownTypes: readonly string[];
  /** Upstreams that have not said what they offer: they may have every tool that a policy names. */
  readonly silentUpstreams: readonly string[];
}

export interface Findings {
  readonly problems: PolicyProblem[];
  readonly warnings: PolicyProblem[];
}

/**
 * Checks rules against the schema made from the tools, by Cedar's strict validator. A forbid that can never fire is a
 * problem, since it is a hole where its author believes a wall; a permit that can't is a warning.
 */
export function checkRules(rules: readonly Rule[], client: ClientContext): Findings {
  const tools = client.tools.filter(({ kind }) => kind === 'tool');
  const others = client.tools.filter(({ kind }) => kind !== 'tool');
  const known = tools.filter((tool) => tool.definition !== null);
  const unheard = rules.flatMap(({ json }) => actionsIn(json)).filter(isOfAny(client.silentUpstreams));
  const names = nameSpaceOf(
    { known, others },
    { ...client, tools, unknownActions: [...client.unknownActions, ...unheard] },
  );
  const findings: Findings = { problems: nameClashes(known, others), warnings: untypedWarnings(known, others) };
  if (findings.problems.length > 0) return findings;

  const checked = rules.filter((rule) => names.canCheck(rule));
  for (const rule of rules.filter((each) => !checked.includes(each))) {
    const message = 'not checked: none of the tools that it names is in the catalogue yet';
    findings.warnings.push(problemAt(rule.source, 0, message, 'check again when their upstream is up and approved'));
  }
  const parts = { tools: known, others, extra: names.pending };
  const isOurs = (rule: Rule): boolean => namesOurs(rule, others);
  const asks = checked.filter(namesRequests);
  const calls = checked.filter((rule) => !asks.includes(rule));
  const [ours, rest] = [calls.filter(isOurs), calls.filter((rule) => !isOurs(rule))];
  validate(rest, cedarSchema({ ...parts, calls: [] }), findings, names);
  validate(ours, cedarSchema({ ...parts, calls: mcpCalls }), findings, names);
  validate(asks, cedarSchema({ ...parts, calls: mcpCalls, requests: true }), findings, names);
  checkRequests(asks, findings);
  findings.warnings.push(...unfitFor(rest, others), ...unfitForRequests(ours));
  return findings;
}

/**
 * Whether a rule speaks of what is no tool, by an action or type: it is checked for that, whether or not an upstream offers any.
 *
 * @param others what is no tool, and may name objects of declared types
 */
export function namesOurs({ json }: Rule, others: readonly CatalogTool[]): boolean {
  const declared = others.flatMap(typesOf);
  return actionsIn(json).some(isMcpAction) || typesIn(json).some((type) => isMcpType(type) || declared.includes(type));
}

/** What upstreams ask of clients is granted by the configuration, at once: no policy permits it, and nobody is asked first. */
function checkRequests(rules: readonly Rule[], { problems, warnings }: Findings): void {
  for (const { source, effect, confirm, json } of rules) {
    if (confirm !== null)
      problems.push(problemAt(source, 0, 'nobody can be asked before a client is', 'write @hard in place of @confirm'));
    if (effect === 'permit' && (namedActions(json) ?? []).every(isClientRequestAction))
      warnings.push(
        problemAt(source, 0, 'permits nothing: policies only forbid what is granted', 'grant it in `client_requests`'),
      );
  }
}

/** The methods beside `tools/call` that entries of the catalogue are called by. */
export function callsOf(tools: readonly CatalogTool[]): readonly CallAction[] {
  return mcpCalls.filter((call) => tools.some(({ kind }) => actionsOfKind(kind).includes(call)));
}

/** Rules about everything that were written with tools in mind, and err over prompts or resources: their calls are denied. */
function unfitFor(rules: readonly Rule[], tools: readonly CatalogTool[]): PolicyProblem[] {
  const calls = callsOf(tools);
  const wide = calls.length === 0 ? [] : rules.filter(({ json }) => namedActions(json) === null);
  const what = 'applies to prompts and resources, too, and reads what they don’t have: their calls are refused';
  const hint = 'name actions or a type in its scope (`resource is Tool`), or ask by `has` first';
  return unfit(wide, cedarSchema({ tools: [], others: tools, calls, extra: [] }), [what, hint]);
}

/** Rules about an upstream that err over what it asks of clients: it is refused. */
function unfitForRequests(rules: readonly Rule[]): PolicyProblem[] {
  const what = 'applies to what the upstream asks of clients, too, and reads what that does not have: it is refused';
  const schema = cedarSchema({ tools: [], others: [], calls: [], requests: true, extra: [] });
  return unfit(requestRules(rules), schema, [what, 'name actions in its scope, or ask by `has` first']);
}

function unfit(
  rules: readonly Rule[],
  schema: cedar.Schema,
  [message, hint]: readonly [string, string],
): PolicyProblem[] {
  const answer = validated(rules, schema);
  if (answer.type === 'failure') return [];
  const faulty = new Set(answer.validationErrors.map(({ policyId }) => policyId));
  return rules.filter(({ id }) => faulty.has(id)).map(({ source }) => problemAt(source, 0, message, hint));
}

interface NameSpace {
  readonly pending: ReadonlySet<string>;
  readonly actions: readonly string[];
  canCheck(rule: Rule): boolean;
  mayGrow(rule: Rule): boolean;
}

interface Offered {
  /** Tools with a definition. */
  readonly known: readonly CatalogTool[];
  /** What is no tool. */
  readonly others: readonly CatalogTool[];
}

function nameSpaceOf({ known, others }: Offered, client: ClientContext): NameSpace {
  const { tools, unknownActions, unknownGroups, unknownTypes } = client;
  const actions = [
    ...new Set([
      ...known.flatMap((tool) => [actionOf(tool), ...tool.groups]),
      ...mcpCalls.map(mcpAction),
      ...requestActions,
    ]),
  ];
  const unapproved = tools.filter((tool) => tool.definition === null);
  const waiting = unapproved.flatMap((tool) => [actionOf(tool), ...tool.groups]);
  const pending = new Set([...unknownActions, ...unknownGroups, ...waiting].filter((name) => !actions.includes(name)));
  const types = new Set([...unknownTypes, ...unapproved.flatMap(typesOf)]);
  for (const type of [...known, ...others].flatMap(typesOf)) types.delete(type);
  return {
    pending,
    actions: [...actions, ...pending],
    canCheck: (rule) => {
      const { json } = rule;
      if (typesIn(json).some((type) => types.has(type))) return false;
      const named = namedActions(json);
      return named === null ? known.length > 0 || namesOurs(rule, others) : named.some((name) => !pending.has(name));
    },
    mayGrow: ({ json }) => namedActions(json)?.some((name) => pending.has(name)) ?? pending.size > 0,
  };
}

function typesOf({ resources }: CatalogTool): readonly string[] {
  return resources.map(({ type }) => type);
}

function isOfAny(upstreams: readonly string[]): (action: string) => boolean {
  return (action) => upstreams.some((id) => action.startsWith(`${id}/`));
}

function validate(rules: readonly Rule[], schema: cedar.Schema, findings: Findings, names: NameSpace): void {
  const byId = new Map(rules.map((rule) => [rule.id, rule]));
  const answer = validated(rules, schema);
  if (answer.type === 'failure') {
    findings.problems.push(...answer.errors.map(({ message, help }) => configurationProblem(message, help)));
    return;
  }
  const place = ({ policyId, error }: ValidationError): PolicyProblem => {
    const rule = byId.get(policyId);
    return rule ? withHint(cedarProblem(rule.source, error), names.actions) : configurationProblem(error.message);
  };
  findings.problems.push(...merged(answer.validationErrors.map(place)));
  for (const warning of answer.validationWarnings) {
    const rule = byId.get(warning.policyId);
    const hole = rule?.effect === 'forbid' && isImpossible(warning.error) && !names.mayGrow(rule);
    (hole ? findings.problems : findings.warnings).push(place(warning));
  }
}

/** Cedar reports a fault once for every action that the policy applies to; one of them is enough to mend it. */
function merged(problems: readonly PolicyProblem[]): PolicyProblem[] {
  const sorted = problems.toSorted((a, b) => (a.message < b.message ? -1 : Number(a.message > b.message)));
  const distinct = new Map<string, PolicyProblem>();
  for (const problem of sorted) {
    const { file, line, column, message } = problem;
    const key = JSON.stringify([file, line, column, message.replaceAll(/ for Action::"[^"]*"/g, '')]);
    if (!distinct.has(key)) distinct.set(key, problem);
  }
  return [...distinct.values()].sort((a, b) => a.line - b.line || a.column - b.column);
}

function validated(rules: readonly Rule[], schema: cedar.Schema): ValidationAnswer {
  if (rules.length === 0) return { type: 'success', validationErrors: [], validationWarnings: [], otherWarnings: [] };
  const staticPolicies = Object.fromEntries(rules.map((rule) => [rule.id, rule.source.text]));
  try {
    return cedar.validate({ schema, policies: { staticPolicies }, validationSettings: { mode: 'strict' } });
  } catch (cause) {
    const message = thrownText(cause);
    const error: DetailedError = { message, help: null, code: null, url: null, severity: null };
    return { type: 'failure', errors: [error], warnings: [] };
  }
}

function isImpossible(error: DetailedError): boolean {
  return error.message.includes('policy is impossible');
}

/** Cedar suggests the nearest action of any kind; ours knows the shape of our names. */
function withHint(problem: PolicyProblem, actions: readonly string[]): PolicyProblem {
  const [, wrong] = /unrecognized action `Action::"(.*)"`/.exec(problem.message) ?? [];
  if (wrong === undefined) return problem;
  const meant = nearestName(wrong, actions);
  if (meant) return { ...problem, hint: `did you mean \`Action::"${meant}"\`?` };
  return isMcpAction(wrong)
    ? { ...problem, hint: `there are ${[...mcpCalls.map(mcpAction), ...requestActions].join(', ')}` }
    : problem;
}

function nameClashes(tools: readonly CatalogTool[], others: readonly CatalogTool[]): PolicyProblem[] {
  const actions = new Set(tools.map(actionOf));
  const all = [...new Set(tools.flatMap((tool) => tool.groups))];
  const groups = all.filter((group) => actions.has(group));
  const types = [...resourceFields([...tools, ...others]).keys()].filter((type) => OWN_TYPES.includes(type));
  return [
    ...groups.map((name) => configurationProblem(`the group ${name} bears the name of a tool`, 'rename the group')),
    ...all
      .filter(isMcpAction)
      .map((name) => configurationProblem(`the group ${name} begins like an action of ours`, 'rename the group')),
    ...types.map((name) => configurationProblem(`the resource type ${name} is one of ours`, 'rename the type')),
  ];
}

function untypedWarnings(tools: readonly CatalogTool[], others: readonly CatalogTool[]): PolicyProblem[] {
  const shapes = tools.map((tool) => shapeOf(tool));
  const warnings = shapes.flatMap((shape) => untyped(`argument of ${shape.action}`, shape.arguments));
  return [
    ...warnings,
    ...[...resourceFields([...tools, ...others])].flatMap(([type, fields]) => untyped(`attribute of ${type}`, fields)),
  ];
}

function untyped(what: string, fields: ReadonlyMap<string, Field>): PolicyProblem[] {
  return [...fields].flatMap(([name, { type }]) =>
    type.kind === 'untyped' ? [configurationProblem(`policies can't read ${name}, ${what}: ${type.why}`)] : [],
  );
}
