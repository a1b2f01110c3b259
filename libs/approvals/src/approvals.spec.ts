import { createMemoryJournal } from '@sallyport/adapter-memory';
import {
  type Call,
  type EventData,
  likenessName,
  type NewEvent,
  operatorSubject,
  personName,
  type Principal,
} from '@sallyport/contracts';
import { createApprovals } from './index.ts';

const ISSUER = 'https://id.example.com';
const digest = `sha256:${'a'.repeat(43)}`;

function principal(
  id: string,
  { tenant = 'shop', roles = ['finance'] as readonly string[], issuer = ISSUER } = {},
): Principal {
  return { tenant, subject: { id, issuer, roles }, client: null, expiresAt: null };
}

function fixture() {
  const stores = createMemoryJournal();
  const time = { now: 1_000_000, refuseAgainFor: 0 };
  let created = 0;
  const clock = { now: () => time.now, monotonic: () => time.now };
  const ids = {
    ulid: () => `01J${String((created += 1)).padStart(23, '0')}`,
    random: (bytes: number) => 'r'.repeat(bytes),
  };
  const parts = { ...stores, clock, ids, refuseAgainFor: () => time.refuseAgainFor };
  const answers = createApprovals(parts);
  const event = <Type extends 'approval.requested' | 'approval.consumed'>(type: Type, data: EventData[Type]) =>
    ({
      id: ids.ulid(),
      type,
      time: new Date(time.now).toISOString(),
      source: '/audit',
      traceparent: null,
      data,
    }) as NewEvent<Type>;

  async function ask(
    id: string,
    {
      tenant = 'shop',
      requester = 'alice',
      call = digest,
      needs = [{ who: 'group', count: 2, group: 'finance', rule: 'r' }] as EventData['approval.requested']['needs'],
    } = {},
  ) {
    const ref = await stores.directory.refOf(tenant, 'sub', personName({ issuer: ISSUER, id: requester }));
    const alike = await stores.directory.refOf(tenant, 'sub', likenessName(requester));
    const asked = event('approval.requested', {
      tenant,
      approval: id,
      call_id: `C-${id}`,
      call,
      definition: null,
      resources: digest,
      requester: { ref, issuer: ISSUER, likeness: alike },
      upstream: 'orders',
      tool: 'refund_order',
      needs,
      ask: digest,
      decide_by: new Date(time.now + 1_000).toISOString(),
      execute_within_ms: 500,
    });
    const sealed = [{ event: asked.id, field: 'ask', subject: 'sub_alice', salt: 's', value: 'Refund 120.00 EUR?' }];
    const stream = `approval/${id}`;
    await stores.journal.commit({
      tenant,
      commandId: `ask/${id}`,
      writes: [{ stream, expectedVersion: 0, events: [asked] }],
      sealed,
    });
    answers.apply(stream, [asked], 1);
  }

  async function consume(id: string, version: number) {
    const used = event('approval.consumed', { tenant: 'shop', approval: id, call_id: 'C-9' });
    const stream = `approval/${id}`;
    await stores.journal.commit({
      tenant: 'shop',
      commandId: `use/${id}`,
      writes: [{ stream, expectedVersion: version, events: [used] }],
    });
    answers.apply(stream, [used], version + 1);
  }

  const vote = (id: string, who: Principal, answer: 'approve' | 'reject' = 'approve') =>
    answers.vote({ principal: who, approval: id, answer, channel: 'cli' });
  return { ...stores, parts, answers, time, ask, consume, vote };
}

const call = { tenant: 'shop', digest } as Call;

test('another tenant’s approval is refused like an unknown one', async () => {
  const { ask, vote } = fixture();
  await ask('A-1', { tenant: 'bank' });
  const unknown = await vote('A-9', principal('bob'));
  expect(unknown).toEqual({ accepted: false, reason: 'There is no such approval.' });
  expect(await vote('A-1', principal('bob'))).toEqual(unknown);
});

test('the requester may not vote on what others must grant', async () => {
  const { ask, vote } = fixture();
  await ask('A-1');
  expect(await vote('A-1', principal('alice'))).toEqual({
    accepted: false,
    reason: expect.stringMatching(
      /^This needs 2 of finance other than the requester\. .*Somebody with another id must vote/,
    ),
  });
});

