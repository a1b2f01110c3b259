import type { Expr, PolicyJson } from '@cedar-policy/cedar-wasm/nodejs';
import { isObject } from '@sallyport/base';

/** What the conditions of a policy read, as dotted paths: `context.facts.bulk`, `resource.owner`, `context` (all of it). */
export type Uses = ReadonlySet<string>;

interface Entity {
  readonly type: string;
  readonly id: string;
}

/** Cedar writes an entity in two ways; this reads both. */
export function entityOf(uid: Entity | { readonly __entity: Entity }): Entity {
  return '__entity' in uid ? uid.__entity : uid;
}

/** An expression's operator and operand; Cedar's JSON has exactly one member per node. */
export function nodeOf(expr: Expr): readonly [string, unknown] {
  const [entry] = Object.entries(expr);
  return entry ?? ['', null];
}

/** The sub-expressions of a node; literals and attribute names are none. */
export function operands(expr: Expr): readonly Expr[] {
  const [op, body] = nodeOf(expr);
  if (op === 'Value' || op === 'Var' || op === 'Slot') return [];
  if (Array.isArray(body)) return body.filter(isObject) as Expr[];
  if (!isObject(body)) return [];
  return Object.entries(body)
    .filter(([name, value]) => name !== 'pattern' && isObject(value))
    .map(([, value]) => value as Expr);
}

/** `["context", "facts", "bulk"]` for a chain of `.` and `has` on a variable, else null. */
export function pathOf(expr: Expr): readonly string[] | null {
  if ('Var' in expr && typeof expr.Var === 'string') return [expr.Var];
  const [op, body] = nodeOf(expr);
  if ((op !== '.' && op !== 'has') || !isObject(body)) return null;
  const left = pathOf(body['left'] as Expr);
  return left && [...left, ...[body['attr']].flat().map(String)];
}

/** Every expression in the conditions of a policy, outermost first. */
export function* expressions(policy: PolicyJson): Generator<Expr> {
  const stack = policy.conditions.map(({ body }) => body);
  for (let expr = stack.pop(); expr; expr = stack.pop()) {
    yield expr;
    stack.push(...operands(expr));
  }
}

/** What a policy's conditions read. Longest chains only: `context.facts.bulk` is not also a use of `context`. */
export function usesOf(policy: PolicyJson): Uses {
  const uses = new Set<string>();
  function visit(expr: Expr): void {
    const path = pathOf(expr);
    if (path) return void uses.add(path.slice(0, 3).map(escaped).join('.'));
    if (readsNamedEntity(expr)) uses.add('resource');
    operands(expr).forEach(visit);
  }
  policy.conditions.forEach(({ body }) => visit(body));
  return uses;
}

/** Whether an attribute is read of an entity that the policy names: that may be the very object of the call. */
function readsNamedEntity(expr: Expr): boolean {
  const [op] = nodeOf(expr);
  return (op === '.' || op === 'has') && operands(expr).some(namesEntity);
}

function namesEntity(expr: Expr): boolean {
  const [op, body] = nodeOf(expr);
  return (op === 'Value' && isObject(body) && '__entity' in body) || operands(expr).some(namesEntity);
}

/**
 * The members of `prefix` that are read: a set of names, or `all` where it is read as a whole.
 * `membersOf(uses, 'context.facts')` is `{bulk}` for a policy that reads `context.facts.bulk`.
 */
export function membersOf(uses: Uses, prefix: string): ReadonlySet<string> | 'all' {
  const names = new Set<string>();
  const depth = prefix.split('.').length;
  for (const use of uses) {
    if (use === prefix || prefix.startsWith(`${use}.`)) return 'all';
    if (use.startsWith(`${prefix}.`)) names.add(unescaped(use.split('.')[depth] ?? ''));
  }
  return names;
}

/** An attribute may have a point in its name. */
function escaped(name: string): string {
  return name.replaceAll('%', '%25').replaceAll('.', '%2E');
}

function unescaped(name: string): string {
  return name.replaceAll('%2E', '.').replaceAll('%25', '%');
}
