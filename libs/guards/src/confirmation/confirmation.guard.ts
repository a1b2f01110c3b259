import type { Config, Envelope, GuardPorts, HoldVerdict, Probe, Requirement } from '@sallyport/contracts';
import { defineGuard } from '../define-guard.ts';
import { deny, hold, pass } from '../opinions.ts';
import { noSuchTool, probeEnvelope } from '../probe-envelope.ts';
import { approvalId } from './approval-id.ts';
import { standing } from './standing.ts';

/** Calls that another guard holds go on only with an approval for exactly this call; otherwise people are asked. */
export const confirmation = defineGuard({
  id: 'confirmation',
  station: 'confirmation',
  grants: false,
  reasons: ['approval_required', 'approval_rejected', 'too_many_pending'],
  reads: ['approvals'],
  create: (ports, { approvals }) =>
    async function confirmation(envelope) {
      const holds = envelope.verdicts.filter((verdict) => verdict.effect === 'hold' && verdict.shadow !== true);
      if (holds.length === 0) return pass();
      return judged(ports, approvals, envelope, holds as readonly HoldVerdict[]);
    },
  probes: () => [holdProbe()],
});

async function judged(
  ports: GuardPorts,
  rules: Config['approvals'],
  envelope: Envelope,
  holds: readonly HoldVerdict[],
) {
  const requirements = holds.flatMap((verdict) => verdict.requirements);
  // A hold that names nobody can't be lifted by anybody.
  if (holds.some((verdict) => verdict.requirements.length === 0)) return hold('approval_required', requirements);
  const found = standing(await ports.approvals.forCall(envelope.call), {
    envelope,
    requirements,
    now: ports.clock.now(),
    refuseAgainFor: rules.refuse_again_for,
  });
  switch (found?.says) {
    case 'approved': {
      const { id, version } = found.view;
      return pass({
        approval: { id, act: 'consume', version },
        satisfies: [...new Set(holds.map((one) => one.guard))],
      });
    }
    case 'waiting': {
      const { id, version } = found.view;
      return hold('approval_required', requirements, { approval: { id, act: 'wait', version } });
    }
    case 'rejected':
      return deny('approval_rejected', 'A person said no. Do not ask again; do something else or stop.');
    default:
      return opened(ports, rules, envelope, requirements);
  }
}

async function opened(
  { approvals, ids }: GuardPorts,
  rules: Config['approvals'],
  { call }: Envelope,
  requirements: readonly Requirement[],
) {
  const pending = await approvals.pendingOf(call.tenant, call.subject);
  if (!(pending < rules.pending_per_subject))
    return deny('too_many_pending', 'Too many questions wait for people. Wait until some of them are answered.');
  return hold('approval_required', requirements, { approval: { id: approvalId(ids), act: 'open', version: 0 } });
}

/** A call that policies hold must be held. */
function holdProbe(): Probe {
  const requirement = { who: 'other', count: 1, group: null, ask: 'Is this a rehearsal?', rule: 'self-check' } as const;
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
    hint: 'The house itself is at fault: please report this.',
  };
}
