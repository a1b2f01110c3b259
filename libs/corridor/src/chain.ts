import { type Envelope, type MessageOf, mustAnswer, type Stamp, type Verdict } from '@sallyport/contracts';
import { sha256 } from '@sallyport/strict-json';
import type { KeyRing, Signer } from './corridor-ends.ts';
import { readEnvelope, readVerdicts } from './envelope-text.ts';
import { isSigned, type Parts, sign } from './mac.ts';

/** Who signs a call, in the order of the walk. */
export const signers: readonly Signer[] = ['gateway', 'rate-limit', 'authorization', 'confirmation'];

/** Why a message is refused, and the station that it claims to come from. */
export interface Fault {
  readonly station: string;
  readonly reason: string;
}

type Unsigned = Omit<MessageOf<'call'>, 'stamps' | 'kind'>;

/** The gateway's stamp, over the whole envelope, where the answer goes, and how long it is worth something. */
export function gatewayStamp(ring: KeyRing, message: Unsigned, given: readonly Verdict[]): Stamp {
  const verdicts = JSON.stringify(given);
  return { by: 'gateway', verdicts, mac: sign(ring, gatewayParts(message, verdicts)) };
}

/**
 * A station's stamp, over what it judged and every stamp before. It names the whole body and not only the call's id:
 * a verdict that a stranger got for other arguments fits no other call.
 */
export function stationStamp(
  ring: KeyRing,
  by: Signer,
  { body, stamps }: Pick<MessageOf<'call'>, 'body' | 'stamps'>,
  given: readonly Verdict[],
): Stamp {
  const verdicts = JSON.stringify(given);
  return { by, verdicts, mac: sign(ring, stationParts(sha256(body), { by, verdicts }, stamps.at(-1)?.mac ?? '')) };
}

/** The envelope of a call with all verdicts so far; null where it could not be read. Nothing of it is verified. */
export function envelopeIn({ body, stamps }: Pick<MessageOf<'call'>, 'body' | 'stamps'>): Envelope | null {
  const unjudged = readEnvelope(body);
  const verdicts: Verdict[] = [];
  for (const stamp of stamps) {
    const said = readVerdicts(stamp.verdicts);
    if (said === null) return null;
    verdicts.push(...said);
  }
  return unjudged === null ? null : { ...unjudged, verdicts };
}

/** Verifies who stamped, in the order of the walk, and that nobody was skipped; null for an honest chain. */
export function chainFault(keys: Readonly<Record<Signer, KeyRing>>, message: MessageOf<'call'>): Fault | null {
  const { stamps } = message;
  const body = sha256(message.body);
  for (const [place, stamp] of stamps.entries()) {
    const by = signers.find((signer) => signer === stamp.by);
    if (by === undefined) return { station: 'unknown', reason: 'unknown_signer' };
    const before = stamps[place - 1];
    const parts = before ? stationParts(body, stamp, before.mac) : gatewayParts(message, stamp.verdicts);
    if (!isSigned(keys[by], parts, stamp.mac)) return { station: by, reason: 'forged_stamp' };
    if (by !== signers[place]) return { station: signers[place] ?? by, reason: 'station_skipped' };
  }
  const next = signers[stamps.length];
  const said = stamps.flatMap(({ verdicts }) => readVerdicts(verdicts) ?? []);
  return next === undefined || !mustAnswer(next, said) ? null : { station: next, reason: 'station_skipped' };
}

function gatewayParts({ body, lane, inbox, until }: Unsigned, verdicts: string): Parts {
  return ['call', sha256(body), `${lane}`, `${inbox}`, `${until}`, verdicts];
}

function stationParts(body: string, { by, verdicts }: Omit<Stamp, 'mac'>, before: string): Parts {
  return ['stamp', body, by, verdicts, before];
}
