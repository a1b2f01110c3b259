import type { Engine, Opinion } from '../engine.ts';
import type { PolicySlice } from '../slice.ts';
import type { EvaluationContext } from './compile-expression.ts';
import { FAULT, UNKNOWN } from './value.ts';

/** Has Cedar re-check some evaluations of the closures. After a mismatch Cedar judges all, wherever this same object is given. */
export interface CrossCheck {
  /** Cedar re-checks one evaluation in so many; 1 re-checks each. */
  readonly sampleEvery: number;
  /** Told of a difference: the policies by id, and both opinions. No values of the call. */
  onMismatch(difference: {
    readonly rules: readonly string[];
    readonly cedar: Opinion;
    readonly closures: Opinion;
  }): void;
}

/** Closures that read one policy otherwise than Cedar are trusted with none until the process starts again, whatever is reloaded. */
const distrusted = new WeakSet<CrossCheck>();

/** Cedar's decision rule over compiled closures; whatever they can't tell is asked of Cedar. */
export function closureEngine(cedar: Engine, check: CrossCheck | null = null): Engine {
  let count = 0;
  return function evaluateByClosures(slice, evaluation, needs) {
    const closures = check && distrusted.has(check) ? null : evaluate(slice, evaluation);
    if (!closures) return cedar(slice, evaluation, needs);
    if (!check || ++count % check.sampleEvery !== 0) return closures;
    const opinion = cedar(slice, evaluation, needs);
    if (!same(opinion, closures)) {
      distrusted.add(check);
      check.onMismatch({ rules: slice.rules.map(({ rule }) => rule.id), cedar: opinion, closures });
    }
    return opinion;
  };
}

/** The opinion of the closures alone; null where one of them is unsure. */
export function evaluate(slice: PolicySlice, evaluation: EvaluationContext): Opinion | null {
  const permits: string[] = [];
  const forbids: string[] = [];
  let broken = false;
  for (const { rule, test } of slice.rules) {
    const result = test(evaluation);
    if (result === UNKNOWN) return null;
    if (result === FAULT) broken = true;
    else if (result) (rule.effect === 'permit' ? permits : forbids).push(rule.id);
  }
  const allow = forbids.length === 0 && permits.length > 0;
  return { allow, rules: allow ? permits : forbids, broken };
}

/** Which rules decided does not matter where nothing that was said counts. */
function same(a: Opinion, b: Opinion): boolean {
  if (a.broken || b.broken) return a.broken === b.broken;
  return a.allow === b.allow && a.rules.length === b.rules.length && a.rules.every((rule) => b.rules.includes(rule));
}
