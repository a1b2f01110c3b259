import type { ValidatorCache } from './validator-cache.ts';
import type { Pin } from './pin.ts';

/** A tool that is not served because its configuration does not fit its definition. */
export interface UnusableTool {
  readonly upstream: string;
  readonly kind: Pin['kind'];
  readonly tool: string;
  /** False where nobody approved the definition that its upstream offers. */
  readonly approved: boolean;
  /** False where its own schema is at fault. */
  readonly byConfiguration: boolean;
  readonly problem: string;
}

/**
 * What is approved counts. Where the upstream offers something else, the tool is in quarantine, and a configuration that fits the
 * offer is right: it has to be there before somebody approves the offer.
 */
export function unusableOf(cache: ValidatorCache, pin: Pin): UnusableTool[] {
  const { upstream, kind, tool, approved, recorded } = pin;
  const problem = approved === null ? cache.problemOf(pin) : cache.approvedProblemOf(pin);
  const isDrifted = approved !== null && recorded !== approved.digest;
  if (problem === null || (isDrifted && cache.problemOf(pin) === null)) return [];
  const isApproved = approved !== null && !isDrifted;
  return [{ upstream, kind, tool, approved: isApproved, byConfiguration: cache.isSound(pin), problem }];
}
