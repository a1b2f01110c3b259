import type { Engine, Opinion } from '../engine.ts';
import type { PolicySlice } from '../slice.ts';
import type { Scene } from './compile-expression.ts';
import { FAULT, UNKNOWN } from './value.ts';

/** Cedar's decision rule over compiled closures; whatever they can't tell is asked of `otherwise`. */
export function closureEngine(otherwise: Engine): Engine {
  return function evaluateByClosures(slice, scene, needs) {
    return evaluate(slice, scene) ?? otherwise(slice, scene, needs);
  };
}

/** The opinion of the closures alone; null where one of them is unsure. */
export function evaluate(slice: PolicySlice, scene: Scene): Opinion | null {
  const permits: string[] = [];
  const forbids: string[] = [];
  let broken = false;
  for (const { rule, test } of slice.rules) {
    const result = test(scene);
    if (result === UNKNOWN) return null;
    if (result === FAULT) broken = true;
    else if (result) (rule.effect === 'permit' ? permits : forbids).push(rule.id);
  }
  const allow = forbids.length === 0 && permits.length > 0;
  return { allow, rules: allow ? permits : forbids, broken };
}
