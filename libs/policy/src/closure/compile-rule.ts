import type { Expr, PolicyJson } from '@cedar-policy/cedar-wasm/nodejs';

import { entityOf } from '../expression.ts';
import { compileExpression, type Evaluate, type EvaluationContext } from './compile-expression.ts';
import { isIn, isOfType } from './entity-operators.ts';
import { equal, FAULT, UNKNOWN, Unsure, type Value } from './value.ts';

/** Whether a rule is satisfied; FAULT where Cedar would report an error, UNKNOWN where it can't be told. */
export type Verdict3 = boolean | typeof UNKNOWN | typeof FAULT;
export type Test = (evaluation: EvaluationContext) => Verdict3;

/** Compiles a policy, scope and conditions, for evaluation without Cedar. Its action scope is taken as matched. */
export function compileRule(policy: PolicyJson): Test {
  const scopes = [scope('principal', policy.principal), scope('resource', policy.resource)];
  const parts = [...scopes, ...policy.conditions.map(({ kind, body }) => condition(kind, body))];
  return function test(evaluation) {
    try {
      return conjunction(parts, evaluation);
    } catch (cause) {
      if (cause instanceof Unsure) return UNKNOWN;
      throw cause;
    }
  };
}

function conjunction(parts: readonly Evaluate[], evaluation: EvaluationContext): Verdict3 {
  let unknown = false;
  for (const part of parts) {
    const value = part(evaluation);
    if (value === false) return false;
    if (value === UNKNOWN) unknown = true;
    else if (value !== true) return unknown ? UNKNOWN : FAULT;
  }
  return unknown ? UNKNOWN : true;
}

function condition(kind: 'when' | 'unless', body: Expr): Evaluate {
  return compileExpression(kind === 'when' ? body : { '!': { arg: body } });
}

type Constraint = PolicyJson['principal'];

function scope(name: 'principal' | 'resource', constraint: Constraint): Evaluate {
  if (constraint.op === 'All') return () => true;
  if (constraint.op === 'is') return isScope(name, constraint.entity_type, constraint.in);
  if (!('entity' in constraint)) return () => FAULT;
  const entity = { __entity: entityOf(constraint.entity) };
  if (constraint.op === '==') return (evaluation) => equal(evaluation[name], entity);
  return (evaluation) => isIn(evaluation, evaluation[name], entity);
}

function isScope(name: 'principal' | 'resource', type: string, within: unknown): Evaluate {
  const group = groupOf(within);
  return (evaluation): Value => {
    const is = isOfType(evaluation[name], type);
    return is === true && group ? isIn(evaluation, evaluation[name], group) : is;
  };
}

function groupOf(within: unknown): { __entity: { type: string; id: string } } | null {
  if (typeof within !== 'object' || within === null || !('entity' in within)) return null;
  return { __entity: entityOf(within.entity as Parameters<typeof entityOf>[0]) };
}
