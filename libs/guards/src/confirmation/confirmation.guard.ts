import {
  type ApprovalPorts,
  type ApprovalView,
  type QuestionCounts,
  type Config,
  type Envelope,
  type HoldVerdict,
  isEnforcedHold,
  type Probe,
  type Requirement,
} from '@sallyport/contracts';
import { defineGuard } from '../define-guard.ts';
import { deny, hold, pass } from '../opinions.ts';
import { noSuchTool, probeEnvelope } from '../probe-envelope.ts';
import { approvalId } from './approval-id.ts';
import { type CurrentAnswer, currentAnswer } from './current-answer.ts';

/** Calls that another guard holds go on only with an approval for exactly this call; otherwise people are asked. */
export const confirmation = defineGuard({
  id: 'confirmation',
  station: 'confirmation',
  grants: false,
  reasons: ['approval_required', 'approval_rejected', 'too_many_pending'],
  reads: ['approvals'],
  create: (ports, { approvals }) => confirmationJudge(ports, approvals),
  approvalJudge: (ports, { approvals }) => confirmationJudge(ports, approvals),
  probes: () => [holdProbe()],
});

function confirmationJudge(ports: ApprovalPorts, rules: Config['approvals']) {
  return async function confirmation(envelope: Envelope) {
    const holds = envelope.verdicts.filter(isEnforcedHold);
    if (holds.length === 0) return pass();
    const requirements = holds.flatMap((verdict) => verdict.requirements);
    // A hold that names nobody can't be lifted by anybody.
    if (holds.some((verdict) => verdict.requirements.length === 0)) return hold('approval_required', requirements);
    return judged(ports, rules, envelope, { holds, requirements });
  };
}

interface Held {
  readonly holds: readonly HoldVerdict[];
  readonly requirements: readonly Requirement[];
}

async function judged(ports: ApprovalPorts, rules: Config['approvals'], envelope: Envelope, held: Held) {
  // In this order: an approval that was counted by the first read is among those that the second read returns.
  const asked = await ports.approvals.askedBy(envelope.call.tenant, envelope.call.subject);
  const views = await ports.approvals.forCall(envelope.call);
  const now = ports.clock.now();
  const { requirements } = held;
  const found = currentAnswer(views, { envelope, requirements, now, refuseAgainFor: rules.refuse_again_for });
  const opinion =
    found === null
      ? opened(requirements, { id: approvalId(ports.ids), now, asked, views, most: rules.pending_per_subject })
      : answered(found, held);
  return { ...opinion, at: now };
}

function answered({ says, view }: CurrentAnswer, { holds, requirements }: Held) {
  const { id, version } = view;
  switch (says) {
    case 'approved':
      return pass({
        approval: { id, act: 'consume', version },
        satisfies: [...new Set(holds.map((one) => one.guard))],
      });
    case 'waiting':
      return hold('approval_required', requirements, { approval: { id, act: 'wait', version } });
    case 'rejected':
      return deny('approval_rejected', 'A person said no. Do not ask again; do something else or stop.');
  }
}

interface Opening {
  readonly id: string;
  /** Wall clock, milliseconds. */
  readonly now: number;
  readonly asked: QuestionCounts;
  /** Approvals of this call. None of them says anything of it now. */
  readonly views: readonly ApprovalView[];
  /** More open questions than this are refused. */
  readonly most: number;
}

/**
 * A no that still refuses its call is never forgotten, so their number needs a bound: a subject who has this many gets no new
 * question.
 */
const MOST_REFUSED = 100;

/** One question for a call: those that were asked when it was about something else are replaced. */
function opened(requirements: readonly Requirement[], { id, now, asked, views, most }: Opening) {
  const replaced = views.filter(({ status }) => status === 'requested' || status === 'approved');
  const freed = replaced.filter(({ status, decideBy }) => status === 'requested' && decideBy >= now);
  if (!(asked.pending - freed.length < most))
    return deny('too_many_pending', 'Too many questions wait for people. Wait until some of them are answered.');
  if (asked.refused >= MOST_REFUSED)
    return deny(
      'approval_rejected',
      `People said no to ${asked.refused} calls of this user a short time ago (approvals.refuse_again_for). Nobody is asked again until that is over.`,
    );
  const replaces = replaced.map(({ id: of, version }) => ({ id: of, version }));
  const approval = { id, act: 'open' as const, version: 0, asked: asked.total, replaces };
  return hold('approval_required', requirements, { approval });
}

/** A call that policies hold must be held. */
function holdProbe(): Probe {
  const requirement = { who: 'other', count: 1, group: null, ask: 'Is this a dry run?', rule: 'self-check' } as const;
  const held: HoldVerdict = {
    guard: 'authorization',
    effect: 'hold',
    reason: 'approval_required',
    requirements: [requirement],
  };
  return {
    about: 'confirmation/hold',
    envelopes: [probeEnvelope({ tool: noSuchTool, verdicts: [held] })],
    expects: { effect: 'hold', reason: 'approval_required' },
    hint: 'This is a fault in Sallyport: please report it.',
  };
}
