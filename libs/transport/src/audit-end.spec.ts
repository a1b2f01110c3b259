import type { Message, Verdict } from '@sallyport/contracts';
import { setImmediate as turn } from 'node:timers/promises';
import { sampleCommit, sampleEvent, sampleWrite, until } from '@sallyport/testing';
import {
  digest,
  freshEnvelope,
  honestCall,
  keys,
  type OpenTransport,
  openTransport,
  tap,
  topics,
} from '../test/fixture.ts';
import { envelopeText } from './envelope-text.ts';
import { sign } from './mac.ts';
import { decode, encode } from './messages.ts';

let transport: OpenTransport;
beforeEach(async () => (transport = await openTransport({ partitions: 1 })));
afterEach(() => transport.close());

async function send(message: Message | Uint8Array, key = 'shop'): Promise<void> {
  const value = message instanceof Uint8Array ? message : encode(message);
  await transport.stranger.send({ topic: topics.decide, partition: 0, key, value });
}

/** What audit answers to the gateways, by its kind. */
async function replies(): Promise<Message[]> {
  const heard: Message[] = [];
  const handle = ({ value }: { value: Uint8Array }): void => {
    const message = decode(value);
    if (message !== null) heard.push(message);
  };
  await transport.stranger.inbox({ topic: topics.reply, partition: 0, handle });
  return heard;
}

const decided = { ...sampleEvent(), type: 'call.decided' as const };
const unknownOutcome = { ...sampleEvent(), type: 'call.outcome_unknown' as const };

const notRun = {
  ...sampleEvent(),
  type: 'call.not_run' as const,
  data: { tenant: 'shop', reason: 'late', gateway: { boot: 'boot-1', counter: 1 } },
};
const outcome = sampleCommit([{ stream: 'call/1', expectedVersion: 'any', events: [notRun] }]);
const inApproval = sampleCommit([{ stream: 'approval/1', expectedVersion: 'any', events: [notRun] }], {
  commandId: 'vote/1/sub_1',
});
const ended = { ...sampleEvent(), data: { tenant: 'shop', boot: 'boot-2' } };
const stopped = sampleCommit([{ stream: 'tenant/shop', expectedVersion: 'any', events: [ended] }], {
  commandId: ended.id,
});

