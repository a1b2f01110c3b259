import {
  type BusMessage,
  type Envelope,
  type MessageOf,
  mustAnswer,
  type Stamp,
  type Verdict,
} from '@sallyport/contracts';
import { sha256 } from '@sallyport/strict-json';
import { createCarrier, type Route } from './carrier.ts';
import { envelopeIn, signers, stationStamp } from './chain.ts';
import type { StationEnd, StationEndParts } from './corridor-ends.ts';
import { createEcho, type Echo } from './echo.ts';
import { checkRing, sign } from './mac.ts';
import { Seen } from './seen.ts';
import { decode, encode } from './wire.ts';

/** What a process that hosts stations does with its messages. */
interface Desk extends StationEndParts {
  /** Whose topic it goes to from here, if it is for them; audit's otherwise. */
  readonly next: NextStation | null;
  /** Tries for so many milliseconds. */
  readonly forward: (route: Route, message: Pick<BusMessage, 'key' | 'value'>, forMs: number) => Promise<void>;
  readonly seen: Seen;
  readonly echo: Echo;
  /** Partitions that are this process's now. */
  readonly partitions: () => readonly number[];
}

/**
 * Joins the stations that a process hosts to the corridor: each call is judged, stamped and passed on. A deny goes
 * straight to audit. Whatever can't be read is dropped and counted.
 *
 * @throws TypeError where the stations are no neighbours in the order of the walk, or a key is unfit
 * @throws BusUnavailable
 */
export async function createStationEnd(parts: StationEndParts): Promise<StationEnd> {
  const { bus, topics, prefix, ids, clock, time, instance, observer } = parts;
  const { first, next } = placeOf(parts);
  const carrier = createCarrier(parts);
  const echo = createEcho({ bus, ids, clock, time, topic: topics[first], instance });
  const desk: Desk = {
    ...parts,
    next,
    seen: new Seen(),
    echo,
    partitions: () => subscription.partitions(),
    async forward(route, { key, value }, forMs) {
      const sent = await carrier.deliver({ route, value, ...(key === null ? {} : { key }) }, forMs);
      if (!sent) observer.trouble('not_forwarded', route.topic);
    },
  };
  const subscription = await bus.share({
    topic: topics[first],
    group: `${prefix}.${first}`,
    handle: (message) =>
      take(desk, message).catch((error: unknown) => observer.trouble('station_failed', String(error))),
  });
  echo.start(subscription);
  return {
    ready: echo.ready,
    async stop() {
      echo.stop();
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
    throw new TypeError(`Stations ${names.join(', ')} are no neighbours in the order of the walk.`);
  for (const { name, key } of hosted) checkRing(name, key);
  const after = signers[from + names.length];
  return { first, next: after === undefined || after === 'gateway' ? null : after };
}

async function take(desk: Desk, message: BusMessage): Promise<void> {
  const read = decode(message.value);
  if (read === null) return desk.observer.trouble('malformed', `a message on ${message.topic}`);
  if (read.kind === 'echo') return desk.echo.heard(read, message.time);
  if (read.kind === 'ping') return pass(desk, read, message);
  if (read.kind === 'reload') return reloaded(desk, read, message);
  if (read.kind === 'call') return judged(desk, read, message);
  desk.observer.trouble('misdirected', `${read.kind} on ${message.topic}`);
}

const pingMs = 2_000;

async function pass({ forward, next, topics }: Desk, { id }: MessageOf<'ping'>, message: BusMessage): Promise<void> {
  await forward({ topic: topics[next ?? 'decide'], name: id, lane: 0 }, message, pingMs);
}

/** The question goes on to the next station, and the answer to audit: once, however many partitions it came to. */
async function reloaded(desk: Desk, asked: MessageOf<'reload'>, message: BusMessage): Promise<void> {
  const { forward, next, topics, hosted, instance, seen, partitions } = desk;
  const { lane, id, boot, inbox, mac: ask } = asked;
  await forward({ topic: topics[next ?? 'decide'], name: id, lane }, message, pingMs);
  const [first] = hosted;
  if (first === undefined || !seen.add(`reload/${id}`)) return;
  const { name: by, key } = first;
  const body = JSON.stringify({ program: by, instance, partitions: partitions(), ...(await desk.reload()) });
  const mac = sign(key, ['report', id, boot, `${inbox}`, by, body]);
  const value = encode({ kind: 'report', id, boot, inbox, ask, by, body, mac });
  await forward({ topic: topics.decide, name: id, lane: 0 }, { key: null, value }, pingMs);
}

async function judged(desk: Desk, call: MessageOf<'call'>, message: BusMessage): Promise<void> {
  const { observer, time, topics, next } = desk;
  if (time.left(call.until) < 0) return observer.trouble('past_deadline', `a call on ${message.topic}`);
  // By its bytes, not by the call's id: a stranger who names an honest call first would else have it dropped.
  if (!desk.seen.add(sha256(message.value))) return;
  const envelope = envelopeIn(call);
  if (envelope === null) return observer.trouble('malformed', `an envelope on ${message.topic}`);
  const { stamps, verdicts } = await stamped(desk, call, envelope);
  const { callId, tenant } = envelope.call;
  const goesOn = next !== null && mustAnswer(next, verdicts);
  const [topic, name] = goesOn ? [topics[next], callId] : [topics.decide, tenant];
  const value = encode({ ...call, stamps });
  await desk.forward({ topic, name, lane: call.lane }, { key: message.key, value }, time.left(call.until));
}

/** Asks each hosted station in turn that the call is for; one stamp each. */
async function stamped(
  { hosted }: Desk,
  { body, stamps }: MessageOf<'call'>,
  envelope: Envelope,
): Promise<{ stamps: readonly Stamp[]; verdicts: readonly Verdict[] }> {
  let known = envelope;
  const all = [...stamps];
  for (const { name, judge, key } of hosted) {
    if (!mustAnswer(name, known.verdicts)) break;
    const before = known.verdicts.length;
    const { verdicts } = await judge(known);
    all.push(stationStamp(key, name, { body, stamps: all }, verdicts.slice(before)));
    known = { ...known, verdicts };
  }
  return { stamps: all, verdicts: known.verdicts };
}
