import type { AccessAnswer, AccessRequest, ResourceFact } from '@sallyport/contracts';

import { missingAttributes, requirementOf } from './ask.ts';
import { screen, UNMAPPABLE } from './cedar-value.ts';
import { fillableBy, questionProblems } from './check-questions.ts';
import type { EvaluationContext } from './closure/compile-expression.ts';
import type { Engine } from './engine.ts';
import {
  forbiddenBy,
  lacksScopes,
  sameIdOtherIssuer,
  notOwner,
  refuse,
  unnamedFact,
  unresolved,
  unshown,
  type Refusal,
} from './refusal.ts';
import type { Rule } from './rule.ts';
import { asOwner, evaluationContextOf, toolObject, unshownArgument } from './evaluation-context.ts';
import { isWhole } from './mcp-shape.ts';
import type { PolicySlice, Slice } from './slice.ts';
import { steppedUp } from './token-scopes.ts';
import { actionOf, TOOL_TYPE } from './tool-shape.ts';

/** What one object's judgement comes to: a refusal, or the permits it rests on and the forbids that people must lift. */
type Judgement =
  Refusal | { readonly effect: 'pass'; readonly permits: readonly Rule[]; readonly holds: readonly Rule[] };

export interface Authorizer {
  readonly engine: Engine;
  sliceOf(called: Pick<AccessRequest, 'tool' | 'action'>, resourceType: string): Slice;
}

/** More objects than this are not judged one by one in a call that others wait behind. */
const MAX_OBJECTS = 1_000;

/** Judges a call, once for every object that it names; the strictest answer wins. Never throws. */
export function authorize(authorizer: Authorizer, request: AccessRequest): AccessAnswer {
  try {
    const answer = judge(authorizer, request);
    return answer.effect === 'deny' ? (wantOfScopes(authorizer, request) ?? answer) : answer;
  } catch {
    return refuse('policy_error');
  }
}

/** The refusal for want of scopes, where nothing else stands against a refused call. */
function wantOfScopes(authorizer: Authorizer, request: AccessRequest): Refusal | null {
  const { resources } = request.facts;
  const types = new Set(resources.length === 0 ? [TOOL_TYPE] : resources.map(({ type }) => type));
  const slices = [...types].map((type) => authorizer.sliceOf(request, type));
  const rules = inOrder(new Set(slices.flatMap((slice) => slice.rules.map(({ rule }) => rule))));
  const named = new Set(rules.flatMap(({ scopes }) => scopes));
  const tries = MAX_OBJECTS / Math.max(1, resources.length);
  const better = steppedUp({ request, named, judge: (another) => judge(authorizer, another), tries });
  return better && lacksScopes(better.scopes, better.rules);
}

function judge(authorizer: Authorizer, request: AccessRequest): AccessAnswer {
  const unfit = screen(request.arguments);
  if (unfit) return refuse(unfit);
  if (!isWhole(request)) return refuse('policy_error');
  const objects = objectsOf(request);
  if (objects.length > MAX_OBJECTS) return refuse('bulk_argument', `At most ${MAX_OBJECTS} objects at a time.`);
  const permits = new Set<Rule>();
  const holds = new Set<Rule>();
  for (const object of objects) {
    const judgement = judgeObject(authorizer, request, object);
    if (judgement.effect === 'deny') return judgement;
    judgement.permits.forEach((rule) => permits.add(rule));
    judgement.holds.forEach((rule) => holds.add(rule));
  }
  if (holds.size === 0) return { effect: 'allow', rules: idsOf(permits) };
  // A tool may have lost an argument since the policies were checked: nobody is asked a question with a hole in it.
  if (inOrder(holds).some((rule) => questionProblems(rule, fillableBy(request.tool)).length > 0))
    return refuse('policy_error', 'The question of this call can’t be asked. Tell the operator.');
  const missing = inOrder(holds).flatMap((rule) => missingAttributes(rule, request));
  if (missing.length > 0)
    return refuse(
      'policy_error',
      `Nobody can be asked: ${[...new Set(missing)].join(', ')} is not known of every object of this call. Tell the operator, who sets it in \`attributes\` of the resolver or leaves it out of \`@ask\`.`,
    );
  const requirements = inOrder(holds).map((rule) => requirementOf(rule, request));
  return { effect: 'hold', rules: idsOf(holds), requirements };
}

