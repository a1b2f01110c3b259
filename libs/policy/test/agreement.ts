import type { PolicyJson } from '@cedar-policy/cedar-wasm/nodejs';
import type { AccessRequest, ResourceFact } from '@sallyport/contracts';
import { cedarEngine } from '../src/cedar-engine.ts';
import { UNMAPPABLE } from '../src/cedar-value.ts';
import { evaluate } from '../src/closure/closure-engine.ts';
import type { Opinion } from '../src/engine.ts';
import { evaluationContextOf } from '../src/evaluation-context.ts';
import { usesOf } from '../src/expression.ts';
import { mcpFields } from '../src/mcp-shape.ts';
import type { Rule } from '../src/rule.ts';
import { cutSlice, type Slice } from '../src/slice.ts';
import { resourceFields, shapeOf } from '../src/tool-shape.ts';
import { orderOf, SHOP_TOOLS } from './shop.ts';

/** A policy in Cedar's JSON as a rule without annotations. */
export function ruleOf(json: PolicyJson, index: number): Rule {
  const source = { file: { path: '', text: '' }, text: '', offset: 0 };
  const said = { id: `p${index}`, confirm: null, ask: null, advice: null, scopes: [] };
  return { ...said, index, effect: json.effect, json, uses: usesOf(json), source };
}

/** The object that a request is compared on: the first that it names. */
export function objectOf({ facts }: AccessRequest): ResourceFact {
  return facts.resources[0] ?? orderOf('alice');
}

/** The cut of a policy set that bears on a request. */
export function sliceFor(policies: readonly PolicyJson[], asked: AccessRequest): Slice {
  const { type } = objectOf(asked);
  const fields = mcpFields(type) ?? resourceFields(SHOP_TOOLS).get(type) ?? new Map();
  return cutSlice(policies.map(ruleOf), shapeOf(asked.tool, asked.action), type, fields);
}

export interface Compared {
  readonly cedar: Opinion;
  /** Null where the closures leave it to Cedar. */
  readonly closures: Opinion | null;
}

/** Both opinions of one request, rules in order; null where it can't be shown to either. */
export function compare(slice: Slice, asked: AccessRequest): Compared | null {
  const evaluation = evaluationContextOf(slice, asked, objectOf(asked));
  if (evaluation === UNMAPPABLE) return null;
  const closures = evaluate(slice.full, evaluation);
  const cedar = cedarEngine(slice.full, evaluation, slice.needs);
  return { cedar: inOrder(cedar), closures: closures && inOrder(closures) };
}

function inOrder(opinion: Opinion): Opinion {
  return { ...opinion, rules: [...opinion.rules].sort() };
}
