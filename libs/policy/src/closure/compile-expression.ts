import type { CedarValueJson, Expr } from '@cedar-policy/cedar-wasm/nodejs';

import { nodeOf } from '../expression.ts';
import { RESERVED_KEYS } from '../value-type.ts';
import { attributeOf, hasAttributes, isIn, isOfType } from './entity-operators.ts';
import { matcher, type PatternPart } from './pattern.ts';
import { BINARY, UNARY } from './operators.ts';
import { FAULT, UNKNOWN, Unsure, type Known, type Value } from './value.ts';

/** What a condition is evaluated over. `UNKNOWN` members are what can't be known before a call is made. */
export interface EvaluationContext {
  readonly principal: Known;
  readonly roles: readonly string[];
  readonly action: Known;
  readonly groups: readonly string[];
  readonly resource: Known;
  /** The upstream that the resource is in; null for an object that arguments name, and for a tool. */
  readonly upstream: string | null;
  readonly attributes: Readonly<Record<string, Value>> | typeof UNKNOWN;
  readonly context: Readonly<Record<string, Value>>;
}

export type Evaluate = (evaluation: EvaluationContext) => Value;

type Body = Readonly<Record<string, unknown>>;

/**
 * Compiles one expression of Cedar's JSON to a closure. Follows Cedar's semantics with a third value: an operator that
 * this evaluator does not know throws `Unsure`, and is never guessed at.
 */
export function compileExpression(expr: Expr): Evaluate {
  const [op, body] = nodeOf(expr);
  if (op === 'Value') return constant(body as Known);
  if (op === 'Var') return compileVariable(String(body));
  const special = SPECIAL.get(op);
  if (special) return special(body as Body);
  if (Array.isArray(body)) return compileCall(op, body as Expr[]);
  return compileOperator(op, body as Body);
}

function unsure(): never {
  throw new Unsure();
}

/** A number beyond 2^53 was rounded when the policy was read. */
function constant(value: Known): Evaluate {
  return typeof value === 'number' && !Number.isSafeInteger(value) ? unsure : () => value;
}

function part(body: Body, name: string): Evaluate {
  return compileExpression(body[name] as Expr);
}

function compileOperator(op: string, body: Body): Evaluate {
  const unary = UNARY.get(op);
  const binary = BINARY.get(op);
  if (unary && body['arg']) {
    const arg = part(body, 'arg');
    return (evaluation) => known(arg(evaluation), unary);
  }
  if (binary && body['left'] && body['right']) {
    return compilePair(binary, part(body, 'left'), part(body, 'right'));
  }
  return unsure;
}

function compilePair(apply: (a: Known, b: Known) => Value, left: Evaluate, right: Evaluate): Evaluate {
  return (evaluation) => {
    const a = left(evaluation);
    if (a === FAULT) return FAULT;
    const b = right(evaluation);
    if (b === FAULT) return FAULT;
    return a === UNKNOWN || b === UNKNOWN ? UNKNOWN : apply(a, b);
  };
}

function compileCall(name: string, args: readonly Expr[]): Evaluate {
  const [first, second] = args.map(compileExpression);
  const unary = UNARY.get(name);
  const binary = BINARY.get(name);
  if (first && !second && unary) return (evaluation) => known(first(evaluation), unary);
  if (first && second && binary) return compilePair(binary, first, second);
  return unsure;
}

function known(value: Value, apply: (value: Known) => Value): Value {
  return value === FAULT || value === UNKNOWN ? value : apply(value);
}

const SPECIAL = new Map<string, (body: Body) => Evaluate>([
  ['&&', (body) => compileConnective(body, false)],
  ['||', (body) => compileConnective(body, true)],
  ['if-then-else', compileChoice],
  ['Set', (body) => compileSet(Object.values(body) as Expr[])],
  ['Record', compileRecord],
  ['.', (body) => compileAttribute(body)],
  ['has', (body) => compileHas(body)],
  ['like', compileLike],
  ['is', compileIs],
  ['in', (body) => compileIn(body)],
]);