describe('audit’s end refuses', () => {
  it('what is forged: recorded for Sallyport, nothing in the call’s own stream, no answer', async () => {
    const { judge } = await transport.audit();
    const heard = await replies();
    const envelope = freshEnvelope('boot-1');
    const honest = honestCall(envelope);
    await send({ ...honest, body: honest.body.replace('1001', '1002') });
    await until(() => transport.observer.seen.includes('message_rejected'));
    expect(await transport.refused()).toEqual([
      { tenant: '_system', station: 'gateway', reason: 'forged_signature', call: envelope.call.callId, count: 1 },
    ]);
    expect(judge.envelopes).toEqual([]);
    expect(await transport.journal.readStream('shop', `call/${envelope.call.callId}`)).toEqual([]);
    await send(honest);
    await until(() => heard.length === 1);
    expect(judge.decided.get(envelope.call.callId)?.decision.effect).toBe('allow');
  });

  it('a call that skips a station, and another tenant’s envelope', async () => {
    const { judge } = await transport.audit();
    await send(honestCall(freshEnvelope('boot-1'), { by: ['rate-limit'] }));
    await send(honestCall(freshEnvelope('boot-1')), 'bank');
    await until(() => transport.observer.seen.length === 2);
    expect((await transport.refused()).map(({ reason }) => reason)).toEqual(['station_skipped', 'foreign_tenant']);
    expect(judge.envelopes).toEqual([]);
  });

  it('a replayed envelope: it is judged once', async () => {
    const { judge } = await transport.audit();
    const call = honestCall(freshEnvelope('boot-1'));
    await send(call);
    await send(call);
    await until(() => transport.observer.seen.includes('call_repeated'));
    expect(judge.envelopes).toHaveLength(1);
    expect(await transport.refused()).toEqual([]);
  });

  it('an honest envelope that comes late: it is dropped, and is no forgery', async () => {
    const { judge, end } = await transport.audit();
    await until(() => end.ready()); // the broker's time is known then
    await send(honestCall(freshEnvelope('boot-1'), { until: Date.now() - 50 }));
    await until(() => transport.observer.seen.includes('past_deadline'));
    expect(judge.envelopes).toEqual([]);
    expect(await transport.refused()).toEqual([]);
  });

  it('garbage, and goes on behind it', async () => {
    const { judge } = await transport.audit();
    await send(Buffer.from('{'));
    await send(Buffer.alloc(5 * 1024 * 1024));
    await send({ kind: 'probe_reply', id: 'a', boot: 'b', mac: 'c' });
    await send(honestCall(freshEnvelope('boot-1')));
    await until(() => judge.envelopes.length === 1);
    await until(() => transport.observer.seen.length === 3);
    expect((await transport.refused()).map(({ reason }) => reason)).toEqual(['malformed', 'malformed', 'misdirected']);
  });

  it('a flood: twenty in full and the rest in one', async () => {
    await transport.audit();
    const honest = honestCall(freshEnvelope('boot-1'));
    for (let count = 0; count < 50; count++) await send({ ...honest, attempt: 1 });
    let refused = await transport.refused();
    const told = (): number => refused.reduce((sum, { count }) => sum + count, 0);
    for (; told() < 50; refused = await transport.refused()) await turn();
    expect(told()).toBe(50);
    expect(refused.at(-1)).toMatchObject({ reason: 'and_more', call: null });
    expect(refused.length).toBeLessThanOrEqual(42);
  });

  it('an expire by a stranger, and one that names another boot than the call’s', async () => {
    const { judge } = await transport.audit();
    const envelope = freshEnvelope('boot-1');
    const body = envelopeText(envelope);
    const forged = { kind: 'expire', boot: 'boot-1', reason: 'timed_out', body, verdicts: '[]', mac: 'x' } as const;
    await send(forged);
    const mac = sign(keys.gateway, ['expire', 'boot-2', 'timed_out', body, '[]']);
    await send({ ...forged, boot: 'boot-2', mac });
    await until(() => transport.observer.seen.length === 2);
    expect((await transport.refused()).map(({ reason }) => reason)).toEqual(['forged_expire', 'foreign_expire']);
    expect(judge.expired).toEqual([]);
  });

  it.each([
    ['a decision', sampleCommit([{ stream: 'call/1', expectedVersion: 0, events: [decided] }]), 'not_for_a_gateway'],
    [
      'the place of a decision',
      sampleCommit([sampleWrite('call/1', 0)], { commandId: 'decided/1' }),
      'not_for_a_gateway',
    ],
    [
      'that calls have no outcome',
      sampleCommit([{ stream: 'call/1', expectedVersion: 'any', events: [unknownOutcome] }]),
      'not_for_a_gateway',
    ],
    ['the end of another gateway', stopped, 'not_for_a_gateway'],
    ['an outcome in the place of another call’s', { ...outcome, commandId: 'outcome/2' }, 'not_for_a_gateway'],
    ['an outcome in an approval', inApproval, 'not_for_a_gateway'],
    ['an event of another tenant', { ...sampleCommit([sampleWrite('call/1', 0)]), tenant: 'bank' }, 'foreign_tenant'],
    ['no commit', {}, 'malformed_commit'],
  ])('to write %s for a gateway', async (_name, commit, reason) => {
    await transport.audit();
    const heard = await replies();
    const body = JSON.stringify(commit);
    const mac = sign(keys.gateway, ['commit', 'id', 'boot-1', '0', body]);
    await send({ kind: 'commit', id: 'id', boot: 'boot-1', inbox: 0, body, mac });
    await until(() => heard.length === 1);
    expect(heard[0]).toMatchObject({ kind: 'answer', body: JSON.stringify({ status: 'refused', reason }) });
    expect((await transport.refused())[0]).toMatchObject({ reason });
  });

  it('to write for a stranger', async () => {
    await transport.audit();
    const body = JSON.stringify(sampleCommit([sampleWrite('call/1', 0)]));
    await send({ kind: 'commit', id: 'id', boot: 'boot-1', inbox: 0, body, mac: 'x' });
    await until(() => transport.observer.seen.length === 1);
    expect(await transport.refused()).toMatchObject([{ reason: 'forged_commit' }]);
    expect(await transport.journal.readStream('shop', 'call/1')).toEqual([]);
  });

  it('a tenant’s call beyond what may wait, and lets another tenant’s through', async () => {
    let go = (): void => undefined;
    const gate = new Promise<void>((resolve) => (go = resolve));
    const released: string[] = [];
    const shed: string[] = [];
    await transport.audit({
      perTenant: { underWay: 1, waiting: 1 },
      shed: ({ call }, decision) => void shed.push(`${call.tenant} ${decision.effect}`),
      async release({ call }) {
        released.push(call.tenant);
        if (call.tenant === 'shop') await gate;
        const decision = { effect: 'allow', reason: 'allowed', guard: 'authorization', approval: null } as const;
        return { callId: call.callId, boot: 'boot-1', digest: call.digest, decision, position: 1 };
      },
    });
    const heard = await replies();
    for (let count = 0; count < 3; count++) await send(honestCall(freshEnvelope('boot-1')));
    await send(honestCall(freshEnvelope('boot-1', { tenant: 'bank' })), 'bank');
    await until(() => heard.length === 2);
    expect(released).toEqual(['shop', 'bank']);
    expect(heard.map((reply) => reply.kind === 'release' && JSON.parse(reply.body).decision.reason)).toEqual(
      expect.arrayContaining(['tenant_overload', 'allowed']),
    );
    expect(shed).toEqual(['shop deny']);
    go();
    await until(() => heard.length === 4);
  });
});

