import type { CedarValueJson } from '@cedar-policy/cedar-wasm/nodejs';
import { type AccessRequest, type JsonValue, principalId, type ResourceFact } from '@sallyport/contracts';

import { FACT_NAMES } from './cedar-schema.ts';
import { ABSENT, cedarValue, emptyRecord, UNMAPPABLE } from './cedar-value.ts';
import type { EvaluationContext } from './closure/compile-expression.ts';
import { createPlacedDecimals, type Decimals, exactDecimals } from './placed-decimals.ts';
import { isMcpType } from './mcp-shape.ts';
import type { Needs, Slice } from './slice.ts';
import { TOOL_TYPE } from './tool-shape.ts';
import type { Field } from './value-type.ts';

type Names = ReadonlySet<string> | 'all';
type Attributes = Record<string, CedarValueJson>;

/** The tool itself, judged where a call names no declared object. */
export function toolObject(action: string): ResourceFact {
  const nobody = { owner: null, version: null, attributes: {} };
  return { type: TOOL_TYPE, id: action, pointer: '', status: 'resolved', ...nobody };
}

/**
 * One call about one object, as the policies of a slice see it. Only what one of them reads is mapped.
 *
 * @returns UNMAPPABLE where something that a policy reads can't be shown to it truthfully
 */
export function evaluationContextOf(
  slice: Slice,
  request: AccessRequest,
  object: ResourceFact,
): EvaluationContext | typeof UNMAPPABLE {
  if (!isWellFormed(request, object)) return UNMAPPABLE;
  const decimals = createPlacedDecimals(slice.decimals);
  const attributes = attributesOf(slice, object, decimals);
  const context = contextOf(slice, request, decimals);
  if (attributes === UNMAPPABLE || context === UNMAPPABLE || !decimals.settle()) return UNMAPPABLE;
  return {
    principal: user(principalId(request.subject)),
    roles: request.subject.roles,
    action: { __entity: { type: 'Action', id: slice.shape.action } },
    groups: slice.shape.groups,
    resource: { __entity: { type: object.type, id: object.id } },
    upstream: isMcpType(object.type) ? slice.shape.about.upstream : null,
    attributes,
    context,
  };
}

/** The argument that `evaluationContextOf` can't show; null where it is something else. */
export function unshownArgument({ shape, needs, decimals }: Slice, { arguments: given }: AccessRequest): string | null {
  const names = [...shape.arguments.keys()].filter(
    (name) => wanted(needs.arguments, name) && Object.hasOwn(given, name),
  );
  const isUnshown = (by: Decimals) => (name: string) => {
    const field = shape.arguments.get(name);
    return field !== undefined && cedarValue(field.type, given[name], by) === UNMAPPABLE;
  };
  return names.find(isUnshown(createPlacedDecimals(decimals))) ?? names.find(isUnshown(exactDecimals)) ?? null;
}

/** Half a character makes Cedar throw; it is refused whether or not a policy reads it. */
function isWellFormed({ subject, agent, facts }: AccessRequest, object: ResourceFact): boolean {
  const names = [
    principalId(subject),
    agent,
    object.id,
    object.type,
    ...subject.roles,
    ...(subject.scopes ?? []),
    ...(subject.actors ?? []),
    ...facts.wildcards,
    ...facts.unbounded,
  ];
  return names.every((name) => name.isWellFormed());
}

/** The same call, if the object were the caller's own. */
export function asOwner(evaluation: EvaluationContext): EvaluationContext {
  return {
    ...evaluation,
    attributes: Object.assign(emptyRecord(), evaluation.attributes, { owner: evaluation.principal }),
  };
}

function user(id: string): { __entity: { type: string; id: string } } {
  return { __entity: { type: 'User', id } };
}

function attributesOf(
  { needs, attributes }: Slice,
  object: ResourceFact,
  decimals: Decimals,
): Attributes | typeof UNMAPPABLE {
  const given = new Map<string, JsonValue>(Object.entries(object.attributes));
  given.set('version', object.version).delete('owner');
  const mapped = mapFields({ fields: attributes, names: needs.resource, decimals }, (name) => given.get(name));
  if (mapped === UNMAPPABLE || object.owner === null || !wanted(needs.resource, 'owner')) return mapped;
  if (!object.owner.isWellFormed()) return UNMAPPABLE;
  mapped['owner'] = user(object.owner);
  return mapped;
}

function contextOf(
  { needs, shape }: Slice,
  request: AccessRequest,
  decimals: Decimals,
): Attributes | typeof UNMAPPABLE {
  const context = emptyRecord();
  if (wanted(needs.context, 'arguments')) {
    const given = request.arguments;
    const mapped = mapFields({ fields: shape.arguments, names: needs.arguments, decimals }, (name) =>
      Object.hasOwn(given, name) ? given[name] : undefined,
    );
    if (mapped === UNMAPPABLE) return UNMAPPABLE;
    context['arguments'] = mapped;
  }
  if (wanted(needs.context, 'facts')) context['facts'] = factsOf(needs, request);
  if (wanted(needs.context, 'agent')) context['agent'] = request.agent;
  if (wanted(needs.context, 'scopes')) context['scopes'] = [...(request.subject.scopes ?? [])];
  const actor = actorOf(request.subject);
  const about = { ...shape.about, ...(actor && { actor }) };
  for (const [name, value] of Object.entries(about)) if (wanted(needs.context, name)) context[name] = value;
  return context;
}

/** Who acts for the subject, and all in the chain of those who do; null where nobody does. */
export function actorOf({ actors = [] }: AccessRequest['subject']): { id: string; chain: string[] } | null {
  const [id] = actors;
  return id === undefined ? null : Object.assign(emptyRecord(), { id, chain: [...actors] });
}

function factsOf(needs: Needs, { facts }: AccessRequest): Attributes {
  const shown = emptyRecord();
  for (const name of FACT_NAMES) {
    if (!wanted(needs.facts, name)) continue;
    const value = facts[name];
    shown[name] = typeof value === 'number' ? value : [...value];
  }
  return shown;
}

interface Mapping {
  readonly fields: ReadonlyMap<string, Field>;
  readonly names: Names;
  readonly decimals: Decimals;
}

function mapFields(
  { fields, names, decimals }: Mapping,
  read: (name: string) => JsonValue | undefined,
): Attributes | typeof UNMAPPABLE {
  const mapped = emptyRecord();
  for (const [name, { type }] of fields) {
    if (!wanted(names, name)) continue;
    const value = cedarValue(type, read(name), decimals);
    if (value === UNMAPPABLE) return UNMAPPABLE;
    if (value !== ABSENT) mapped[name] = value;
  }
  return mapped;
}

function wanted(names: Names, name: string): boolean {
  return names === 'all' || names.has(name);
}