test.each(['alice', 'Alice', ' alice', 'аlice', 'ali\u200bce', 'ＡＬＩＣＥ'])(
  'the requester is nobody else at another issuer, as %j',
  async (id) => {
    const { ask, vote } = fixture();
    await ask('A-1');
    const answer = await vote('A-1', principal(id, { issuer: 'https://other.example.com' }));
    expect(answer).toMatchObject({ accepted: false, reason: expect.stringContaining('counts as the same person') });
  },
);

test('one person at two issuers is one of two', async () => {
  const { ask, vote } = fixture();
  await ask('A-1');
  expect(await vote('A-1', principal('bob'))).toEqual({ accepted: true, status: 'requested' });
  expect(await vote('A-1', principal('BOB', { issuer: 'https://other.example.com' }))).toMatchObject({
    accepted: false,
    reason: expect.stringContaining('voted on this approval already'),
  });
  expect(await vote('A-1', principal('carol'))).toEqual({ accepted: true, status: 'approved' });
});

test('the operator’s token can reject and not approve, and is told whose yes is needed', async () => {
  const { ask, vote } = fixture();
  await ask('A-1');
  const operator = { ...principal('x'), subject: { ...operatorSubject, roles: ['admin', 'finance'] } };
  expect(await vote('A-1', operator)).toMatchObject({
    accepted: false,
    reason: expect.stringMatching(/This needs 2 of finance .*it can reject, not approve.*--token or SALLYPORT_TOKEN/),
  });
  expect(await vote('A-1', operator, 'reject')).toEqual({ accepted: true, status: 'rejected' });
});

test('a person of the same id at another issuer is somebody else', async () => {
  const { ask, vote } = fixture();
  await ask('A-1', { needs: [{ who: 'self', count: 1, group: null, rule: 'r' }] });
  expect(await vote('A-1', principal('alice', { issuer: 'https://evil.example' }))).toMatchObject({ accepted: false });
  expect(await vote('A-1', principal('alice'))).toEqual({ accepted: true, status: 'approved' });
});

test('a vote that can’t be recorded did not happen', async () => {
  const { ask, parts, directory } = fixture();
  await ask('A-1');
  const commit = async () => {
    throw new Error('disk full');
  };
  const broken = createApprovals({ ...parts, directory, journal: { ...parts.journal, commit } });
  expect(
    await broken.vote({ principal: principal('bob'), approval: 'A-1', answer: 'approve', channel: 'cli' }),
  ).toEqual({
    accepted: false,
    reason: 'This could not be recorded. Try again later.',
  });
});

test('late votes are refused, and the sweep records that it ran out', async () => {
  const { ask, vote, answers, time, journal } = fixture();
  await ask('A-1');
  time.now += 1_001;
  expect(await vote('A-1', principal('bob'))).toEqual({ accepted: false, reason: 'The time for this has passed.' });
  expect(await answers.expireDue()).toBe(1);
  expect(await answers.expireDue()).toBe(0);
  expect((await journal.readStream('shop', 'approval/A-1')).map(({ type }) => type)).toEqual([
    'approval.requested',
    'approval.expired',
  ]);
  expect(await answers.forCall(call)).toMatchObject([{ status: 'expired', version: 2 }]);
});

test('two of finance say yes; the call finds it granted, with names and versions; then it is spent', async () => {
  const { ask, vote, consume, answers } = fixture();
  await ask('A-1');
  expect(await answers.forCall(call)).toMatchObject([{ id: 'A-1', status: 'requested', version: 1, executeBy: null }]);
  expect(await vote('A-1', principal('bob'))).toEqual({ accepted: true, status: 'requested' });
  expect(await vote('A-1', principal('bob'))).toMatchObject({ accepted: false });
  expect(await vote('A-1', principal('carol'))).toEqual({ accepted: true, status: 'approved' });
  expect(await answers.forCall(call)).toMatchObject([
    {
      status: 'approved',
      version: 3,
      executeBy: 1_000_500,
      requester: { subject: 'alice', issuer: ISSUER },
      votes: [{ subject: 'bob', roles: ['finance'] }, { subject: 'carol' }],
    },
  ]);
  await consume('A-1', 3);
  expect(await answers.forCall(call)).toMatchObject([{ status: 'consumed', version: 4 }]);
  expect(await vote('A-1', principal('dan'))).toEqual({
    accepted: false,
    reason: expect.stringMatching(/it was used.*asks again/),
  });
});