/** Each object once, as each of its resolvers describes it; an unresolved mention of it makes it unresolved. */
function objectsOf({ tool, facts: { resources } }: AccessRequest): readonly ResourceFact[] {
  if (resources.length === 0) return [toolObject(actionOf(tool))];
  if (resources.length === 1) return resources;
  const distinct = new Map<string, ResourceFact>();
  for (const object of resources) {
    const { type, id, status, owner, version, attributes } = object;
    distinct.set(JSON.stringify([type, id, status, owner, version, attributes]), object);
  }
  return [...distinct.values()];
}

function judgeObject(authorizer: Authorizer, request: AccessRequest, object: ResourceFact): Judgement {
  const slice = authorizer.sliceOf(request, object.type);
  const evaluation = evaluationContextOf(slice, request, object);
  if (evaluation === UNMAPPABLE)
    return object.status === 'resolved' ? unshown(unshownArgument(slice, request)) : unresolved(object);
  const ask = (part: PolicySlice, of: EvaluationContext = evaluation): Said =>
    said(part, authorizer.engine(part, of, slice.needs));
  const full = ask(slice.full);
  const found: Case = { request, object, slice, evaluation, full, ask };
  if (object.status !== 'resolved') return refuseUnresolved(found);
  return full.broken ? refuse('policy_error') : judgeResolved(found);
}

interface Case {
  readonly request: AccessRequest;
  readonly object: ResourceFact;
  readonly slice: Slice;
  readonly evaluation: EvaluationContext;
  readonly full: Said;
  readonly ask: (part: PolicySlice, of?: EvaluationContext) => Said;
}

function judgeResolved({ request, object, slice, evaluation, full, ask }: Case): Judgement {
  const forbids = full.allow ? [] : full.rules;
  const hard = unliftable(forbids);
  if (hard.length > 0) return forbiddenBy(hard, request.facts, object.type);
  const base = forbids.length > 0 ? ask(slice.base) : full;
  if (base.broken) return refuse('policy_error');
  if (!base.allow) return refuseByDefault(() => ask(slice.base, asOwner(evaluation)), request, object);
  const alarm = unnamedFact(base.rules, request.facts, object.type);
  return alarm ?? { effect: 'pass', permits: base.rules, holds: forbids };
}

function unliftable(forbids: readonly Rule[]): readonly Rule[] {
  return forbids.filter(({ confirm }) => confirm === null);
}

/** Owner rules can't be judged, so it is refused; a forbid, or a raised fact that no permit names, says more about why. */
function refuseUnresolved({ request: { facts }, object, slice, evaluation, full, ask }: Case): Refusal {
  const hard = full.allow ? [] : unliftable(full.rules);
  if (hard.length > 0) return forbiddenBy(hard, facts, object.type);
  const owned = ask(slice.base, asOwner(evaluation));
  return unnamedFact(owned.allow ? owned.rules : [], facts, object.type) ?? unresolved(object);
}

/** No permit matched. If one would, were the object the caller's own, that is the reason. */
function refuseByDefault(asOwned: () => Said, { subject }: AccessRequest, object: ResourceFact): Refusal {
  if (object.owner === null) return refuse('not_permitted');
  const { allow, broken, rules } = asOwned();
  if (!allow || broken) return refuse('not_permitted');
  const isNamesake = subject.qualified === true && subject.id === object.owner;
  return isNamesake ? sameIdOtherIssuer(rules, object.type, subject) : notOwner(rules, object.type);
}

interface Said {
  readonly allow: boolean;
  readonly rules: readonly Rule[];
  readonly broken: boolean;
}

function said({ rules }: PolicySlice, opinion: ReturnType<Engine>): Said {
  const named = new Set(opinion.rules);
  return { ...opinion, rules: rules.filter(({ rule }) => named.has(rule.id)).map(({ rule }) => rule) };
}

function inOrder(rules: Iterable<Rule>): Rule[] {
  return [...rules].sort((a, b) => a.index - b.index);
}

function idsOf(rules: Iterable<Rule>): string[] {
  return inOrder(rules).map(({ id }) => id);
}
