import type { PolicyJson } from '@cedar-policy/cedar-wasm/nodejs';
import { canonical, sha256, type JsonValue } from '@sallyport/base';

import { appliesTo } from './action-scope.ts';
import { compileRule, type Test } from './closure/compile-rule.ts';
import { decimalUnits } from './decimal.ts';
import { expressions, membersOf, nodeOf, operands, type Uses } from './expression.ts';
import type { Rule } from './rule.ts';
import type { ToolShape } from './tool-shape.ts';
import type { Field } from './value-type.ts';

/** A rule as it stands in a slice: its action scope has matched already, so it is no longer asked. */
export interface SliceRule {
  readonly rule: Rule;
  readonly json: PolicyJson;
  readonly test: Test;
}

/** The policies that can bear on one tool and one type of object, and what they need to be told. */
export interface Slice {
  readonly shape: ToolShape;
  readonly resourceType: string;
  readonly rules: readonly SliceRule[];
  /** Every rule, and every rule but the forbids that people can lift. */
  readonly full: PolicySlice;
  readonly base: PolicySlice;
  readonly needs: Needs;
  readonly attributes: ReadonlyMap<string, Field>;
  /** Every decimal that the rules hold, times 10,000; null where they make some out of texts. */
  readonly decimals: ReadonlySet<bigint> | null;
}

export interface PolicySlice {
  /** Content hash: the same policies have the same id, in whichever policy set they stand. */
  readonly id: string;
  readonly rules: readonly SliceRule[];
}

/** Only what some condition reads is passed to Cedar: its time goes into reading entities and context. */
export interface Needs {
  readonly roles: boolean;
  /** Whether something asks which upstream the resource is in. */
  readonly upstream: boolean;
  readonly action: boolean;
  readonly resource: ReadonlySet<string> | 'all';
  readonly context: ReadonlySet<string> | 'all';
  readonly facts: ReadonlySet<string> | 'all';
  readonly arguments: ReadonlySet<string> | 'all';
}

/** Cuts a policy set. Sound, since a policy whose scope can't match is never satisfied and never errs. */
export function cutSlice(
  rules: readonly Rule[],
  shape: ToolShape,
  resourceType: string,
  attributes: ReadonlyMap<string, Field>,
): Slice {
  const cut = rules
    .filter(({ json }) => appliesTo(json, shape.action, shape.groups) && mayMatchType(json, resourceType))
    .map(sliceRule);
  return {
    shape,
    resourceType,
    rules: cut,
    full: policySlice(cut),
    base: policySlice(cut.filter(({ rule }) => rule.confirm === null)),
    needs: needsOf(cut),
    attributes,
    decimals: decimalsOf(cut),
  };
}

/** Whether a policy's scope can match objects of a type. */
export function mayMatchType({ resource }: PolicyJson, type: string): boolean {
  return resource.op !== 'is' || resource.entity_type === type;
}

function sliceRule(rule: Rule): SliceRule {
  const json: PolicyJson = { ...rule.json, action: { op: 'All' }, annotations: {} };
  return { rule, json, test: compileRule(json) };
}

function policySlice(rules: readonly SliceRule[]): PolicySlice {
  const content = rules.map(({ rule, json }) => [rule.id, json]) as JsonValue;
  return { id: sha256(canonical(content)), rules };
}

function decimalsOf(rules: readonly SliceRule[]): ReadonlySet<bigint> | null {
  const all = rules.flatMap(({ json }) => [...expressions(json)]).filter((expr) => nodeOf(expr)[0] === 'decimal');
  const units = all.map((expr) => {
    const [text] = operands(expr);
    return text !== undefined && 'Value' in text ? decimalUnits(String(text.Value)) : null;
  });
  return units.includes(null) ? null : new Set(units.filter((one) => one !== null));
}

function needsOf(rules: readonly SliceRule[]): Needs {
  const uses: Uses = new Set(rules.flatMap(({ rule }) => [...rule.uses]));
  return {
    roles: rules.some(({ json }) => asksWithin(json, json.principal)),
    upstream: rules.some(({ json }) => asksWithin(json, json.resource)),
    action: membersOf(uses, 'action') === 'all',
    resource: membersOf(uses, 'resource'),
    context: membersOf(uses, 'context'),
    facts: membersOf(uses, 'context.facts'),
    arguments: membersOf(uses, 'context.arguments'),
  };
}

/** Whether it matters what the caller, or the resource, is `in`: a scope or some condition asks. */
function asksWithin(json: PolicyJson, scope: PolicyJson['principal'] | PolicyJson['resource']): boolean {
  if (scope.op === 'in' || (scope.op === 'is' && scope.in)) return true;
  return [...expressions(json)].some((expr) => {
    const [op] = nodeOf(expr);
    return op === 'in' || (op === 'is' && operands(expr).length > 1);
  });
}
