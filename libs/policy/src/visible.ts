import { principalId, type Subject, type Visibility } from '@sallyport/contracts';

import type { EvaluationContext } from './closure/compile-expression.ts';
import { FAULT, someEntity, UNKNOWN, type Known } from './closure/value.ts';
import type { Slice } from './slice.ts';
import { TOOL_TYPE } from './tool-shape.ts';

/**
 * What a tool may be for a subject, whatever they call it with. Arguments, facts and objects are unknown here. Sound in
 * one direction: `never` is said only if no call could pass, since an error of a policy denies a call as well.
 *
 * @param slices one for each type of object that the tool's arguments may name
 */
export function visible(slices: readonly Slice[], subject: Subject): Visibility {
  let best: Visibility = 'never';
  for (const slice of slices) {
    const one = visibleBy(slice, contextBefore(slice, subject));
    if (one === 'maybe') return 'maybe';
    if (one === 'confirm') best = 'confirm';
  }
  return best;
}

function visibleBy(slice: Slice, evaluation: EvaluationContext): Visibility {
  const said = slice.rules.map(({ rule, test }) => ({ rule, result: test(evaluation) }));
  if (said.some(({ result }) => result === FAULT)) return 'never';
  const forbids = said.filter(({ rule, result }) => rule.effect === 'forbid' && result === true);
  if (forbids.some(({ rule }) => rule.confirm === null)) return 'never';
  if (!said.some(({ rule, result }) => rule.effect === 'permit' && result !== false)) return 'never';
  return forbids.length > 0 ? 'confirm' : 'maybe';
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
    context: { arguments: UNKNOWN, facts: UNKNOWN, agent: UNKNOWN, ...shape.about },
  };
}
