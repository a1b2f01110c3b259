import { type ExplainedVisibility, principalId, type Subject, type Visibility } from '@sallyport/contracts';

import type { EvaluationContext } from './closure/compile-expression.ts';
import { FAULT, someEntity, UNKNOWN, type Known } from './closure/value.ts';
import type { Rule } from './rule.ts';
import type { Slice } from './slice.ts';
import { TOOL_TYPE } from './tool-shape.ts';

/**
 * What a tool may be for a subject, whatever they call it with. Arguments, facts and objects are unknown here, and so are the
 * scopes of their token: they can get another. Sound in
 * one direction: `never` is said only if no call could pass, since an error of a policy denies a call as well.
 *
 * @param slices one for each type of object that the tool's arguments may name
 */
export function visible(slices: readonly Slice[], subject: Subject): ExplainedVisibility {
  let best: ExplainedVisibility = { visibility: 'never', rules: [] };
  for (const slice of slices) {
    const one = visibleBy(slice, contextBefore(slice, subject));
    if (one.visibility === 'maybe') return one;
    const isBetter = one.visibility === 'confirm' && best.visibility === 'never';
    if (isBetter || (best.visibility === 'never' && best.rules.length === 0)) best = one;
  }
  return best;
}

function visibleBy(slice: Slice, evaluation: EvaluationContext): ExplainedVisibility {
  const said = slice.rules.map(({ rule, test }) => ({ rule, result: test(evaluation) }));
  const faults = said.filter(({ result }) => result === FAULT);
  if (faults.length > 0) return by('never', faults);
  const forbids = said.filter(({ rule, result }) => rule.effect === 'forbid' && result === true);
  const hard = forbids.filter(({ rule }) => rule.confirm === null);
  if (hard.length > 0) return by('never', hard);
  const permits = said.filter(({ rule, result }) => rule.effect === 'permit' && result !== false);
  if (permits.length === 0) return by('never', []);
  return forbids.length > 0 ? by('confirm', forbids) : by('maybe', permits);
}

function by(visibility: Visibility, from: readonly { readonly rule: Rule }[]): ExplainedVisibility {
  return { visibility, rules: from.map(({ rule }) => rule.id) };
}

function contextBefore({ shape, resourceType }: Slice, subject: Subject): EvaluationContext {
  const isTool = resourceType === TOOL_TYPE;
  const resource: Known = isTool ? { __entity: { type: TOOL_TYPE, id: shape.action } } : someEntity(resourceType);
  return {
    principal: { __entity: { type: 'User', id: principalId(subject) } },
    roles: subject.roles,
    action: { __entity: { type: 'Action', id: shape.action } },
    groups: shape.groups,
    resource,
    attributes: isTool ? {} : UNKNOWN,
    context: { arguments: UNKNOWN, facts: UNKNOWN, agent: UNKNOWN, scopes: UNKNOWN, ...shape.about },
  };
}
