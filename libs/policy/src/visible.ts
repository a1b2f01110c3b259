import type { Subject, Visibility } from '@sallyport/contracts';

import type { Scene } from './closure/compile-expression.ts';
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
    const one = visibleBy(slice, sceneBefore(slice, subject));
    if (one === 'maybe') return 'maybe';
    if (one === 'confirm') best = 'confirm';
  }
  return best;
}

function visibleBy(slice: Slice, scene: Scene): Visibility {
  let permitted = false;
  let confirm = false;
  for (const { rule, test } of slice.rules) {
    const result = test(scene);
    if (rule.effect === 'permit') permitted ||= result === true || result === UNKNOWN;
    else if (result === true && rule.confirm === null) return 'never';
    else if (result === true) confirm = true;
    if (result === FAULT) return 'never';
  }
  if (!permitted) return 'never';
  return confirm ? 'confirm' : 'maybe';
}

function sceneBefore({ shape, resourceType }: Slice, subject: Subject): Scene {
  const isTool = resourceType === TOOL_TYPE;
  const [upstream = '', tool = ''] = splitAction(shape.action);
  const resource: Known = isTool ? { __entity: { type: TOOL_TYPE, id: shape.action } } : someEntity(resourceType);
  return {
    principal: { __entity: { type: 'User', id: subject.id } },
    roles: subject.roles,
    action: { __entity: { type: 'Action', id: shape.action } },
    groups: shape.groups,
    resource,
    attributes: isTool ? {} : UNKNOWN,
    context: { arguments: UNKNOWN, facts: UNKNOWN, agent: UNKNOWN, upstream, tool },
  };
}

function splitAction(action: string): [string, string] {
  const at = action.indexOf('/');
  return [action.slice(0, at), action.slice(at + 1)];
}
