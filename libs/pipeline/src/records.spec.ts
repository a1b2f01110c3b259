import { createSecretKey } from 'node:crypto';
import { createMemoryJournal } from '@sallyport/adapter-memory';
import { commitment, hmacSha256 } from '@sallyport/base';
import { type Decision, type Envelope, events, type Facts, type Verdict } from '@sallyport/contracts';
import { cloudEvent } from '@sallyport/journal';
import { sampleCall, sampleEnvelope } from '@sallyport/testing';
import { factsDigest } from './facts-digest.ts';
import { decidedRecord } from './records.ts';

const key = createSecretKey(Buffer.alloc(32, 7));
const keys = { digestKey: () => key, sealKey: () => key.export() };
const config = `sha256:${'c'.repeat(43)}`;
const allow: Decision = { effect: 'allow', reason: 'allowed', guard: 'authorization', approval: null };
const deny: Decision = { effect: 'deny', reason: 'not_owner', guard: 'authorization', advice: '' };

const facts: Facts = {
  bulk: 1,
  wildcards: [],
  unbounded: [],
  bytes: 2,
  depth: 1,
  resources: [
    {
      ...{ type: 'Order', id: '1001', pointer: '/order_id', status: 'resolved', owner: 'alice', version: '3' },
      attributes: { total: 12.5, note: 'é' },
    },
  ],
};

function recordOf(
  changes: Partial<Envelope>,
  decision: Decision = allow,
  { directory } = createMemoryJournal(),
  digestKey = key,
) {
  let next = 0;
  const ids = {
    ulid: () => String((next += 1)).padStart(26, '0'),
    random: (bytes: number) => Buffer.alloc(bytes, (next += 1)).toString('base64url'),
  };
  const clock = { now: () => 1_000, monotonic: () => 0 };
  const parts = {
    clock,
    ids,
    keys: { ...keys, digestKey: () => digestKey },
    directory,
    code: '1.2.3',
    agentName: () => 'agent',
  };
  return decidedRecord(parts, sampleEnvelope(changes), decision, 1);
}

test('a decision fails as one where the directory is away: nothing is left that fails unheard, and ends the process', async () => {
  const unheard: unknown[] = [];
  const hear = (reason: unknown): unknown => unheard.push(reason);
  process.on('unhandledRejection', hear);
  const journal = createMemoryJournal();
  journal.directory.refOf = () => Promise.reject(new Error('away'));
  const subject = { ...sampleCall().subject, actors: ['a', 'b'] };
  const call = { ...sampleCall(), subject, session: 's', flow: 'f' };
  await expect(recordOf({ call, facts }, allow, journal)).rejects.toThrow('away');
  await new Promise(setImmediate);
  process.off('unhandledRejection', hear);
  expect(unheard).toEqual([]);
});

test('a counter has the digest of its name under the key of its tenant, however often it is recorded', async () => {
  const others = createSecretKey(Buffer.alloc(32, 8));
  const limitsOf = async (under: typeof key, kind: 'rate' | 'identical') => {
    const check = { key: 'counter/bob', kind, max: 20, periodMs: 60_000, cost: 1 } as const;
    const limits = [{ id: 'user-rate', remaining: 19, resetMs: 3_000, check }];
    const { event } = await recordOf(
      { verdicts: [{ guard: 'limits', effect: 'pass', limits }] },
      allow,
      undefined,
      under,
    );
    return event.data.verdicts[0]?.limits?.[0]?.key;
  };
  for (const kind of ['rate', 'identical'] as const)
    for (const under of [key, others, others, key])
      expect(await limitsOf(under, kind)).toBe(hmacSha256(under, 'counter/bob'));
});

test('a decision says by what it was made: roles, configuration, position, versions, clocks and counters', async () => {
  const subject = {
    id: 'alice',
    issuer: 'https://login.example',
    roles: ['customer', 'vip'],
    scopes: ['read'],
    qualified: true,
  };
  const check = { key: 'rate/alice', kind: 'rate', max: 20, periodMs: 60_000, cost: 1 } as const;
  const verdicts: Verdict[] = [
    { guard: 'limits', effect: 'pass', limits: [{ id: 'user-rate', remaining: 19, resetMs: 3_000, check }] },
    { guard: 'authorization', effect: 'hold', reason: 'approval_required', requirements: [], engine: 'cedar 4' },
    { guard: 'confirmation', effect: 'pass', at: 86_400_000 },
  ];
  const system = { definitions: 7, tenants: 0 };
  const { event } = await recordOf({ call: { ...sampleCall(), subject }, verdicts, config, system });
  expect(event.data).toMatchObject({
    subject: { roles: ['customer', 'vip'], scopes: ['read'], qualified: true },
    ...{ config, system, code: '1.2.3' },
    verdicts: [
      { limits: [{ remaining: 19, kind: 'rate', cost: 1, max: 20, period_ms: 60_000, reset_ms: 3_000 }] },
      { engine: 'cedar 4' },
      { at: '1970-01-02T00:00:00.000Z' },
    ],
  });
  expect(event.data.verdicts[0]?.limits?.[0]?.key).toBe(hmacSha256(key, 'rate/alice'));
  expect(JSON.stringify(event)).not.toContain('alice');
  expect(events['call.decided'].parse(event.data)).toEqual(event.data);
});

