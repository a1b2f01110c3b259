import {
  type Decision,
  type DenyVerdict,
  type Envelope,
  type Guard,
  type HoldVerdict,
  isEnforcedDeny,
  isEnforcedHold,
  mustAnswer,
  type Verdict,
} from '@sallyport/contracts';

/** What the decision needs to know of a guard: its name, whether it may grant, and where it is judged. */
export type GuardRole = Pick<Guard, 'id' | 'grants' | 'station'>;

const effects: ReadonlySet<string> = new Set(['pass', 'allow', 'deny', 'hold']);

/**
 * The one place where verdicts become a decision; audit calls it on the complete envelope. Any deny, any guard missing,
 * anything unknown: deny. Else an unsatisfied hold: hold. Else a grant: allow. Else deny.
 *
 * @param list the guards that must have answered, in order
 * @returns data; never throws
 */
export function decide(list: readonly GuardRole[], { verdicts }: Pick<Envelope, 'verdicts'>): Decision {
  const enforced = verdicts.filter((verdict) => verdict.shadow !== true);
  const strange = verdicts.find(
    (verdict) => !effects.has(verdict.effect) || !list.some(({ id }) => id === verdict.guard),
  );
  if (strange) return denied('unknown_verdict', strange.guard);
  const deny = verdicts.find(isEnforcedDeny);
  if (deny) return { ...denied(deny.reason, deny.guard, deny.advice), ...remedies(deny) };
  const answered = new Set(verdicts.map(({ guard }) => guard));
  const missing = list.find((role) => !answered.has(role.id) && mustAnswer(role.station, verdicts));
  if (missing) return denied('guard_missing', missing.id);
  const [first, ...more] = verdicts.filter(isEnforcedHold).filter((verdict) => !satisfied(verdict, enforced, list));
  if (first) return held([first, ...more]);
  return granted(list, enforced);
}

function granted(list: readonly GuardRole[], enforced: readonly Verdict[]): Decision {
  const grants = (id: string): boolean => list.some((guard) => guard.id === id && guard.grants);
  const stranger = enforced.find(({ effect, guard }) => effect === 'allow' && !grants(guard));
  if (stranger) return denied('may_not_grant', stranger.guard);
  const grant = enforced.find(({ effect, guard }) => (effect === 'allow' || effect === 'hold') && grants(guard));
  if (!grant) return denied('nobody_granted', 'decision');
  const use = enforced.find((verdict) => verdict.effect === 'pass' && verdict.approval?.act === 'consume');
  return {
    effect: 'allow',
    reason: 'allowed',
    guard: grant.guard,
    approval: use?.effect === 'pass' ? (use.approval ?? null) : null,
  };
}

/** A hold is satisfied only by the station of confirmation, naming the guard that holds, with an approval to consume. */
function satisfied(hold: HoldVerdict, verdicts: readonly Verdict[], list: readonly GuardRole[]): boolean {
  return verdicts.some(
    (verdict) =>
      verdict.effect === 'pass' &&
      verdict.approval?.act === 'consume' &&
      verdict.satisfies?.includes(hold.guard) === true &&
      list.some(({ id, station }) => id === verdict.guard && station === 'confirmation'),
  );
}

function held(open: readonly [HoldVerdict, ...HoldVerdict[]]): Decision {
  const { reason, guard, approval = null } = open.find((verdict) => verdict.approval !== undefined) ?? open[0];
  const requirements = new Map(
    open.flatMap((verdict) => verdict.requirements).map((need) => [JSON.stringify(need), need]),
  );
  return {
    effect: 'hold',
    reason,
    guard,
    requirements: [...requirements.values()],
    approval,
  };
}

/** What helps the client beside the advice. */
function remedies({ retryAfterMs, scopes }: DenyVerdict): Pick<DenyVerdict, 'retryAfterMs' | 'scopes'> {
  return { ...(retryAfterMs !== undefined && { retryAfterMs }), ...(scopes && { scopes }) };
}

/** A denying decision. The advice is what the model reads. */
export function denied(
  reason: string,
  guard: string,
  advice = 'This call was refused.',
): Decision & { effect: 'deny' } {
  return { effect: 'deny', reason, guard, advice };
}
