import type { Call, Release } from '@sallyport/contracts';

const advices: Readonly<Record<string, string>> = {
  decision_unavailable: 'The call could not be evaluated and was refused. Try again later.',
  timed_out: 'No decision came in time, so the call was refused. Try again later.',
  tenant_overload: 'Too many calls wait for a decision. Send fewer at once, and try again in a moment.',
};

const plain = 'This call was refused.';

/** A release that denies and has no place in the log. */
export function refusal(call: Call, reason: string, guard = 'transport'): Release {
  return {
    callId: call.callId,
    boot: call.gateway.boot,
    digest: call.digest,
    decision: { effect: 'deny', reason, guard, advice: advices[reason] ?? plain },
    position: null,
  };
}
