import type {
  AllowVerdict,
  ApprovalUse,
  DenyVerdict,
  HoldVerdict,
  PassVerdict,
  Requirement,
} from '@sallyport/contracts';

/** What an opinion may carry beside its effect, for the record. */
type More<Verdict> = Partial<Omit<Verdict, 'guard' | 'effect' | 'reason' | 'advice' | 'requirements'>>;

/** This guard has nothing against the call. */
export function pass(more: More<PassVerdict> = {}): Omit<PassVerdict, 'guard'> {
  return { effect: 'pass', ...more };
}

/** This guard grants the call; only a guard with `grants: true` may. */
export function allow(more: More<AllowVerdict> = {}): Omit<AllowVerdict, 'guard'> {
  return { effect: 'allow', ...more };
}

/**
 * This guard refuses the call.
 *
 * @param reason one of the reasons that the guard declares
 * @param advice one sentence for the model: what to do next; no internals, no argument values
 */
export function deny<Reason extends string>(
  reason: Reason,
  advice: string,
  more: More<DenyVerdict> = {},
): Omit<DenyVerdict<Reason>, 'guard'> {
  return { effect: 'deny', reason, advice, ...more };
}

/**
 * This guard wants people to be asked.
 *
 * @param requirements whom it needs; all must be met
 */
export function hold<Reason extends string>(
  reason: Reason,
  requirements: readonly Requirement[],
  more: More<HoldVerdict> & { readonly approval?: ApprovalUse } = {},
): Omit<HoldVerdict<Reason>, 'guard'> {
  return { effect: 'hold', reason, requirements, ...more };
}