describe('audit’s end', () => {
  it('denies on record what was judged under an older policy', async () => {
    const { judge } = await transport.audit({
      policyIsCurrent: (tenant, policy) => tenant !== 'shop' || policy !== digest,
    });
    await send(honestCall(freshEnvelope('boot-1')));
    await until(() => judge.envelopes.length === 1);
    const deny: Partial<Verdict> = { guard: 'authorization', effect: 'deny', reason: 'policy_outdated' };
    expect(judge.envelopes[0]?.verdicts).toContainEqual(expect.objectContaining(deny));
  });

  it('closes what expired, if need be when the journal is back', async () => {
    let failures = 2;
    const closed: string[] = [];
    await transport.audit({
      async expire({ call }, reason) {
        if (failures-- > 0) throw new Error('away');
        closed.push(`${call.callId} ${reason}`);
      },
    });
    const { end } = await transport.gateway('boot-1', 0, { decisionTimeoutMs: 50 });
    const envelope = freshEnvelope('boot-1');
    expect((await end.decisions.decide(envelope)).decision.reason).toBe('timed_out');
    await until(() => closed.length === 1);
    expect(closed).toEqual([`${envelope.call.callId} timed_out`]);
  });

  it('is ready once it heard itself, and only while the bus is there', async () => {
    const { end } = await transport.audit();
    expect(end.ready()).toBe(false);
    await until(() => end.ready());
    transport.broker.down();
    expect(end.ready()).toBe(false);
    transport.broker.up();
    expect(end.ready()).toBe(true);
  });

  it('finishes what it has in hand before it stops', async () => {
    const gate = Promise.withResolvers<void>();
    const heard = await replies();
    let inHand = 0;
    const audit: Awaited<ReturnType<OpenTransport['audit']>> = await transport.audit({
      async release(envelope) {
        inHand += 1;
        await gate.promise;
        return audit.judge.release(envelope);
      },
    });
    for (let count = 0; count < 4; count++) await send(honestCall(freshEnvelope('boot-1')));
    await until(() => inHand === 4);
    let over = false;
    const stopped = audit.end.stop().then(() => (over = true));
    await turn();
    expect(over).toBe(false);
    gate.resolve();
    await stopped;
    expect(audit.judge.decided.size).toBe(4);
    await until(() => heard.length === 4);
  });
});

