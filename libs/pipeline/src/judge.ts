import {
  type Digest,
  type Envelope,
  type Judge,
  mustAnswer,
  type Opinion,
  otherSettings,
  type Station,
  type Verdict,
} from '@sallyport/contracts';

/** A guard that is ready to be asked. */
export interface Seat {
  readonly id: string;
  readonly station: Station;
  readonly grants: boolean;
  readonly shadow: boolean;
  /** Digest of what it is configured with; absent where nobody compares it. */
  readonly settings?: Digest;
  readonly judge: Judge;
}

export interface JudgeOptions {
  /** Milliseconds that one guard may take; after that it has denied. */
  readonly patienceMs?: number;
  /** Told why a guard failed; for the log. */
  readonly onFailure?: (guard: string, error: unknown) => void;
}

/**
 * Asks each guard in order. A deny ends the walk, a hold does not; confirmation is asked only about a call that is held. A
 * throw, a time-out and a grant by a guard that may not grant are denials. So is a call of a gateway that has a guard configured
 * otherwise, which is not asked then: what it charged under one configuration would stand for a call that was judged by another.
 *
 * @returns the envelope with the verdicts of `seats` added behind those that it had; never throws
 */
export async function judge(seats: readonly Seat[], envelope: Envelope, options: JudgeOptions = {}): Promise<Envelope> {
  const verdicts = [...envelope.verdicts];
  const growing: Envelope = { ...envelope, verdicts };
  for (const seat of seats) {
    if (mustAnswer(seat.station, verdicts)) verdicts.push(await ask(seat, growing, options));
  }
  return growing;
}

async function ask(seat: Seat, envelope: Envelope, { patienceMs = 5_000, onFailure }: JudgeOptions): Promise<Verdict> {
  const { [seat.id]: settings } = envelope.settings;
  if (seat.settings !== undefined && settings !== undefined && settings !== seat.settings)
    return signed(seat, { effect: 'deny', ...otherSettings });
  try {
    const answer = seat.judge(envelope);
    return signed(seat, answer instanceof Promise ? await inTime(answer, patienceMs) : answer);
  } catch (error) {
    onFailure?.(seat.id, error);
    const reason = error instanceof GuardTimeout ? 'guard_timed_out' : 'guard_failed';
    return signed(seat, { effect: 'deny', reason, advice: 'This call could not be judged. Try again later.' });
  }
}

function signed(seat: Seat, opinion: Opinion): Verdict {
  const { id: guard, settings } = seat;
  const signature = { guard, ...(seat.shadow ? { shadow: true as const } : {}), ...(settings && { settings }) };
  if (opinion.effect === 'allow' && !seat.grants)
    return { effect: 'deny', reason: 'may_not_grant', advice: 'This call was refused.', ...signature };
  return { ...opinion, ...signature };
}

class GuardTimeout extends Error {
  readonly code = 'guard_timed_out';
}

function inTime<T>(answer: Promise<T>, patienceMs: number): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const timer = setTimeout(() => reject(new GuardTimeout('guard timed out')), patienceMs);
    answer.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
