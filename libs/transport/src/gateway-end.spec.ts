import { type Commit, type Message, type MessageOf, toolTarget } from '@sallyport/contracts';
import { JournalUnavailable } from '@sallyport/contracts';
import { setTimeout as rest } from 'node:timers/promises';
import { sampleCommit, sampleEvent, until } from '@sallyport/testing';
import {
  freshEnvelope,
  judgedBy,
  keys,
  type OpenTransport,
  openTransport,
  reloaded,
  stations,
  tap,
  topics,
  verdictOf,
} from '../test/fixture.ts';
import { remoteJournal } from './index.ts';
import { sign } from './mac.ts';
import { decode, encode } from './messages.ts';

let transport: OpenTransport;
beforeEach(async () => (transport = await openTransport()));
afterEach(() => transport.close());

/** A release as audit signs it. */
function release(callId: string, changes: object = {}): MessageOf<'release'> {
  const digest = freshEnvelope('boot-1').call.digest;
  const decision = { effect: 'allow', reason: 'allowed', guard: 'authorization', approval: null };
  const body = JSON.stringify({ callId, boot: 'boot-1', digest, decision, position: 1, ...changes });
  return { kind: 'release', body, mac: sign(keys.release, ['release', body]) };
}

function probeReplyMac(id: string, boot: string): string {
  return sign(keys.release, ['probe_reply', id, boot]);
}

async function giveInbox(message: Message, partition = 0): Promise<void> {
  await transport.stranger.send({ topic: topics.reply, partition, value: encode(message) });
}

async function recorded(reason: string): Promise<void> {
  for (const deadline = Date.now() + 20_000; ; await rest(10)) {
    const refused = await transport.refused();
    if (refused.some((one) => one.reason === reason)) return;
    if (Date.now() > deadline) throw new Error(`${reason} is not on record: ${JSON.stringify(refused)}`);
  }
}

function countOf(kind: Message['kind'], heard: readonly { readonly value: Uint8Array }[]): number {
  return heard.filter(({ value }) => decode(value)?.kind === kind).length;
}

describe('a gateway ignores, and has on record as forged,', () => {
  it.each([
    ['a release that somebody else signed', (id: string) => ({ ...release(id), mac: 'x' }), 'release_forged'],
    ['a release that was changed', (id: string) => ({ ...release(id), body: release('other').body }), 'release_forged'],
    ['a release of other arguments', (id: string) => release(id, { digest: 'other' }), 'release_of_other_call'],
  ])('%s', async (_name, made, reason) => {
    await transport.audit();
    const { end } = await transport.gateway('boot-1', 0);
    const envelope = freshEnvelope('boot-1');
    let answered = false;
    const deciding = end.decisions.decide(envelope).finally(() => (answered = true));
    await giveInbox(made(envelope.call.callId));
    await recorded(reason);
    expect(answered).toBe(false);
    await giveInbox(release(envelope.call.callId));
    expect((await deciding).decision.effect).toBe('allow');
  });

  it.each([
    ['an answer', { kind: 'answer', id: 'x', boot: 'boot-1', body: '{"status":"committed","first":1}', mac: 'x' }],
    ['a probe_reply', { kind: 'probe_reply', id: 'x', boot: 'boot-1', mac: 'x' }],
  ] as const)('%s that somebody else signed', async (_name, message) => {
    const { end } = await transport.whole();
    await giveInbox(message);
    await recorded(`${message.kind}_forged`);
    expect((await end.decisions.decide(freshEnvelope('boot-1'))).decision.effect).toBe('allow');
  });

  it('what no gateway told', async () => {
    const { end } = await transport.whole();
    const heard: string[] = [];
    end.others.listen((text) => heard.push(text));
    await giveInbox({
      kind: 'told',
      id: 'x',
      boot: 'boot-2',
      inbox: 1,
      body: 'all',
      mac: sign(keys.release, ['told', 'x', 'boot-2', '1', 'all']),
    });
    await recorded('forged_told');
    expect(heard).toEqual([]);
  });

  it('garbage and what is for nobody here, without stopping', async () => {
    const { end } = await transport.whole();
    await transport.stranger.send({ topic: topics.reply, partition: 0, value: Buffer.from('{') });
    await giveInbox({ kind: 'loopback', id: 'x', instance: 'y' });
    await recorded('malformed');
    await recorded('misdirected');
    expect((await end.decisions.decide(freshEnvelope('boot-1'))).decision.effect).toBe('allow');
  });
});

