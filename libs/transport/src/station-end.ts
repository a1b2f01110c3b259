import {
  type BusMessage,
  type Envelope,
  type MessageOf,
  mustAnswer,
  type Signature,
  type Verdict,
} from '@sallyport/contracts';
import { sha256 } from '@sallyport/base';
import { createPartitionSender, type Route } from './partition-sender.ts';
import { envelopeIn, signers, stationSignature } from './chain.ts';
import type { StationEnd, StationEndParts } from './transport-ends.ts';
import { createLoopbackProbe, type LoopbackProbe } from './loopback-probe.ts';
import { checkRing, sign } from './mac.ts';
import { Seen } from './seen.ts';
import { decode, encode } from './messages.ts';

/** What a process that hosts stations does with its messages. */
interface StationHandler extends StationEndParts {
  /** Whose topic it goes to from here, if it is for them; audit's otherwise. */
  readonly next: NextStation | null;
  /** Tries for so many milliseconds. */
  readonly forward: (route: Route, message: Pick<BusMessage, 'key' | 'value'>, forMs: number) => Promise<void>;
  readonly seen: Seen;
  readonly loopback: LoopbackProbe;
  /** Partitions that are this process's now. */
  readonly partitions: () => readonly number[];
}

/**
 * Joins the stations that a process hosts to the transport: each call is judged, signed and passed on. A deny goes
 * straight to audit. Whatever can't be read is dropped and counted.
 *
 * @throws TypeError where the stations are not adjacent in the order of stations, or a key is unfit
 * @throws BusUnavailable
 */
export async function createStationEnd(parts: StationEndParts): Promise<StationEnd> {
  const { bus, topics, prefix, ids, clock, time, instance, observer } = parts;
  const { first, next } = placeOf(parts);
  const sender = createPartitionSender(parts);
  const loopback = createLoopbackProbe({ bus, ids, clock, time, topic: topics[first], instance });
  const handler: StationHandler = {
    ...parts,
    next,
    seen: new Seen(),
    loopback,
    partitions: () => subscription.partitions(),
    async forward(route, { key, value }, forMs) {
      const sent = await sender.deliver({ route, value, ...(key === null ? {} : { key }) }, forMs);
      if (!sent) observer.incident('not_forwarded', route.topic);
    },
  };
  const subscription = await bus.share({
    topic: topics[first],
    group: `${prefix}.${first}`,
    handle: (message) =>
      take(handler, message).catch((error: unknown) => observer.incident('station_failed', String(error))),
  });
  loopback.start(subscription);
  return {
    ready: loopback.ready,
    async stop() {
      loopback.stop();
      await subscription.stop();
    },
  };
}

type NextStation = StationEndParts['hosted'][number]['name'];

function placeOf({ hosted }: StationEndParts): { readonly first: NextStation; readonly next: NextStation | null } {
  const names = hosted.map(({ name }) => name);
  const [first] = names;
  if (first === undefined) throw new TypeError('A process hosts no station.');
  const from = signers.indexOf(first);
  if (names.some((name, place) => signers[from + place] !== name))
    throw new TypeError(`Stations ${names.join(', ')} are not adjacent in the order of stations.`);
  for (const { name, key } of hosted) checkRing(name, key);
  const after = signers[from + names.length];
  return { first, next: after === undefined || after === 'gateway' ? null : after };
}

async function take(handler: StationHandler, message: BusMessage): Promise<void> {
  const read = decode(message.value);
  if (read === null) return handler.observer.incident('malformed', `a message on ${message.topic}`);
  if (read.kind === 'loopback') return handler.loopback.heard(read, message.time);
  if (read.kind === 'probe') return pass(handler, read, message);
  if (read.kind === 'reload') return reloaded(handler, read, message);
  if (read.kind === 'call') return judged(handler, read, message);
  handler.observer.incident('misdirected', `${read.kind} on ${message.topic}`);
}

const probeMs = 2_000;

async function pass(
  { forward, next, topics }: StationHandler,
  { id }: MessageOf<'probe'>,
  message: BusMessage,
): Promise<void> {
  await forward({ topic: topics[next ?? 'decide'], name: id, attempt: 0 }, message, probeMs);
}

/** The question goes on to the next station, and the answer to audit: once, however many partitions it came to. */
async function reloaded(handler: StationHandler, asked: MessageOf<'reload'>, message: BusMessage): Promise<void> {
  const { forward, next, topics, hosted, instance, seen, partitions } = handler;
  const { attempt, id, boot, inbox, mac: ask } = asked;
  await forward({ topic: topics[next ?? 'decide'], name: id, attempt }, message, probeMs);
  const [first] = hosted;
  if (first === undefined || !seen.add(`reload/${id}`)) return;
  const { name: by, key } = first;
  const body = JSON.stringify({ program: by, instance, partitions: partitions(), ...(await handler.reload()) });
  const mac = sign(key, ['report', id, boot, `${inbox}`, by, body]);
  const value = encode({ kind: 'report', id, boot, inbox, ask, by, body, mac });
  await forward({ topic: topics.decide, name: id, attempt: 0 }, { key: null, value }, probeMs);
}

async function judged(handler: StationHandler, call: MessageOf<'call'>, message: BusMessage): Promise<void> {
  const { observer, time, topics, next } = handler;
  if (time.left(call.until) < 0) return observer.incident('past_deadline', `a call on ${message.topic}`);
  // By its bytes, not by the call's id: a stranger who names an honest call first would else have it dropped.
  if (!handler.seen.add(sha256(message.value))) return;
  const envelope = envelopeIn(call);
  if (envelope === null) return observer.incident('malformed', `an envelope on ${message.topic}`);
  const { signatures, verdicts } = await signed(handler, call, envelope);
  const { callId, tenant } = envelope.call;
  const goesOn = next !== null && mustAnswer(next, verdicts);
  const [topic, name] = goesOn ? [topics[next], callId] : [topics.decide, tenant];
  const value = encode({ ...call, signatures });
  await handler.forward({ topic, name, attempt: call.attempt }, { key: message.key, value }, time.left(call.until));
}

/** Asks each hosted station in turn that the call is for; one signature each. */
async function signed(
  { hosted }: StationHandler,
  { body, signatures }: MessageOf<'call'>,
  envelope: Envelope,
): Promise<{ signatures: readonly Signature[]; verdicts: readonly Verdict[] }> {
  let known = envelope;
  const all = [...signatures];
  for (const { name, judge, key } of hosted) {
    if (!mustAnswer(name, known.verdicts)) break;
    const before = known.verdicts.length;
    const { verdicts } = await judge(known);
    all.push(stationSignature(key, name, { body, signatures: all }, verdicts.slice(before)));
    known = { ...known, verdicts };
  }
  return { signatures: all, verdicts: known.verdicts };
}
