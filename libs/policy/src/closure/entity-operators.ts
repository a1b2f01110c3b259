import type { CedarValueJson } from '@cedar-policy/cedar-wasm/nodejs';

import { UPSTREAM_TYPE } from '../mcp-shape.ts';
import type { EvaluationContext } from './compile-expression.ts';
import {
  type EntityId,
  entityId,
  entityType,
  equal,
  FAULT,
  isRecord,
  isSomeEntity,
  UNKNOWN,
  type Known,
  type Truth,
  type Value,
} from './value.ts';

/** Cedar's `.`: an absent attribute is an error. */
export function attributeOf(evaluation: EvaluationContext, left: Value, name: string): Value {
  const members = membersOf(evaluation, left);
  if (members === UNKNOWN || members === FAULT) return members;
  return Object.hasOwn(members, name) ? (members[name] as Value) : FAULT;
}

/** Cedar's `has`, with one name or a chain of them. */
export function hasAttributes(evaluation: EvaluationContext, left: Value, names: readonly string[]): Value {
  let at: Value = left;
  for (const name of names) {
    const members = membersOf(evaluation, at);
    if (members === UNKNOWN || members === FAULT) return members;
    if (!Object.hasOwn(members, name)) return false;
    at = members[name] as Value;
  }
  return true;
}

const NONE: Readonly<Record<string, Value>> = Object.freeze({});

type Members = Readonly<Record<string, Value>> | typeof UNKNOWN | typeof FAULT;

/** Only the object of the call has attributes; users, roles and actions have none. */
function membersOf(evaluation: EvaluationContext, value: Value): Members {
  if (value === UNKNOWN || value === FAULT) return value;
  if (isRecord(value)) return value;
  if (entityType(value) === null) return FAULT;
  const is = isResource(evaluation, value);
  if (is === UNKNOWN) return UNKNOWN;
  return is ? evaluation.attributes : NONE;
}

/** An entity that a policy names may be the very object that a call will be about. */
function isResource({ resource }: EvaluationContext, value: Known): Truth {
  return isSomeEntity(value) || equal(value, resource);
}

export function isOfType(value: Known, type: string): Value {
  const own = entityType(value);
  return own === null ? FAULT : own === type;
}

/** Cedar's `in`: the entity itself, or one that it is a member of; on the right an entity or a set of them. */
export function isIn(evaluation: EvaluationContext, left: Value, right: Value): Value {
  if (left === FAULT || right === FAULT) return FAULT;
  if (left === UNKNOWN || right === UNKNOWN) return UNKNOWN;
  if (entityType(left) === null) return FAULT;
  const groups: readonly CedarValueJson[] = Array.isArray(right) ? right : [right as CedarValueJson];
  if (groups.some((group) => entityType(group) === null)) return FAULT;
  const found = groups.map((group) => isMember(evaluation, left, group));
  if (found.includes(true)) return true;
  return found.includes(UNKNOWN) ? UNKNOWN : false;
}

function isMember(evaluation: EvaluationContext, left: Known, group: Known): Truth {
  const same = equal(left, group);
  if (same !== false) return same;
  const id = entityId(group);
  return id !== null && isWithin(evaluation, left, id);
}

function isWithin(evaluation: EvaluationContext, left: Known, { type, id }: EntityId): Truth {
  if (type === UPSTREAM_TYPE) return evaluation.upstream === id && isResource(evaluation, left);
  if (type === 'Role') return equal(left, evaluation.principal) === true && evaluation.roles.includes(id);
  return type === 'Action' && equal(left, evaluation.action) === true && evaluation.groups.includes(id);
}