describe.each([60_000, -60_000])('stations and audit whose clocks are %d ms off', (wrongBy) => {
  beforeEach(async () => {
    await transport.close();
    transport = await openTransport({ partitions: 1, wrongBy });
  });

  it('drop nothing, and say that their clocks are off', async () => {
    const { end } = await transport.whole();
    for (let count = 0; count < 18; count += 1)
      expect((await end.decisions.decide(freshEnvelope('boot-1'))).decision.reason).toBe('allowed');
    expect(transport.observer.seen).not.toContain('past_deadline');
    expect(transport.observer.seen).toContain('clock_skewed');
  });

  it('give no call more time than its gateway does', async () => {
    const { judge } = await transport.whole();
    const envelope = freshEnvelope('boot-1');
    await send(honestCall(envelope, { until: Date.now() - 50 }));
    const first = honestCall(envelope, { by: [], until: Date.now() - 50 });
    await transport.stranger.send({ topic: topics['rate-limit'], partition: 0, key: 'shop', value: encode(first) });
    await until(() => transport.observer.seen.filter((what) => what === 'past_deadline').length === 2);
    expect(judge.envelopes).toEqual([]);
  });
});

describe('a station’s end', () => {
  it('drops garbage, what is late and what it had, and goes on', async () => {
    let judged = 0;
    const { end } = await transport.station(['rate-limit'], async (envelope) => {
      judged += 1;
      return envelope;
    });
    await until(() => end.ready());
    const out = await tap(transport.stranger, topics.authorization);
    const call = honestCall(freshEnvelope('boot-1'), { by: [] });
    const last = freshEnvelope('boot-1');
    const give = (value: Uint8Array) => transport.stranger.send({ topic: topics['rate-limit'], partition: 0, value });
    await give(Buffer.from('garbage'));
    await give(encode({ ...call, until: Date.now() - 50 }));
    await give(encode({ ...call, body: '[]' }));
    await give(encode({ kind: 'probe_reply', id: 'a', boot: 'b', mac: 'c' }));
    await give(encode(call));
    await give(encode(call));
    await give(encode(honestCall(last, { by: [] })));
    await until(() => out.some(({ value }) => Buffer.from(value).includes(last.call.callId)));
    expect([judged, out.length]).toEqual([2, 2]);
    expect(transport.observer.seen).toEqual(['malformed', 'past_deadline', 'malformed', 'misdirected']);
  });

  it('passes nothing on when its judge fails', async () => {
    await transport.station(['rate-limit'], () => Promise.reject(new Error('no')));
    const out = await tap(transport.stranger, topics.authorization);
    const call = honestCall(freshEnvelope('boot-1'), { by: [] });
    await transport.stranger.send({ topic: topics['rate-limit'], partition: 0, value: encode(call) });
    await until(() => transport.observer.seen.includes('station_failed'));
    expect(out).toEqual([]);
  });

  it('is not fooled by a stranger who names an honest call first', async () => {
    await transport.station(['rate-limit']);
    const out = await tap(transport.stranger, topics.authorization);
    const call = honestCall(freshEnvelope('boot-1'), { by: [] });
    const give = (value: Uint8Array) => transport.stranger.send({ topic: topics['rate-limit'], partition: 0, value });
    await give(encode({ ...call, body: call.body.replace('1001', '1002') }));
    await give(encode(call));
    await until(() => out.length === 2);
    expect(out.map(({ value }) => decode(value))).toContainEqual(expect.objectContaining({ body: call.body }));
  });

  it('sends a deny straight to audit, and asks no neighbour any more', async () => {
    const asked: string[] = [];
    const deny: Verdict = { guard: 'limits', effect: 'deny', reason: 'limit_exceeded', advice: 'Wait.' };
    await transport.station(['rate-limit', 'authorization'], async (envelope) => {
      asked.push(envelope.call.callId);
      return { ...envelope, verdicts: [...envelope.verdicts, deny] };
    });
    const { judge } = await transport.audit();
    const call = honestCall(freshEnvelope('boot-1'), { by: [] });
    await transport.stranger.send({ topic: topics['rate-limit'], partition: 0, key: 'shop', value: encode(call) });
    await until(() => judge.envelopes.length === 1);
    expect(asked).toHaveLength(1);
    expect(judge.decided.values().next().value?.decision.reason).toBe('limit_exceeded');
  });

  it('must host neighbours, and have keys', async () => {
    await expect(transport.station(['rate-limit', 'confirmation'])).rejects.toThrow(TypeError);
    await expect(transport.station([])).rejects.toThrow(TypeError);
    await expect(transport.audit({ keys: { ...keys, release: [] } })).rejects.toThrow(TypeError);
    await expect(transport.audit({ keys: { ...keys, release: [Buffer.from('short')] } })).rejects.toThrow(TypeError);
  });
});
