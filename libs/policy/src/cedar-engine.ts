import type { Context, EntityJson, StatefulAuthorizationCall } from '@cedar-policy/cedar-wasm/nodejs';

import { BoundedMap } from '@sallyport/base';
import { cedar } from './cedar.ts';
import type { EvaluationContext } from './closure/compile-expression.ts';
import { entityId, type Value } from './closure/value.ts';
import { UNKNOWN } from './closure/value.ts';
import type { Engine, Opinion } from './engine.ts';
import { UPSTREAM_TYPE } from './mcp-shape.ts';
import type { Needs, PolicySlice } from './slice.ts';

/**
 * Cedar keeps parsed sets by id for each thread and offers no way to drop one, so the least recently used are
 * overwritten by an empty set. 4,096 slices are some 40 MB.
 */
const KEPT = 4_096;
const EMPTY = { staticPolicies: {} };
const parsed = new BoundedMap<string, true>(KEPT, (_, oldest) => void cedar.preparsePolicySet(oldest, EMPTY));
const BROKEN: Opinion = { allow: false, rules: [], broken: true };

/** Cedar itself, compiled to WebAssembly. Any error, even of a single policy, makes the opinion `broken`. */
export const cedarEngine: Engine = function evaluateByCedar(slice, evaluation, needs) {
  try {
    prepare(slice);
    const answer = cedar.statefulIsAuthorized(callOf(slice, evaluation, needs));
    if (answer.type !== 'success') return BROKEN;
    const { decision, diagnostics } = answer.response;
    return { allow: decision === 'allow', rules: diagnostics.reason, broken: diagnostics.errors.length > 0 };
  } catch {
    return BROKEN;
  }
};

function prepare({ id, rules }: PolicySlice): void {
  if (parsed.has(id)) return void parsed.set(id, true);
  const staticPolicies = Object.fromEntries(rules.map(({ rule, json }) => [rule.id, json]));
  const answer = cedar.preparsePolicySet(id, { staticPolicies });
  if (answer.type !== 'success') throw new Error('Cedar refuses a slice that it parsed before.');
  parsed.set(id, true);
}

function callOf(slice: PolicySlice, evaluation: EvaluationContext, needs: Needs): StatefulAuthorizationCall {
  const [principal, action, resource] = [uid(evaluation.principal), uid(evaluation.action), uid(evaluation.resource)];
  const entities: EntityJson[] = [];
  if (needs.roles)
    entities.push({ uid: principal, attrs: {}, parents: evaluation.roles.map((id) => ({ type: 'Role', id })) });
  if (needs.action)
    entities.push({ uid: action, attrs: {}, parents: evaluation.groups.map((id) => ({ type: 'Action', id })) });
  const parents = needs.upstream ? upstreamOf(evaluation) : [];
  if (needs.resource === 'all' || needs.resource.size > 0 || parents.length > 0) {
    if (evaluation.attributes === UNKNOWN) throw new Error('Cedar is asked about real objects only.');
    entities.push({ uid: resource, attrs: evaluation.attributes as EntityJson['attrs'], parents });
  }
  const context = evaluation.context as Context;
  return { preparsedPolicySetId: slice.id, principal, action, resource, context, entities, validateRequest: false };
}

function upstreamOf({ upstream }: EvaluationContext): { type: string; id: string }[] {
  return upstream === null ? [] : [{ type: UPSTREAM_TYPE, id: upstream }];
}

function uid(value: Value): { type: string; id: string } {
  const id = entityId(value);
  if (!id) throw new Error('Cedar is asked about real objects only.');
  return id;
}
