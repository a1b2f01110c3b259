import {
  actionsOfKind,
  type CallAction,
  type CatalogTool,
  type ExplainedVisibility,
  principalId,
  type ResourceFact,
  type Subject,
  targetEntities,
  targetFact,
  type Visibility,
} from '@sallyport/contracts';

import type { EvaluationContext } from './closure/compile-expression.ts';
import { FAULT, someEntity, UNKNOWN, type Value } from './closure/value.ts';
import { actorOf } from './evaluation-context.ts';
import { isMcpType, isObjectOf, mcpFields } from './mcp-shape.ts';
import type { Rule } from './rule.ts';
import type { Slice } from './slice.ts';
import { shapeOf, TOOL_TYPE } from './tool-shape.ts';

/** What somebody looks at. */
export interface Seen {
  readonly subject: Subject;
  readonly tool: CatalogTool;
  /** One resource of an entry that stands for many. */
  readonly object: ResourceFact | undefined;
}

/** What is asked of a tool before there is a call, by method and type of object. Of a template: whether a resource of it may be read. */
export function seenAs(tool: CatalogTool): readonly (readonly [CallAction, string])[] {
  const { kind } = tool;
  if (kind === 'template') return [['resources/read', targetEntities.resource.type]];
  const [action] = actionsOfKind(kind);
  const types = kind === 'tool' ? shapeOf(tool).resourceTypes : [targetEntities[kind].type];
  return types.map((type) => [action, type]);
}

/**
 * What a tool may be for a subject, whatever they call it with. Arguments, facts and objects are unknown here, and so are the
 * scopes of their token: they can get another. Sound in
 * one direction: `never` is said only if no call could pass, since an error of a policy denies a call as well.
 *
 * @param slices one for each type of object that the tool's arguments may name
 */
export function visible(slices: readonly Slice[], seen: Seen): ExplainedVisibility {
  let best: ExplainedVisibility = { visibility: 'never', rules: [] };
  if (seen.object && !isObjectOf(seen.tool, seen.object)) return best;
  for (const slice of slices) {
    const one = visibleBy(slice, contextBefore(slice, seen));
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

type ObjectBefore = Pick<EvaluationContext, 'resource' | 'attributes'>;

function contextBefore(slice: Slice, { subject, tool, object }: Seen): EvaluationContext {
  const { shape, resourceType } = slice;
  const actor = actorOf(subject);
  const known = tool.kind === 'prompt' ? targetFact(tool.upstream, tool) : object;
  return {
    principal: { __entity: { type: 'User', id: principalId(subject) } },
    roles: subject.roles,
    action: { __entity: { type: 'Action', id: shape.action } },
    groups: shape.groups,
    ...(known ? objectBefore(known) : someObject(slice, tool)),
    upstream: isMcpType(resourceType) ? tool.upstream : null,
    context: {
      arguments: UNKNOWN,
      facts: UNKNOWN,
      agent: UNKNOWN,
      scopes: UNKNOWN,
      ...(actor && { actor }),
      ...shape.about,
    },
  };
}

function objectBefore({ type, id, attributes }: ResourceFact): ObjectBefore {
  return { resource: { __entity: { type, id } }, attributes: attributes as ObjectBefore['attributes'] };
}

/** An object whose type alone is known, and where it is from if it is a resource. */
function someObject({ shape, resourceType: type }: Slice, { upstream, kind, name }: CatalogTool): ObjectBefore {
  if (type === TOOL_TYPE) return { resource: { __entity: { type, id: shape.action } }, attributes: {} };
  const fields = mcpFields(type);
  if (!fields) return { resource: someEntity(type), attributes: UNKNOWN };
  const unknown = Object.fromEntries([...fields.keys()].map((each): [string, Value] => [each, UNKNOWN]));
  const attributes = { ...unknown, upstream, ...(kind === 'template' && { template: name }) };
  return { resource: someEntity(type), attributes };
}