test('votes at the same moment both count', async () => {
  const { ask, vote } = fixture();
  await ask('A-1');
  const answers = await Promise.all([vote('A-1', principal('bob')), vote('A-1', principal('carol'))]);
  expect(answers.map((answer) => answer.accepted && answer.status).sort()).toEqual(['approved', 'requested']);
});

test('a conflict is tried once more, and then said', async () => {
  const { ask, parts, journal } = fixture();
  await ask('A-1');
  let commits = 0;
  const commit = async () => {
    commits++;
    return { status: 'conflict', stream: 'approval/A-1', version: 1 } as const;
  };
  const busy = createApprovals({ ...parts, journal: { ...journal, commit } });
  const answer = await busy.vote({ principal: principal('bob'), approval: 'A-1', answer: 'approve', channel: 'api' });
  expect(answer).toMatchObject({ accepted: false, reason: expect.stringContaining('at the same time') });
  expect(commits).toBe(2);
});

test('what is kept can be rebuilt from the journal', async () => {
  const { ask, vote, consume, answers, parts, tenants, time } = fixture();
  await ask('A-1');
  await vote('A-1', principal('bob'));
  await vote('A-1', principal('carol'));
  await consume('A-1', 3);
  time.now += 10;
  await ask('A-2');
  await ask('B-1', { tenant: 'bank' });
  const again = createApprovals(parts);
  await again.catchUp(await tenants.tenants());
  expect(await again.list('shop')).toEqual(await answers.list('shop'));
  expect((await again.list('shop')).map(({ id }) => id)).toEqual(['A-2', 'A-1']);
  expect((await again.list('shop', { status: 'requested' })).map(({ id }) => id)).toEqual(['A-2']);
  expect((await again.list('bank')).map(({ id }) => id)).toEqual(['B-1']);
});

test('events that come twice, or before those they follow, do no harm', async () => {
  const { ask, vote, answers, parts, journal } = fixture();
  await ask('A-1');
  await vote('A-1', principal('bob'));
  const late = createApprovals(parts);
  const [, second] = await journal.readStream('shop', 'approval/A-1');
  const { data, time } = JSON.parse(Buffer.from(second?.bytes ?? []).toString()) as Pick<
    NewEvent<'approval.voted'>,
    'data' | 'time'
  >;
  const voted: NewEvent<'approval.voted'> = {
    id: second?.id ?? '',
    type: 'approval.voted',
    time,
    data,
    source: '/admin',
    traceparent: null,
  };
  late.apply('approval/A-1', [voted], 2);
  await new Promise(setImmediate);
  expect(await late.forCall(call)).toMatchObject([{ version: 2, status: 'requested' }]);
  answers.apply('approval/A-1', [voted], 2);
  expect(await answers.forCall(call)).toMatchObject([{ version: 2, votes: [{ subject: 'bob' }] }]);
});

test('open questions count for the one who asked, as long as they are open', async () => {
  const { ask, vote, answers, time } = fixture();
  await ask('A-1');
  await ask('A-2');
  const alice = { id: 'alice', issuer: ISSUER };
  expect((await answers.askedBy('shop', alice)).pending).toBe(2);
  expect((await answers.askedBy('bank', alice)).pending).toBe(0);
  expect((await answers.askedBy('shop', { id: 'bob', issuer: ISSUER })).pending).toBe(0);
  await vote('A-1', principal('bob'), 'reject');
  expect((await answers.askedBy('shop', alice)).pending).toBe(1);
  time.now += 1_001;
  expect((await answers.askedBy('shop', alice)).pending).toBe(0);
});

test('only the requester takes a question back', async () => {
  const { ask, answers } = fixture();
  await ask('A-1');
  expect(await answers.cancel({ principal: principal('bob'), approval: 'A-1' })).toMatchObject({ accepted: false });
  expect(await answers.cancel({ principal: principal('alice'), approval: 'A-1' })).toEqual({ accepted: true });
  expect(await answers.list('shop')).toMatchObject([{ status: 'cancelled' }]);
});