describe('a gateway ignores, and counts apart from what is forged,', () => {
  const answerFor = (boot: string, id: string): MessageOf<'answer'> => {
    const body = '{"status":"unavailable"}';
    return { kind: 'answer', id, boot, body, mac: sign(keys.release, ['answer', id, boot, body]) };
  };

  it.each([
    ['a release for the process that held its partition before', release('a', { boot: 'boot-0' }), 'message_foreign'],
    ['an answer for that process', answerFor('boot-0', 'x'), 'message_foreign'],
    [
      'a probe_reply for it',
      { kind: 'probe_reply', id: 'x', boot: 'boot-0', mac: probeReplyMac('x', 'boot-0') },
      'message_foreign',
    ],
    ['a release of a call that it does not know any more', release('long-ago'), 'message_repeated'],
  ] as const)('%s', async (_name, message, what) => {
    const { end } = await transport.whole();
    await giveInbox(message);
    await until(() => transport.observer.seen.includes(what));
    expect((await end.decisions.decide(freshEnvelope('boot-1'))).decision.effect).toBe('allow');
    expect(await transport.refused()).toEqual([]);
  });

  it('a release that is given again', async () => {
    const { end } = await transport.whole();
    const heard = await tap(transport.stranger, topics.reply);
    const envelope = freshEnvelope('boot-1');
    expect((await end.decisions.decide(envelope)).decision.effect).toBe('allow');
    const replay = heard.find(({ value }) => decode(value)?.kind === 'release');
    await transport.stranger.send({ topic: topics.reply, partition: 0, value: replay?.value ?? Buffer.alloc(0) });
    await until(() => transport.observer.seen.includes('message_repeated'));
    expect(await transport.refused()).toEqual([]);
  });
});

describe('a reload', () => {
  it('comes to every program once, and back from it with the partitions that it holds', async () => {
    const { end } = await transport.whole();
    const { reports, silent } = await end.reloadOthers();
    expect(silent).toEqual([]);
    expect(reports.map(({ program }) => program).toSorted()).toEqual([...stations, 'audit'].toSorted());
    for (const report of reports) expect(report).toMatchObject({ ...reloaded, partitions: [0, 1, 2] });
  });

  it('comes to every instance, and says which program is silent', async () => {
    await transport.station(['rate-limit']);
    await transport.station(['rate-limit']);
    await transport.audit();
    const { end } = await transport.gateway('boot-1', 0);
    const { reports, silent } = await end.reloadOthers();
    expect(reports.map(({ program }) => program)).toEqual(['rate-limit', 'rate-limit']);
    expect(silent).toEqual(['authorization', 'confirmation', 'audit']);
  }, 10_000);

  it('that nobody asked for, or that is told by somebody else, is refused on record', async () => {
    const { end } = await transport.whole();
    const asked = { id: 'x', boot: 'boot-1', inbox: 0 };
    const body = JSON.stringify({ program: 'authorization', instance: 'i', partitions: [], ...reloaded });
    await giveInbox({ kind: 'reported', id: 'x', boot: 'boot-1', body, mac: 'x' });
    await recorded('report_forged');
    const give = (message: Message) =>
      transport.stranger.send({ topic: topics.decide, partition: 0, value: encode(message) });
    await give({ kind: 'reload', attempt: 0, ...asked, mac: 'x' });
    await recorded('forged_reload');
    const ask = sign(keys.gateway, ['reload', 'x', 'boot-1', '0']);
    const mac = sign(keys['rate-limit'], ['report', 'x', 'boot-1', '0', 'authorization', body]);
    await give({ kind: 'report', ...asked, ask, by: 'authorization', body, mac });
    await recorded('forged_report');
    expect((await end.decisions.decide(freshEnvelope('boot-1'))).decision.effect).toBe('allow');
  });
});

