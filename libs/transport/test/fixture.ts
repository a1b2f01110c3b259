import { type MemoryBus, createMemoryBroker, createMemoryJournal } from '@sallyport/adapter-memory';
import type { Clock, Envelope, EventData, Ids, MessageOf, Observer, Release, Verdict } from '@sallyport/contracts';
import { readCloudEvent } from '@sallyport/journal';
import { sampleCall, sampleEnvelope, until } from '@sallyport/testing';
import { randomBytes } from 'node:crypto';
import { gatewaySignature, stationSignature } from '../src/chain.ts';
import type { AuditEndParts, KeyRing, Signer, StationEndParts } from '../src/transport-ends.ts';
import { envelopeText } from '../src/envelope-text.ts';
import {
  createAuditEnd,
  createBrokerTime,
  createGatewayEnd,
  createStationEnd,
  topicSpecs,
  topicsOf,
} from '../src/index.ts';

export const topics = topicsOf('t');
export const systemTenant = '_system';
export const clock: Clock = { now: () => Date.now(), monotonic: () => performance.now() };

let made = 0;
export const ids: Ids = {
  ulid: () => `ID${String(++made).padStart(24, '0')}`,
  random: (bytes) => randomBytes(bytes).toString('base64url'),
};

const ring = (name: string): KeyRing => [Buffer.from(name.padEnd(32, '.'))];

export const keys: Record<Signer | 'release', KeyRing> = {
  gateway: ring('gateway'),
  'rate-limit': ring('rate-limit'),
  authorization: ring('authorization'),
  confirmation: ring('confirmation'),
  release: ring('release'),
};

export const guards: AuditEndParts['guards'] = [
  { id: 'visibility', grants: false, station: 'gateway' },
  { id: 'limits', grants: false, station: 'rate-limit' },
  { id: 'authorization', grants: true, station: 'authorization' },
  { id: 'confirmation', grants: false, station: 'confirmation' },
];

export const stations = ['rate-limit', 'authorization', 'confirmation'] as const;
export type Name = (typeof stations)[number];

export const digest = sampleEnvelope().guards;

/** Every guard is configured alike everywhere. */
export const settings = Object.fromEntries(guards.map(({ id }) => [id, digest]));

/** What every program says when it read its files again. */
export const reloaded = { settings, policy: digest, problems: [] };

/** An envelope as a gateway sends it: judged at the gateway. */
export function freshEnvelope(boot: string, changes: Parameters<typeof sampleCall>[0] = {}): Envelope {
  const now = Date.now();
  const call = sampleCall({
    callId: ids.ulid(),
    gateway: { boot, counter: 1 },
    receivedAt: now,
    deadline: now + 60_000,
    ...changes,
  });
  return sampleEnvelope({ call, settings, verdicts: [{ guard: 'visibility', effect: 'pass', settings: digest }] });
}

export const verdictOf: Readonly<Record<Name, Verdict>> = {
  'rate-limit': { guard: 'limits', effect: 'pass', settings: digest },
  authorization: { guard: 'authorization', effect: 'allow', settings: digest },
  confirmation: { guard: 'confirmation', effect: 'pass', settings: digest },
};

/** A call as it comes to audit when everybody is honest. `said` replaces what a station says. */
export function honestCall(
  envelope: Envelope,
  {
    attempt = 0,
    by = stations,
    said = {},
    until = Date.now() + 5_000,
  }: { attempt?: number; by?: readonly Name[]; said?: Partial<Record<Name, Verdict[]>>; until?: number } = {},
): MessageOf<'call'> {
  const unsigned = { attempt, inbox: 0, until, body: envelopeText(envelope) };
  const signatures = [gatewaySignature(keys.gateway, unsigned, envelope.verdicts)];
  for (const name of by)
    signatures.push(
      stationSignature(keys[name], name, { body: unsigned.body, signatures }, said[name] ?? [verdictOf[name]]),
    );
  return { kind: 'call', ...unsigned, signatures };
}

export interface Incidents extends Observer {
  readonly seen: string[];
}

export function incidents(): Incidents {
  const seen: string[] = [];
  return { seen, decided: () => undefined, finished: () => undefined, incident: (what) => void seen.push(what) };
}

