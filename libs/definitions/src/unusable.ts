import type { CheckShelf } from './checks.ts';
import type { Pin } from './pin.ts';

/** A tool that is not served because its configuration does not fit its definition. */
export interface UnusableTool {
  readonly upstream: string;
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
export function unusableOf(shelf: CheckShelf, pin: Pin): UnusableTool[] {
  const { upstream, tool, approved, recorded } = pin;
  const problem = approved === null ? shelf.problemOf(pin) : shelf.approvedProblemOf(pin);
  const isDrifted = approved !== null && recorded !== approved.digest;
  if (problem === null || (isDrifted && shelf.problemOf(pin) === null)) return [];
  const isApproved = approved !== null && !isDrifted;
  return [{ upstream, tool, approved: isApproved, byConfiguration: shelf.isSound(pin), problem }];
}
