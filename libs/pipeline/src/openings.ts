import type { Committed, Decision, Envelope, NewEvent } from '@sallyport/contracts';
import { subjectOf } from './append-budget.ts';
import { decide, type GuardRole } from './decide.ts';
import { judge, type BoundGuard } from './judge.ts';
import { createLines } from './line.ts';

/** Where freshly committed approval events go, so that the next call finds them. */
export interface ApprovalProjection {
  apply(stream: string, events: readonly NewEvent[], version: number): void;
  /** Reads what others wrote. Throws `JournalUnavailable`. */
  catchUp(tenants: readonly string[]): Promise<void>;
}

export interface OpeningParts {
  readonly guards: readonly GuardRole[];
  /** The guards that say whether people are asked. They look at `projection`. */
  readonly approvalJudges: readonly BoundGuard[];
  readonly projection: ApprovalProjection;
}

/** What a call comes to. `committed` is null for a decision that opens nothing by now, and is not recorded yet. */
export interface Attempt {
  readonly envelope: Envelope;
  readonly decision: Decision;
  readonly committed: Committed | null;
}

/** Each loss is another question of the same requester that was opened, so the limit of open questions ends it before. */
const MOST_CONFLICTS = 32;

/** Says whether a decision asks people again. */
export function opensQuestion(decision: Decision): boolean {
  return decision.effect === 'hold' && decision.approval?.act === 'open';
}

/**
 * Opens the questions of each requester one at a time: what was judged before another question of theirs was opened is
 * judged again, so that an equal call joins that question, and each one more is counted against the limit. Between
 * processes the version of the requester's stream says the same.
 */
export function createOpenings(
  { guards, approvalJudges, projection }: OpeningParts,
  commit: (envelope: Envelope, decision: Decision) => Promise<Committed>,
): (envelope: Envelope, decision: Decision) => Promise<Attempt> {
  const line = createLines();
  /** Tenants whose approvals this process knows, but for what other processes wrote since. */
  const known = new Set<string>();

  async function judgedAgain(envelope: Envelope, stale: boolean): Promise<Omit<Attempt, 'committed'>> {
    const { tenant } = envelope.call;
    if (stale || !known.has(tenant)) await projection.catchUp([tenant]);
    known.add(tenant);
    const verdicts = envelope.verdicts.filter(({ guard }) => !approvalJudges.some(({ id }) => id === guard));
    const judged = await judge(approvalJudges, { ...envelope, verdicts });
    return { envelope: judged, decision: decide(guards, judged) };
  }

  return (envelope, decision) =>
    line(subjectOf(envelope.call), async (waited) => {
      let now = waited ? await judgedAgain(envelope, false) : { envelope, decision };
      for (let left = MOST_CONFLICTS; opensQuestion(now.decision); left--) {
        const committed = await commit(now.envelope, now.decision);
        if (committed.status !== 'conflict' || left === 0) return { ...now, committed };
        now = await judgedAgain(now.envelope, true);
      }
      return { ...now, committed: null };
    });
}