test('the question is opened from the vault; erased values are null', async () => {
  const { ask, answers, journal, parts } = fixture();
  await ask('A-1');
  expect(await answers.question('shop', 'A-9')).toBeNull();
  expect(await answers.question('bank', 'A-1')).toBeNull();
  expect(await answers.question('shop', 'A-1')).toMatchObject({
    approval: { id: 'A-1' },
    ask: 'Refund 120.00 EUR?',
    arguments: null,
  });
  const decided = {
    id: 'D-1',
    type: 'call.decided',
    time: new Date(0).toISOString(),
    source: '/audit',
    traceparent: null,
    data: {},
  } as unknown;
  await journal.commit({
    tenant: 'shop',
    commandId: 'decided/C-A-1',
    writes: [{ stream: 'call/C-A-1', expectedVersion: 0, events: [decided as NewEvent] }],
    sealed: [{ event: 'D-1', field: 'arguments', subject: 'sub_alice', salt: 's', value: '{"amount":"120.00"}' }],
  });
  expect(await answers.question('shop', 'A-1')).toMatchObject({ arguments: { amount: '120.00' } });
  const erased = createApprovals({ ...parts, vault: { open: async () => [] } });
  await erased.catchUp(['shop']);
  expect(await erased.question('shop', 'A-1')).toMatchObject({ ask: null, arguments: null });
});

test('it concerns who asked and who may vote, and nobody else', async () => {
  const { ask, answers } = fixture();
  await ask('A-1');
  const [view] = await answers.list('shop');
  const concerns = (who: Principal) => view && answers.concerns(who, view);
  expect(await concerns(principal('alice', { roles: [] }))).toBe(true);
  expect(await concerns(principal('bob'))).toBe(true);
  expect(await concerns(principal('eve', { roles: [] }))).toBe(false);
  expect(await concerns(principal('bob', { tenant: 'bank' }))).toBe(false);
});

test('a no that still refuses its call is pushed out by nobody’s other approvals, its requester’s own included', async () => {
  const { ask, answers, parts, vote, time, tenants } = fixture();
  time.refuseAgainFor = 60_000;
  const small = createApprovals({ ...parts, keepClosed: 2 });
  const shown = async () => {
    await small.catchUp(await tenants.tenants());
    return [await small.forCall(call), await small.list('shop')].map((views) => views.map(({ id }) => id).sort());
  };
  const refused = async (id: string) => (await small.askedBy('shop', { id, issuer: ISSUER })).refused;
  await ask('A-1');
  await vote('A-1', principal('bob'), 'reject');
  for (const [id, requester] of [
    ['A-2', 'alice'],
    ['A-3', 'carol'],
    ['A-4', 'alice'],
    ['A-5', 'carol'],
  ] as const) {
    await ask(id, { requester, call: `sha256:${'b'.repeat(43)}` });
    await answers.cancel({ principal: principal(requester), approval: id });
  }
  await ask('A-6', { requester: 'carol', call: `sha256:${'c'.repeat(43)}` });
  await vote('A-6', principal('bob'), 'reject');
  expect(await shown()).toEqual([['A-1'], ['A-1', 'A-4', 'A-5', 'A-6']]);
  expect([await refused('alice'), await refused('carol'), await refused('bob')]).toEqual([1, 1, 0]);

  time.now += 60_000;
  expect([await refused('alice'), await refused('carol')]).toEqual([0, 0]);
  await ask('A-7', { call: `sha256:${'d'.repeat(43)}` });
  await answers.cancel({ principal: principal('alice'), approval: 'A-7' });
  expect(await shown()).toEqual([[], ['A-6', 'A-7']]);
});

test('closed approvals beyond what is kept are forgotten, open ones never', async () => {
  const { ask, parts, vote, tenants } = fixture();
  for (const id of ['A-1', 'A-2', 'A-3', 'A-4']) await ask(id);
  for (const id of ['A-1', 'A-2', 'A-3']) await vote(id, principal('bob'), 'reject');
  const small = createApprovals({ ...parts, keepClosed: 1 });
  await small.catchUp(await tenants.tenants());
  expect((await small.list('shop')).map(({ id, status }) => [id, status])).toEqual([
    ['A-4', 'requested'],
    ['A-3', 'rejected'],
  ]);
});
