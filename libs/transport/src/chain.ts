import { type Envelope, type MessageOf, mustAnswer, type Signature, type Verdict } from '@sallyport/contracts';
import { sha256 } from '@sallyport/base';
import type { KeyRing, Signer } from './transport-ends.ts';
import { readEnvelope, readVerdicts } from './envelope-text.ts';
import { isSigned, type Parts, sign } from './mac.ts';

/** Who signs a call, in the order in which they are asked. */
export const signers: readonly Signer[] = ['gateway', 'rate-limit', 'authorization', 'confirmation'];

/** Why a message is refused, and the station that it claims to come from. */
export interface Fault {
  readonly station: string;
  readonly reason: string;
}

type Unsigned = Omit<MessageOf<'call'>, 'signatures' | 'kind'>;

/** The gateway's signature, over the whole envelope, where the answer goes, and how long it is worth something. */
export function gatewaySignature(ring: KeyRing, message: Unsigned, given: readonly Verdict[]): Signature {
  const verdicts = JSON.stringify(given);
  return { by: 'gateway', verdicts, mac: sign(ring, gatewayParts(message, verdicts)) };
}

/**
 * A station's signature, over what it judged and every signature before. It names the whole body and not only the call's id:
 * a verdict that a stranger got for other arguments fits no other call.
 */
export function stationSignature(
  ring: KeyRing,
  by: Signer,
  { body, signatures }: Pick<MessageOf<'call'>, 'body' | 'signatures'>,
  given: readonly Verdict[],
): Signature {
  const verdicts = JSON.stringify(given);
  return { by, verdicts, mac: sign(ring, stationParts(sha256(body), { by, verdicts }, signatures.at(-1)?.mac ?? '')) };
}

/** The envelope of a call with all verdicts so far; null where it could not be read. Nothing of it is verified. */
export function envelopeIn({ body, signatures }: Pick<MessageOf<'call'>, 'body' | 'signatures'>): Envelope | null {
  const unjudged = readEnvelope(body);
  const verdicts: Verdict[] = [];
  for (const signature of signatures) {
    const said = readVerdicts(signature.verdicts);
    if (said === null) return null;
    verdicts.push(...said);
  }
  return unjudged === null ? null : { ...unjudged, verdicts };
}

/** Verifies who signed, in the order in which they are asked, and that nobody was skipped; null for an honest chain. */
export function chainFault(keys: Readonly<Record<Signer, KeyRing>>, message: MessageOf<'call'>): Fault | null {
  const { signatures } = message;
  const body = sha256(message.body);
  for (const [place, signature] of signatures.entries()) {
    const by = signers.find((signer) => signer === signature.by);
    if (by === undefined) return { station: 'unknown', reason: 'unknown_signer' };
    const before = signatures[place - 1];
    const parts = before ? stationParts(body, signature, before.mac) : gatewayParts(message, signature.verdicts);
    if (!isSigned(keys[by], parts, signature.mac)) return { station: by, reason: 'forged_signature' };
    if (by !== signers[place]) return { station: signers[place] ?? by, reason: 'station_skipped' };
  }
  const next = signers[signatures.length];
  const said = signatures.flatMap(({ verdicts }) => readVerdicts(verdicts) ?? []);
  return next === undefined || !mustAnswer(next, said) ? null : { station: next, reason: 'station_skipped' };
}

function gatewayParts({ body, attempt, inbox, until }: Unsigned, verdicts: string): Parts {
  return ['call', sha256(body), `${attempt}`, `${inbox}`, `${until}`, verdicts];
}

function stationParts(body: string, { by, verdicts }: Omit<Signature, 'mac'>, before: string): Parts {
  return ['signature', body, by, verdicts, before];
}
