import {
  type DenyVerdict,
  type Envelope,
  isEnforcedDeny,
  type MessageOf,
  otherSettings,
  type Verdict,
} from '@sallyport/contracts';
import { chainFault, envelopeIn, type Fault } from './chain.ts';
import type { AuditEndParts } from './transport-ends.ts';
import { readVerdicts } from './envelope-text.ts';
import type { Disagreement, SettingsAgreement } from './settings-agreement.ts';

/** What audit does with a call that came: judge it, refuse it as no honest one, or let it fall since nobody waits. */
export type Admission =
  | { readonly envelope: Envelope; readonly disagreement?: Disagreement }
  | { readonly fault: Fault; readonly call: string | null }
  | { readonly dropped: 'past_deadline' };

type Parts = Pick<AuditEndParts, 'keys' | 'guards' | 'guardsDigest' | 'policyIsCurrent' | 'time'> & {
  readonly settings: Pick<AuditEndParts['settings'], 'current'>;
  readonly agreement: SettingsAgreement;
};

/**
 * Verifies a call from end to end. What is not honest must never touch the call's own stream: otherwise anyone who can
 * write to a topic could have other people's calls refused. An honest call under guards or policies that are no longer
 * in force, or by programs that are configured differently, comes out with a deny among its verdicts.
 *
 * @param key of the message: the tenant
 */
export function admit(parts: Parts, message: MessageOf<'call'>, key: string | null): Admission {
  const envelope = envelopeIn(message);
  const call = envelope?.call.callId ?? null;
  const forged = chainFault(parts.keys, message);
  if (forged !== null) return { fault: forged, call };
  if (envelope === null) return { fault: { station: 'gateway', reason: 'unreadable_envelope' }, call };
  if (key !== envelope.call.tenant) return { fault: { station: 'gateway', reason: 'foreign_tenant' }, call };
  if (parts.time.left(message.until) < 0) return { dropped: 'past_deadline' };
  if (envelope.guards !== parts.guardsDigest)
    return { envelope: refused(parts, envelope, { reason: 'guards_outdated' }) };
  const misplaced = misplacedVerdict(parts, message);
  if (misplaced !== null) return { fault: misplaced, call };
  if (!parts.policyIsCurrent(envelope.call.tenant, envelope.policy))
    return { envelope: refused(parts, envelope, { reason: 'policy_outdated' }) };
  return agreed(parts, envelope);
}

/** Each verdict must be by the station that hosts its guard, and each guard speaks once. */
function misplacedVerdict({ guards }: Parts, { signatures }: MessageOf<'call'>): Fault | null {
  const heard = new Set<string>();
  for (const { by, verdicts } of signatures) {
    for (const { guard } of readVerdicts(verdicts) ?? []) {
      const hosted = guards.some(({ id, station }) => id === guard && station === by);
      if (!hosted) return { station: by, reason: 'foreign_verdict' };
      if (heard.has(guard)) return { station: by, reason: 'repeated_verdict' };
      heard.add(guard);
    }
  }
  return null;
}

/** A call is judged by one configuration, or refused: nobody would know which limits were in force for it. */
function agreed(parts: Parts, envelope: Envelope): Admission {
  const disagreement = parts.agreement.compare(envelope, parts.settings.current());
  if (disagreement === null) return { envelope };
  const { guard, programs, lags } = disagreement;
  const why = { ...otherSettings, detail: { guard, ...programs, behind: lags.join(', ') } };
  return { envelope: refused(parts, envelope, why), disagreement };
}

const advice = 'The rules changed while this call was judged. Send it again.';

/** The same call with a deny in the place of the grant, or of the guard that said the same. One that is denied anyway keeps its own reason. */
function refused(
  { guards }: Parts,
  envelope: Envelope,
  why: Pick<DenyVerdict, 'reason' | 'detail'> & { readonly advice?: string },
): Envelope {
  const known = envelope.verdicts.filter(({ guard }) => guards.some(({ id }) => id === guard));
  const denied = known.find(isEnforcedDeny);
  if (denied !== undefined && denied.reason !== why.reason) return { ...envelope, verdicts: known };
  const guard = denied?.guard ?? (guards.find(({ grants }) => grants) ?? guards[0])?.id ?? 'audit';
  const deny: Verdict = { guard, effect: 'deny', advice, ...why };
  return { ...envelope, verdicts: [...known.filter((verdict) => verdict.guard !== guard), deny] };
}
