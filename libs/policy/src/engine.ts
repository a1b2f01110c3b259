import type { EvaluationContext } from './closure/compile-expression.ts';
import type { Needs, PolicySlice } from './slice.ts';

/** What a slice of policies says of one object of one call. */
export interface Opinion {
  readonly allow: boolean;
  /** The satisfied permits where it allows, the satisfied forbids where it does not; in no particular order. */
  readonly rules: readonly string[];
  /** Some policy could not be evaluated, or the engine failed: nothing that it says counts. */
  readonly broken: boolean;
}

/** Evaluates a slice. Never throws. */
export type Engine = (slice: PolicySlice, evaluation: EvaluationContext, needs: Needs) => Opinion;