function compileVariable(name: string): Evaluate {
  if (name === 'principal' || name === 'action' || name === 'resource') return (evaluation) => evaluation[name];
  return name === 'context' ? (evaluation) => evaluation.context as Known : unsure;
}

/** `&&` stops at false, `||` at true. What is unknown on the left can't undo a stop on the right: an error denies too. */
function compileConnective(body: Body, stop: boolean): Evaluate {
  const [left, right] = [part(body, 'left'), part(body, 'right')];
  return (evaluation) => {
    const a = left(evaluation);
    if (a === stop || a === FAULT) return a;
    if (a !== UNKNOWN && a !== !stop) return FAULT;
    const b = right(evaluation);
    if (a === UNKNOWN) return b === stop ? stop : UNKNOWN;
    return typeof b === 'boolean' || b === UNKNOWN ? b : FAULT;
  };
}

function compileChoice(body: Body): Evaluate {
  const [test, yes, no] = [part(body, 'if'), part(body, 'then'), part(body, 'else')];
  return (evaluation) => {
    const a = test(evaluation);
    if (typeof a === 'boolean') return a ? yes(evaluation) : no(evaluation);
    if (a !== UNKNOWN) return FAULT;
    const [b, c] = [yes(evaluation), no(evaluation)];
    return typeof b === 'boolean' && b === c ? b : UNKNOWN;
  };
}

function compileSet(members: readonly Expr[]): Evaluate {
  const parts = members.map(compileExpression);
  return (evaluation) =>
    collect(
      parts.map((part) => part(evaluation)),
      (values) => values,
    );
}

/** A record that a policy writes with a reserved name would look like an entity or a decimal here; to Cedar it is a record. */
function compileRecord(body: Body): Evaluate {
  const names = Object.keys(body);
  if (names.some((name) => RESERVED_KEYS.has(name))) return unsure;
  const parts = names.map((name) => part(body, name));
  return (evaluation) =>
    collect(
      parts.map((part) => part(evaluation)),
      (values) => {
        const record = Object.create(null) as Record<string, CedarValueJson>;
        names.forEach((name, i) => (record[name] = values[i] as CedarValueJson));
        return record;
      },
    );
}

function collect(values: readonly Value[], make: (values: CedarValueJson[]) => CedarValueJson): Value {
  if (values.includes(FAULT)) return FAULT;
  return values.includes(UNKNOWN) ? UNKNOWN : make(values as CedarValueJson[]);
}

function compileAttribute(body: Body): Evaluate {
  const [left, name] = [part(body, 'left'), String(body['attr'])];
  return (evaluation) => attributeOf(evaluation, left(evaluation), name);
}

function compileHas(body: Body): Evaluate {
  const [left, names] = [part(body, 'left'), [body['attr']].flat().map(String)];
  return (evaluation) => hasAttributes(evaluation, left(evaluation), names);
}

function compileLike(body: Body): Evaluate {
  const matches = matcher(body['pattern'] as readonly PatternPart[]);
  const left = part(body, 'left');
  return (evaluation) => known(left(evaluation), (value) => (typeof value === 'string' ? matches(value) : FAULT));
}

function compileIs(body: Body): Evaluate {
  const left = part(body, 'left');
  const type = String(body['entity_type']);
  const within = body['in'] ? part(body, 'in') : null;
  return (evaluation) => {
    const value = left(evaluation);
    const is = known(value, (entity) => isOfType(entity, type));
    return is === true && within ? isIn(evaluation, value, within(evaluation)) : is;
  };
}

function compileIn(body: Body): Evaluate {
  const [left, right] = [part(body, 'left'), part(body, 'right')];
  return (evaluation) => isIn(evaluation, left(evaluation), right(evaluation));
}
