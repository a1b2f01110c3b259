import {
  type Digest,
  type Envelope,
  type Judge,
  mustAnswer,
  type Observer,
  type Opinion,
  otherSettings,
  type Station,
  type Verdict,
} from '@sallyport/contracts';
import { LATE, within } from '@sallyport/base';

/** A guard that is ready to be asked. */
export interface BoundGuard {
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
  readonly timeoutMs?: number;
  /** Told why a guard failed, and how long each took. */
  readonly observer?: Pick<Observer, 'incident' | 'measured'>;
  /** Milliseconds, monotonic. */
  readonly now?: () => number;
}

/**
 * Asks each guard in order. A deny ends the evaluation, a hold does not; confirmation is asked only about a call that is held. A
 * throw, a time-out and a grant by a guard that may not grant are denials. So is a call of a gateway that has a guard configured
 * otherwise, which is not asked then: what it charged under one configuration would stand for a call that was judged by another.
 *
 * @returns the envelope with the verdicts of `boundGuards` added behind those that it had; never throws
 */
export async function judge(
  boundGuards: readonly BoundGuard[],
  envelope: Envelope,
  options: JudgeOptions = {},
): Promise<Envelope> {
  const verdicts = [...envelope.verdicts];
  const growing: Envelope = { ...envelope, verdicts };
  const { observer, now = () => performance.now() } = options;
  let before = now();
  for (const guard of boundGuards) {
    if (!mustAnswer(guard.station, verdicts)) continue;
    verdicts.push(await ask(guard, growing, options));
    const after = now();
    observer?.measured?.('guard', guard.id, after - before);
    before = after;
  }
  return growing;
}

async function ask(
  guard: BoundGuard,
  envelope: Envelope,
  { timeoutMs = 5_000, observer }: JudgeOptions,
): Promise<Verdict> {
  const { [guard.id]: settings } = envelope.settings;
  if (guard.settings !== undefined && settings !== undefined && settings !== guard.settings)
    return signed(guard, { effect: 'deny', ...otherSettings });
  try {
    const answer = guard.judge(envelope);
    const opinion = answer instanceof Promise ? await within(answer, timeoutMs) : answer;
    if (opinion !== LATE) return signed(guard, opinion);
    observer?.incident('guard_failed', `${guard.id}: no answer in ${timeoutMs} ms`);
    return failed(guard, 'guard_timed_out');
  } catch (error) {
    observer?.incident('guard_failed', `${guard.id}: ${String(error)}`);
    return failed(guard, 'guard_failed');
  }
}

function failed(guard: BoundGuard, reason: string): Verdict {
  return signed(guard, { effect: 'deny', reason, advice: 'This call could not be judged. Try again later.' });
}

function signed(guard: BoundGuard, opinion: Opinion): Verdict {
  const { id, settings } = guard;
  const signature = { guard: id, ...(guard.shadow ? { shadow: true as const } : {}), ...(settings && { settings }) };
  if (opinion.effect === 'allow' && !guard.grants)
    return { effect: 'deny', reason: 'may_not_grant', advice: 'This call was refused.', ...signature };
  return { ...opinion, ...signature };
}
