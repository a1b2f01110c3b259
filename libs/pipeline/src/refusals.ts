import type { Answer, ApprovalUse, Call, Decision, Requirement, UpstreamFailure } from '@sallyport/contracts';
import type { FailureReason } from './failure-reason.ts';

type Refused = Extract<Answer, { kind: 'refused' }>;

/** What the client reads of a decision that is no allow: one sentence of advice and the reference. */
export function refused(call: Call, decision: Decision): Answer {
  if (decision.effect === 'hold') return waiting(call, decision.requirements, decision.approval);
  if (decision.reason === 'unknown_tool') return { kind: 'unknown_tool' };
  if (decision.effect === 'allow') return answer(call, { decision: 'deny', reason: decision.reason }, plain);
  const { reason, advice, retryAfterMs, scopes } = decision;
  const retry = retryAfterMs === undefined ? {} : { retryAfterMs };
  return { ...answer(call, { decision: 'deny', reason, ...retry }, advice), ...(scopes && { missingScopes: scopes }) };
}

const plain = 'This call was refused.';

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

/** What came of calls that were sent. Nothing here may invite another call: it would act twice. */
const sent: Readonly<Record<FailureReason, string>> = {
  outcome_unknown: 'took the call, or may have, and gave no answer to it.',
  upstream_timeout: 'did not answer in the time that the operator gives it (`timeout` of this upstream or tool).',
  upstream_garbage: 'gave an answer that could not be read.',
  upstream_asked: 'asked something of the client in its answer, and could not go on without it.',
  upstream_too_large: 'gave an answer that is larger than `max_response_bytes` of this upstream lets through.',
  upstream_wrong_id: 'gave an answer to another question.',
  upstream_error: 'answered with an error.',
  cancelled: 'was told that you no longer wait.',
};
export const lookFirst =
  'The call may have run. Do not repeat it: look first at what it would have changed, or ask the operator, who can look up the reference.';

/**
 * What the client reads when the upstream failed after the call was sent: never what the upstream said.
 *
 * @param says what we have to say of it ourselves
 */
export function failed(call: Call, reason: FailureReason, says?: string): Refused {
  const why = [`${call.upstream} ${sent[reason]}`, ...(says === undefined ? [] : [says]), lookFirst].join(' ');
  return answer(call, { decision: 'allow', reason }, why);
}

/** The upstream of the call waits, if it still does, at the gateway that sent it. */
export function notThere(call: Call): Refused {
  const text =
    'No call waits for these answers any more: its time (`call_timeout`, `timeout`) is over, or the gateway that had it is gone or ' +
    `does not answer. ${lookFirst}`;
  return answer(call, { decision: 'allow', reason: 'upstream_asked' }, text);
}

/** Why calls were not sent, where there is more to say than that. */
const unsent: Readonly<Partial<Record<UpstreamFailure, string>>> = {
  upstream_down: 'is not available. The call was not run. Try again later.',
  upstream_full:
    'has as many sessions or programs in use as it may have, or as one tenant or caller may. The call was not run. Try again when a call of yours or of others has ended. The operator can raise max_sessions or max_programs of this upstream, and how many one caller may have: max_sessions_per_subject or max_programs_per_subject.',
  upstream_no_subscriptions:
    'does not tell of changes of its resources (it declares no `resources.subscribe`). Read the resource again instead.',
  upstream_not_shared:
    'is not open to your tenant: the operator has to say who may share its program (`share` of this upstream). The call was not run.',
};

/** The call was allowed and then not sent: too late, not the call that was judged, or nobody was there to take it. */
export function notRun(call: Call, reason: UpstreamFailure): Refused {
  const why = unsent[reason];
  if (why !== undefined) return answer(call, { decision: 'allow', reason }, `${call.upstream} ${why}`);
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