describe('a decision request', () => {
  const unknownTool = { guard: 'visibility', effect: 'deny', reason: 'unknown_tool', advice: 'No.' } as const;

  it('is refused quickly while the bus is away, and closed when it is back', async () => {
    const { end, judge } = await transport.whole();
    transport.broker.down();
    const envelope = freshEnvelope('boot-1');
    const started = Date.now();
    const answer = await end.decisions.decide(envelope);
    expect(answer).toMatchObject({ decision: { effect: 'deny', reason: 'decision_unavailable' }, position: null });
    expect(Date.now() - started).toBeLessThan(200);
    transport.broker.up();
    await until(() => judge.expired.length === 1);
    expect(judge.expired).toEqual([`${envelope.call.callId} decision_unavailable`]);
    expect((await end.decisions.decide(freshEnvelope('boot-1'))).decision.effect).toBe('allow');
  });

  it('is refused when the bus neither takes nor refuses it', async () => {
    const { end, bus } = await transport.gateway('boot-1', 0);
    bus.send = () => new Promise(() => undefined);
    expect((await end.decisions.decide(freshEnvelope('boot-1'))).decision.reason).toBe('decision_unavailable');
  });

  it('that nobody answers is refused and closed, and a release that comes later is ignored', async () => {
    const { judge } = await transport.audit();
    const { end } = await transport.gateway('boot-1', 0, { decisionTimeoutMs: 100, hedgeMs: 30 });
    const envelope = freshEnvelope('boot-1');
    const { decision } = await end.decisions.decide(envelope);
    expect(decision).toMatchObject({ effect: 'deny', reason: 'timed_out' });
    await giveInbox(release(envelope.call.callId));
    await until(() => judge.expired.length === 1);
    expect(await transport.refused()).toEqual([]);
  });

  it('whose decision may not be on record is refused and closed', async () => {
    const { judge } = await transport.audit();
    const { end } = await transport.gateway('boot-1', 0);
    const envelope = freshEnvelope('boot-1');
    const deciding = end.decisions.decide(envelope);
    const decision = { effect: 'deny', reason: 'audit_unavailable', guard: 'audit', advice: '' };
    await giveInbox(release(envelope.call.callId, { decision, position: null }));
    expect((await deciding).decision.reason).toBe('audit_unavailable');
    await until(() => judge.expired.length === 1);
    expect(judge.expired).toEqual([`${envelope.call.callId} audit_unavailable`]);
  });

  it('that one audit has no room for is closed if it went to another, too', async () => {
    const { judge } = await transport.audit();
    const decision = { effect: 'deny', reason: 'tenant_overload', guard: 'audit', advice: '' };
    const refuse = async (inbox: number, hedgeMs: number, attempts: number): Promise<string> => {
      const boot = `boot-${inbox}`;
      const { end } = await transport.gateway(boot, inbox, { hedgeMs, decisionTimeoutMs: 60_000 });
      const sent = await tap(transport.stranger, topics['rate-limit']);
      const envelope = freshEnvelope(boot);
      const { callId } = envelope.call;
      const deciding = end.decisions.decide(envelope);
      await until(() => countOf('call', sent) >= attempts);
      await giveInbox(release(callId, { boot, decision, position: null }), inbox);
      expect((await deciding).decision.reason).toBe('tenant_overload');
      return callId;
    };
    await refuse(0, 60_000, 1);
    const twice = await refuse(1, 20, 2);
    await until(() => judge.expired.length > 0);
    expect(judge.expired).toEqual([`${twice} tenant_overload`]);
  });

  it('of another boot is not begun here', async () => {
    const { judge } = await transport.audit();
    const { end } = await transport.gateway('boot-1', 0);
    // What is denied already goes straight to audit, where one comes after the other.
    const denied = (boot: string) => ({ ...freshEnvelope(boot), verdicts: [unknownTool] });
    const [foreign, own] = [denied('boot-2'), denied('boot-1')];
    expect((await end.decisions.decide(foreign)).decision.reason).toBe('decision_unavailable');
    expect((await end.decisions.decide(own)).decision.reason).toBe('unknown_tool');
    expect(judge.envelopes.map(({ call }) => call.callId)).toEqual([own.call.callId]);
    expect(judge.expired).toEqual([]);
  });

  it('that is denied at the gateway goes straight to audit', async () => {
    await transport.audit();
    const { end } = await transport.gateway('boot-1', 0);
    const envelope = { ...freshEnvelope('boot-1'), verdicts: [unknownTool] };
    expect((await end.decisions.decide(envelope)).decision.reason).toBe('unknown_tool');
  });

  it('goes round a dead station within a second, and is decided once', async () => {
    const { judge } = await transport.whole();
    const gone = Promise.withResolvers<never>();
    const dead = await transport.station(['authorization'], () => gone.promise);
    await until(() => dead.end.ready());
    const { end } = await transport.gateway('boot-2', 1, { hedgeMs: 100 });
    const took = await Promise.all(
      Array.from({ length: 30 }, async () => {
        const started = Date.now();
        const { decision } = await end.decisions.decide(freshEnvelope('boot-2'));
        expect(decision.effect).toBe('allow');
        return Date.now() - started;
      }),
    );
    expect(Math.max(...took)).toBeLessThan(1_000);
    expect(Math.max(...took)).toBeGreaterThan(90);
    expect(judge.decided.size).toBe(30);
    gone.reject(new Error('killed'));
  });

  it('that arrives twice is one decision, and the second answer is no refusal', async () => {
    const sent = await tap(transport.stranger, topics['rate-limit']);
    const heard = await tap(transport.stranger, topics.reply);
    const answered = Promise.withResolvers<void>();
    let taken = 0;
    // The first attempt waits until there is a second, and the second until the first was answered.
    await transport.station(['rate-limit'], async (envelope) => {
      if ((taken += 1) > 1) await answered.promise;
      await until(() => countOf('call', sent) >= 2);
      return judgedBy('rate-limit', envelope);
    });
    await transport.station(['authorization', 'confirmation']);
    const { judge } = await transport.audit();
    const { end } = await transport.gateway('boot-1', 0, { hedgeMs: 5 });
    const answer = await end.decisions.decide(freshEnvelope('boot-1'));
    answered.resolve();
    await until(() => countOf('release', heard) >= 2);
    await giveInbox({ kind: 'loopback', id: 'x', instance: 'y' });
    await recorded('misdirected'); // it came behind both answers
    expect(answer.position).toBe(1);
    expect(judge.decided.size).toBe(1);
    expect(transport.observer.seen).not.toContain('message_repeated');
    expect((await transport.refused()).map(({ reason }) => reason)).toEqual(['misdirected']);
  });

  it('that a killed station had in hand is judged by another', async () => {
    const gone = Promise.withResolvers<never>();
    let inHand = 0;
    const dead = await transport.station(['rate-limit'], () => {
      inHand += 1;
      return gone.promise;
    });
    await transport.station(['authorization', 'confirmation']);
    const { judge } = await transport.audit();
    const { end } = await transport.gateway('boot-1', 0, { hedgeMs: 2_000 });
    const decisions = Array.from({ length: 10 }, () => end.decisions.decide(freshEnvelope('boot-1')));
    await until(() => inHand > 0);
    await transport.station(['rate-limit']);
    dead.bus.crash();
    expect((await Promise.all(decisions)).map(({ decision }) => decision.effect)).toEqual(decisions.map(() => 'allow'));
    expect(judge.decided.size).toBe(10);
    gone.reject(new Error('killed'));
  });

  it('is decided once and answered once when the broker gives every message twice', async () => {
    await transport.close();
    transport = await openTransport({ repeat: true });
    const { end, judge } = await transport.whole();
    const decisions = await Promise.all(
      Array.from({ length: 20 }, () => end.decisions.decide(freshEnvelope('boot-1'))),
    );
    expect(new Set(decisions.map(({ position }) => position)).size).toBe(20);
    expect(judge.decided.size).toBe(20);
    expect(await end.commit(outcomeOf('1'))).toEqual({
      status: 'committed',
      first: expect.any(Number),
    });
    expect(await transport.journal.readStream('shop', 'call/1')).toHaveLength(1);
  });

  it('through stations that share processes comes to the same', async () => {
    await transport.station(['rate-limit', 'authorization', 'confirmation']);
    const { judge } = await transport.audit();
    const { end } = await transport.gateway('boot-1', 0);
    await until(() => end.ready());
    expect((await end.decisions.decide(freshEnvelope('boot-1'))).decision.effect).toBe('allow');
    expect(judge.envelopes[0]?.verdicts.map(({ guard }) => guard)).toEqual(['visibility', 'limits', 'authorization']);
  });

  it('goes to confirmation only if something holds it', async () => {
    const held = { effect: 'hold', reason: 'approval_required', requirements: [] } as const;
    const hold = { ...verdictOf.authorization, ...held } as const;
    const asked: string[] = [];
    await transport.station(['rate-limit']);
    await transport.station(['authorization'], async (envelope) => ({
      ...envelope,
      verdicts: [...envelope.verdicts, envelope.call.target.name === 'held' ? hold : verdictOf.authorization],
    }));
    await transport.station(['confirmation'], async (envelope) => {
      asked.push(envelope.call.target.name);
      return judgedBy('confirmation', envelope);
    });
    const { judge } = await transport.audit();
    const { end } = await transport.gateway('boot-1', 0);
    await end.decisions.decide(freshEnvelope('boot-1'));
    await end.decisions.decide(freshEnvelope('boot-1', { target: toolTarget('held') }));
    expect(asked).toEqual(['held']);
    expect(judge.envelopes.map(({ verdicts }) => verdicts.at(-1)?.guard)).toEqual(['authorization', 'confirmation']);
    expect(await transport.refused()).toEqual([]);
  });

  it('of one gateway is never answered to another', async () => {
    const { end: one } = await transport.whole();
    const { end: other } = await transport.gateway('boot-2', 1);
    const decisions = Array.from({ length: 40 }, async (_, at) => {
      const [boot, end] = at % 2 === 0 ? (['boot-1', one] as const) : (['boot-2', other] as const);
      const envelope = freshEnvelope(boot);
      const answer = await end.decisions.decide(envelope);
      return answer.callId === envelope.call.callId && answer.boot === boot && answer.decision.effect === 'allow';
    });
    expect(await Promise.all(decisions)).toEqual(decisions.map(() => true));
    expect(await transport.refused()).toEqual([]);
  });
});

