import type {
  AccessAnswer,
  AccessReason,
  CatalogTool,
  Facts,
  JsonObject,
  JsonValue,
  Policies,
} from '@sallyport/contracts';

import { actionOf } from './tool-shape.ts';

/** One case of a policy test file, parsed. Facts that are not given are harmless: one object, no wildcard. */
export interface PolicyCase {
  readonly name: string;
  readonly subject: { readonly id: string; readonly roles: readonly string[] };
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
  readonly rules?: readonly string[];
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
  tools: readonly CatalogTool[],
): PolicyCaseResult[] {
  const byAction = new Map(tools.map((tool) => [actionOf(tool), tool]));
  return cases.map((each) => {
    const tool = byAction.get(each.tool);
    const diff = tool ? difference(each, policies.authorize(requestOf(each, tool))) : [`tool: ${each.tool} is unknown`];
    return { name: each.name, ok: diff.length === 0, diff };
  });
}

function requestOf(each: PolicyCase, tool: CatalogTool): Parameters<Policies['authorize']>[0] {
  const resources = (each.resources ?? []).map(
    ({ type, id, owner = null, version = null, attributes = {}, status }) => {
      const resolver = tool.resources.some((rule) => rule.type === type && rule.resolver);
      const byDefault = owner === null && resolver ? ('unresolved' as const) : ('resolved' as const);
      return { type, id, pointer: '', status: status ?? byDefault, owner, version, attributes };
    },
  );
  const harmless = { bulk: Math.min(resources.length, 1), wildcards: [], unbounded: [], bytes: 2, depth: 1 };
  return {
    subject: { issuer: 'test', ...each.subject },
    agent: each.agent ?? 'test',
    tool,
    arguments: each.arguments ?? {},
    facts: { ...harmless, ...each.facts, resources },
  };
}

function difference({ expect, reason, rules }: PolicyCase, answer: AccessAnswer): string[] {
  const got = answer.effect === 'deny' ? answer.reason : undefined;
  const diff: string[] = [];
  if (answer.effect !== expect) diff.push(`expect: ${expect}, got: ${answer.effect}${got ? ` (${got})` : ''}`);
  if (reason !== undefined && got !== reason) diff.push(`reason: ${reason}, got: ${got ?? 'none'}`);
  if (rules && [...rules].sort().join() !== [...answer.rules].sort().join()) {
    diff.push(`rules: ${rules.join(', ') || 'none'}, got: ${answer.rules.join(', ') || 'none'}`);
  }
  return diff;
}