/** A broker with its topics, a journal, and what every end needs. `wrongBy`: how far the clocks of stations and audit are off. */
export async function openTransport({ partitions = 3, repeat = false, wrongBy = 0 } = {}) {
  const broker = createMemoryBroker({ repeat: () => repeat });
  const stranger = broker.connect();
  await stranger.ensure(topicSpecs(topics, { partitions, gateways: 4 }));
  const { journal } = createMemoryJournal();
  const observer = incidents();
  const stops: (() => Promise<void>)[] = [];
  /** Each process measures for itself. */
  const base = (wrong = 0) => {
    const own = { now: () => clock.now() + wrong, monotonic: clock.monotonic };
    return { topics, prefix: 't', clock: own, ids, observer, time: createBrokerTime({ clock: own, observer }) };
  };

  async function station(hosted: readonly Name[], judge?: StationEndParts['hosted'][number]['judge']) {
    const bus = broker.connect();
    const one = (name: Name) => ({
      name,
      key: keys[name],
      judge: judge ?? (async (envelope: Envelope) => judgedBy(name, envelope)),
    });
    const end = await createStationEnd({
      ...base(wrongBy),
      bus,
      hosted: hosted.map(one),
      instance: ids.ulid(),
      reload: async () => reloaded,
    });
    stops.push(end.stop);
    return { end, bus };
  }

  async function audit(changes: Partial<AuditEndParts> = {}) {
    const judge = firstDecision();
    const bus = broker.connect();
    const end = await createAuditEnd({
      ...base(wrongBy),
      bus,
      instance: ids.ulid(),
      guards,
      guardsDigest: digest,
      settings: { current: () => settings, refresh: async () => undefined },
      reload: async () => reloaded,
      keys,
      policyIsCurrent: () => true,
      release: judge.release,
      expire: judge.expire,
      shed: () => undefined,
      journal,
      systemTenant,
      ...changes,
    });
    stops.push(end.stop);
    return { end, bus, judge };
  }

  async function gateway(boot: string, inbox: number, times: { decisionTimeoutMs?: number; hedgeMs?: number } = {}) {
    const bus = broker.connect();
    const end = await createGatewayEnd({
      ...{ ...base(), bus, boot, inbox, keys, decisionTimeoutMs: 3_000, hedgeMs: 150 },
      programs: [...stations, 'audit'],
      ...times,
    });
    stops.push(end.stop);
    return { end, bus };
  }

  return {
    broker,
    stranger,
    journal,
    observer,
    station,
    audit,
    gateway,
    /** Every station in a process of its own, audit and one gateway, once they hear each other. */
    async whole(changes: Partial<AuditEndParts> = {}) {
      for (const name of stations) await station([name]);
      const { judge } = await audit(changes);
      const { end } = await gateway('boot-1', 0);
      await until(() => end.ready());
      return { judge, end };
    },
    /** What stands in Sallyport's log as refused. */
    async refused(): Promise<EventData['message.rejected'][]> {
      const events = await journal.readStream(systemTenant, `tenant/${systemTenant}`);
      return events.map(({ bytes }) => readCloudEvent<EventData['message.rejected']>(bytes).data);
    },
    async close() {
      await Promise.all(stops.map((stop) => stop()));
    },
  };
}

export type OpenTransport = Awaited<ReturnType<typeof openTransport>>;

/** All that is sent to a topic from now on. */
export async function tap(bus: MemoryBus, topic: string): Promise<{ key: string | null; value: Uint8Array }[]> {
  const heard: { key: string | null; value: Uint8Array }[] = [];
  await bus.share({ topic, group: `tap-${ids.ulid()}`, handle: ({ key, value }) => void heard.push({ key, value }) });
  return heard;
}

/** The envelope with what an honest station says. */
export function judgedBy(name: Name, envelope: Envelope): Envelope {
  return { ...envelope, verdicts: [...envelope.verdicts, verdictOf[name]] };
}

/** Stands in for the pipeline's audit: the first decision for a call stays. */
function firstDecision() {
  const decided = new Map<string, Release>();
  const envelopes: Envelope[] = [];
  const expired: string[] = [];

  function decision({ call, verdicts }: Envelope): Release {
    const deny = verdicts.find(({ effect }) => effect === 'deny');
    return {
      callId: call.callId,
      boot: call.gateway.boot,
      digest: call.digest,
      decision:
        deny?.effect === 'deny'
          ? { effect: 'deny', reason: deny.reason, guard: deny.guard, advice: deny.advice }
          : { effect: 'allow', reason: 'allowed', guard: 'authorization', approval: null },
      position: decided.size + 1,
    };
  }

  return {
    decided,
    envelopes,
    expired,
    async release(envelope: Envelope) {
      envelopes.push(envelope);
      const release = decided.get(envelope.call.callId) ?? decision(envelope);
      decided.set(envelope.call.callId, release);
      return release;
    },
    async expire({ call }: Envelope, reason: string) {
      expired.push(`${call.callId} ${reason}`);
    },
  };
}