/** What a gateway says of a call that it did not send. */
function outcomeOf(call: string, expectedVersion = 0): Commit {
  const data = { tenant: 'shop', reason: 'late', gateway: { boot: 'boot-1', counter: 1 } };
  const event = { ...sampleEvent(), type: 'call.not_run' as const, data };
  return sampleCommit([{ stream: `call/${call}`, expectedVersion, events: [event] }], { commandId: `outcome/${call}` });
}

describe('a gateway’s commit', () => {
  const commit = (): Commit => outcomeOf('1');

  it('says that the journal is away when nobody writes, and in time when many can’t', async () => {
    const failing = { commit: () => Promise.reject(new JournalUnavailable('away')) };
    await transport.audit({ journal: failing });
    const { end } = await transport.gateway('boot-1', 0, { hedgeMs: 20 });
    await expect(end.commit(commit())).rejects.toBeInstanceOf(JournalUnavailable);
  });

  it('is written once, however often it is asked for', async () => {
    const { journal } = transport;
    let commits = 0;
    const slow = {
      async commit(one: Commit) {
        commits += 1;
        const lost = commits === 1;
        const answer = await journal.commit(one);
        if (lost) throw new JournalUnavailable('the answer was lost');
        return answer;
      },
    };
    await transport.audit({ journal: slow });
    const { end } = await transport.gateway('boot-1', 0, { hedgeMs: 20 });
    const remote = remoteJournal(end, journal);
    const asked = commit();
    expect(await remote.commit(asked)).toEqual({ status: 'committed', first: 1 });
    expect(await remote.readStream('shop', 'call/1')).toHaveLength(1);
    expect(commits).toBeGreaterThan(1);
  });

  it('is told what the journal says', async () => {
    await transport.audit();
    const { end } = await transport.gateway('boot-1', 0);
    const first = commit();
    expect(await end.commit(first)).toEqual({ status: 'committed', first: 1 });
    expect(await end.commit(outcomeOf('2', 7))).toEqual({ status: 'conflict', stream: 'call/2', version: 0 });
    const again = await end.commit(commit());
    expect(again).toEqual({ status: 'duplicate', events: await transport.journal.readStream('shop', 'call/1') });
  });

  it('does not believe a forged answer', async () => {
    const asked = await tap(transport.stranger, topics.decide);
    const { end } = await transport.gateway('boot-1', 0);
    const written = end.commit(commit()).then(
      () => 'written',
      () => 'refused',
    );
    await until(() => countOf('commit', asked) > 0);
    const request = asked.map(({ value }) => decode(value)).find((message) => message?.kind === 'commit');
    const id = request?.kind === 'commit' ? request.id : '';
    const forged = { kind: 'answer', id, boot: 'boot-1', body: '{"status":"committed","first":1}', mac: 'x' } as const;
    await transport.stranger.send({ topic: topics.reply, partition: 0, value: encode(forged) });
    await until(() => transport.observer.seen.includes('message_rejected'));
    await end.stop();
    expect(await written).toBe('refused');
  });
});

describe('a gateway', () => {
  it('is not ready while a station is missing', async () => {
    const missing = await tap(transport.stranger, topics.authorization);
    await transport.station(['rate-limit']);
    await transport.audit();
    const { end } = await transport.gateway('boot-1', 0);
    await until(() => countOf('probe', missing) > 0);
    expect(end.ready()).toBe(false);
    await transport.station(['authorization', 'confirmation']);
    await until(() => end.ready());
  });

  it('refuses what still waits when it stops', async () => {
    const { end } = await transport.gateway('boot-1', 0);
    const deciding = end.decisions.decide(freshEnvelope('boot-1'));
    await end.stop();
    expect((await deciding).decision.effect).toBe('deny');
  });
});