test('facts are sealed beside the arguments, as the digest and the commitment have them', async () => {
  const { event, sealed } = await recordOf({ facts, factsDigest: factsDigest(keys, 'shop', facts) });
  const found = sealed.find(({ field }) => field === 'facts');
  expect(sealed.map(({ field, event: of }) => [field, of])).toEqual([
    ['arguments', event.id],
    ['facts', event.id],
  ]);
  expect(JSON.parse(found?.value ?? '')).toEqual(facts);
  expect(event.data.facts).toMatchObject({
    digest: hmacSha256(key, found?.value ?? ''),
    commitment: commitment(found?.salt ?? '', found?.value ?? ''),
  });
});

test('facts that name nothing are in the event, and need no seal', async () => {
  const { event, sealed } = await recordOf({});
  expect([event.data.facts.commitment, sealed.map(({ field }) => field)]).toEqual([undefined, ['arguments']]);
});

test('of a refused call large facts are committed to and not kept', async () => {
  const many = Array.from({ length: 100 }, () => facts.resources[0] as Facts['resources'][number]);
  const { event, sealed } = await recordOf({ facts: { ...facts, resources: many } }, deny);
  expect(event.data.facts.commitment).toMatch(/^sha256:/);
  expect(sealed.map(({ field }) => field)).toEqual(['arguments']);
});

test('the largest decision stays below 60 KiB, says how much it left out, and loses nothing that others add up', async () => {
  const many = <Item>(count: number, of: (at: number) => Item): Item[] =>
    Array.from({ length: count }, (_, at) => of(at));
  const long = (at: number): string => `${at}-${'ü'.repeat(240)}`;
  const [resource] = facts.resources;
  const check = { key: 'k', kind: 'budget', max: 1, periodMs: 1, cost: 1 } as const;
  const verdicts: Verdict[] = many(12, (at) => ({
    ...{ guard: `guard-${at}`, effect: 'hold', reason: 'approval_required', rules: many(200, long) },
    limits: many(300, (of) => ({ id: long(of), remaining: 1, resetMs: 1, check })),
    spent: many(4, (of) => ({ id: `budget-${of}`, amount: of })),
    requirements: many(300, (of) => ({ who: 'group', count: 1, group: long(of), rule: long(of), ask: '' })),
    detail: { at: many(3, long) },
  }));
  const subject = { id: 'alice', issuer: 'development', roles: many(256, long), scopes: many(4_000, (at) => `${at}`) };
  const named = { resources: many(1_000, (at) => ({ ...resource, id: `${at}` }) as Facts['resources'][number]) };
  const target = { kind: 'tool', name: `${'🜁'.repeat(20_000)}` } as const;
  const { event } = await recordOf({
    ...{ call: { ...sampleCall(), subject, target }, verdicts, config, system: { definitions: 1, tenants: 1 } },
    facts: { ...facts, ...named, wildcards: many(500, long), unbounded: many(500, long) },
  });
  const { head, tail } = cloudEvent(event, { stream: `call/${'0'.repeat(26)}` });
  expect(Buffer.byteLength(head + tail)).toBeLessThan(60 * 1_024);
  expect(Buffer.byteLength(head + tail)).toBeGreaterThan(48 * 1_024);
  const { data } = event;
  expect(data.verdicts.map(({ spent }) => spent?.length)).toEqual(many(12, () => 4));
  expect(data.resources.length + (data.left_out?.['resources'] ?? 0)).toBe(1_000);
  expect((data.subject.roles?.length ?? 0) + (data.left_out?.['subject.roles'] ?? 0)).toBe(256);
  expect(data.facts.wildcards.length + (data.left_out?.['facts.wildcards'] ?? 0)).toBe(500);
  expect(data.tool).toMatch(/…sha256:/);
  expect(events['call.decided'].strict().parse(data)).toEqual(data);
});

test('details are left out where all lists together are not enough', async () => {
  const rules = Array.from({ length: 40 }, (_, at) => `rule-${at}`);
  const verdicts: Verdict[] = [{ guard: 'made-up', effect: 'pass', rules, detail: { text: 'x'.repeat(60_000) } }];
  const { event } = await recordOf({ verdicts });
  expect(event.data.left_out).toMatchObject({ 'made-up.rules': 40, 'made-up.detail': 1 });
  expect(event.data.verdicts).toEqual([{ guard: 'made-up', effect: 'pass', rules: [] }]);
});

test('of a refused call that names more objects than are recorded one by one, the others are counted', async () => {
  const resources = Array.from({ length: 130 }, () => facts.resources[0] as Facts['resources'][number]);
  const { event } = await recordOf({ facts: { ...facts, resources } }, deny);
  expect([event.data.resources.length, event.data.left_out]).toEqual([100, { resources: 30 }]);
});

test.each([
  ['greet', 'greet'],
  ['alice was here', '_unnamed'],
])('a prompt that nobody approved has one name in its event: %s', async (name, recorded) => {
  const target = { kind: 'prompt', name } as const;
  const call = { ...sampleCall(), action: 'prompts/get' as const, target, definition: null };
  const { event } = await recordOf({ call }, deny);
  expect(event.data).toMatchObject({ tool: `prompt:${recorded}`, target: { kind: 'prompt', name: recorded } });
});
