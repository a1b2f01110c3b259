import type { Answer, ApprovalUse, Call, Decision, Requirement, UpstreamFailure } from '@sallyport/contracts';

type Refused = Extract<Answer, { kind: 'refused' }>;

/** What the client reads of a decision that is no allow: one sentence of advice and the reference. */
export function refused(call: Call, decision: Decision): Answer {
  if (decision.effect === 'hold') return waiting(call, decision.requirements, decision.approval);
  if (decision.reason === 'unknown_tool') return { kind: 'unknown_tool' };
  const text = decision.effect === 'deny' ? decision.advice : 'This call was refused.';
  const retry =
    decision.effect === 'deny' && decision.retryAfterMs !== undefined ? { retryAfterMs: decision.retryAfterMs } : {};
  return answer(call, { decision: 'deny', reason: decision.reason, ...retry }, text);
}

function waiting(call: Call, requirements: readonly Requirement[], approval: ApprovalUse | null): Refused {
  const id = approval?.id ?? '';
  const whom = requirements
    .map(({ who, count, group }) =>
      who === 'group' ? `${count} of ${group}` : who === 'self' ? 'your own yes' : 'another person',
    )
    .join(' and ');
  const text = `Waiting for ${whom} (${id}). When it is given, call again with the same arguments.`;
  return { ...answer(call, { decision: 'hold', reason: 'approval_required', approval: id }, text), requirements };
}

function answer(call: Call, meta: Omit<Refused['meta'], 'id'>, text: string): Refused {
  return {
    kind: 'refused',
    text: `${text} Reference ${call.callId}.`,
    meta: { ...meta, id: call.callId },
    requirements: [],
  };
}

const failures: Readonly<Record<UpstreamFailure, string>> = {
  upstream_down: 'is not available. Try again later.',
  upstream_timeout: 'did not answer in time. It may have acted: look before you repeat the call.',
  upstream_garbage: 'gave an answer that could not be read. It may have acted: look before you repeat the call.',
  upstream_asked:
    'asked something of the client in its answer, which is not passed on. It may have acted: look before you repeat the call.',
  upstream_too_large: 'gave an answer that is too large. Ask for less.',
  upstream_wrong_id: 'gave an answer to another question. It may have acted: look before you repeat the call.',
  cancelled: 'was told that you no longer wait. It may have acted.',
};

/** What the client reads when the upstream failed: a code and the reference, never what the upstream said. */
export function failed(call: Call, reason: UpstreamFailure | 'upstream_error'): Refused {
  const what = reason === 'upstream_error' ? 'could not do this.' : failures[reason];
  return answer(call, { decision: 'allow', reason }, `${call.upstream} ${what}`);
}

/** The call was allowed and then not sent: too late, or not the call that was judged. */
export function notRun(call: Call, reason: string): Refused {
  return answer(call, { decision: 'deny', reason }, 'This call was not run. Send it again if you still want it.');
}

/** The call ran and its outcome could be recorded nowhere. */
export function ranUnrecorded(call: Call): Refused {
  return answer(
    call,
    { decision: 'allow', reason: 'ran_unrecorded' },
    'This call ran, but its outcome could not be recorded. Do not repeat it; tell the operator.',
  );
}
