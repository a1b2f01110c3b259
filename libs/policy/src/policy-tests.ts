import type {
  AccessAnswer,
  AccessReason,
  CatalogTool,
  Facts,
  JsonObject,
  JsonValue,
  Policies,
  ResourceFact,
  Subject,
} from '@sallyport/contracts';

import { actionOf } from './tool-shape.ts';

/** One case of a policy test file, parsed. Facts that are not given are harmless: one object, no wildcard. */
export interface PolicyCase {
  readonly name: string;
  readonly subject: Pick<Subject, 'id' | 'roles' | 'scopes'>;
  /** `<upstream>/<tool>` */
  readonly tool: string;
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

/** What the arguments of a call tell by themselves; Sallyport's own finder fits. */
export type CaseFacts = (
  args: JsonObject,
  tool: CatalogTool,
) => Omit<Facts, 'resources'> & {
  readonly objects: readonly { readonly type: string; readonly id: string; readonly pointer: string }[];
};

export interface PolicyTestOptions {
  /** The whole catalogue. */
  readonly tools: readonly CatalogTool[];
  /**
   * Finds the facts of a case in its arguments. With it, the objects are those that the arguments name, and `resources`
   * says what their resolver would find; without it, `resources` are the objects, and only `facts` can raise an alarm.
   */
  readonly argumentFacts?: CaseFacts;
}

export interface PolicyCaseResult {
  readonly name: string;
  readonly ok: boolean;
  /** One line for each member that differs, `expect: deny, got: allow`; empty where the case passes. */
  readonly diff: readonly string[];
}

/** Judges each case by the policies and compares. A case about a tool that is not in `tools` fails and says so. */
export function runPolicyTests(
  policies: Policies,
  cases: readonly PolicyCase[],
  { tools, argumentFacts }: PolicyTestOptions,
): PolicyCaseResult[] {
  const byAction = new Map(tools.map((tool) => [actionOf(tool), tool]));
  return cases.map((each) => {
    const tool = byAction.get(each.tool);
    if (!tool) return { name: each.name, ok: false, diff: [`tool: ${each.tool} is unknown`] };
    const facts = argumentFacts ? foundFacts(each, tool, argumentFacts) : statedFacts(each, tool);
    const { subject, agent = 'test', arguments: args = {} } = each;
    const request = {
      subject: { issuer: 'test', ...subject },
      agent,
      action: 'tools/call' as const,
      tool,
      arguments: args,
      facts,
    };
    const diff = difference(each, policies.authorize(request));
    return { name: each.name, ok: diff.length === 0, diff };
  });
}

function foundFacts(each: PolicyCase, tool: CatalogTool, argumentFacts: CaseFacts): Facts {
  const { objects, ...found } = argumentFacts(each.arguments ?? {}, tool);
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
