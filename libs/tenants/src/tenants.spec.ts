import { jest } from '@jest/globals';
import { createMemoryJournal } from '@sallyport/adapter-memory';
import { type Call, type Journal, toolTarget } from '@sallyport/contracts';
import { createTenants, dryRunTenants, type Tenants } from './index.ts';

const by = { ref: 'sub_1', issuer: 'local' };
const issuer = (host: string) => ({ issuer: `https://${host}`, audience: 'https://mcp.example' });
const call = (more: Partial<Pick<Call, 'tenant' | 'upstream' | 'target'>> & { agent?: string } = {}) => ({
  tenant: 'acme',
  upstream: 'orders',
  target: toolTarget('cancel'),
  ...more,
  agent: { id: more.agent ?? 'claude', verified: false },
});

let journal: Journal;
let next = 0;
const make = (over: Journal = journal, configured: readonly string[] = []): Tenants =>
  createTenants({
    journal: over,
    clock: { now: () => 0 },
    ids: { ulid: () => String((next += 1)).padStart(26, '0') },
    systemTenant: '_system',
    configured: () => configured,
  });
beforeEach(() => ({ journal } = createMemoryJournal()));

describe('onboarding', () => {
  test.each([
    ['a name of Sallyport itself', { id: '_system' }, 'unusable'],
    ['no name', { id: '' }, 'unusable'],
    ['a control character', { id: 'a\u0000' }, 'unusable'],
    ['a name that no event holds', { id: 'x', name: 'n'.repeat(60_000) }, 'unusable'],
    ['an issuer by http', { id: 'x', issuers: [{ issuer: 'http://idp.example', audience: 'a' }] }, 'unusable'],
    [
      'an issuer with a password',
      { id: 'x', issuers: [{ issuer: 'https://a:b@idp.example', audience: 'a' }] },
      'unusable',
    ],
    ['keys by http', { id: 'x', issuers: [{ ...issuer('idp'), jwks: 'http://10.0.0.1/keys' }] }, 'unusable'],
    ['two scopes in one', { id: 'x', issuers: [{ ...issuer('idp'), scope: 'a b' }] }, 'unusable'],
    ['keys of a file', { id: 'x', issuers: [{ ...issuer('idp'), jwks: 'file:///etc/passwd' }] }, 'unusable'],
    [
      'an algorithm that is none',
      { id: 'x', issuers: [{ ...issuer('idp'), algorithms: ['none'] as never }] },
      'unusable',
    ],
    ['one issuer twice', { id: 'x', issuers: [issuer('idp'), issuer('idp')] }, 'unusable'],
    ['two issuers that do not say whose ids own', { id: 'x', issuers: [issuer('one'), issuer('two')] }, 'unusable'],
    [
      'two issuers where only one says whether its ids own',
      { id: 'x', issuers: [issuer('one'), { ...issuer('two'), owns: true }] },
      'unusable',
    ],
    ['a quota that is none', { id: 'x', quotas: { calls: 'many' } }, 'unusable'],
    ['an issuer of the configuration', { id: 'x', issuers: [issuer('shared')] }, 'issuer_taken'],
  ] as const)('refuses %s', async (_, request, reason) => {
    const tenants = make(journal, ['https://shared']);
    expect(await tenants.onboard({ ...request, by })).toMatchObject({ ok: false, reason });
    expect(tenants.list()).toEqual([]);
  });

  test('takes two issuers that say whose ids own objects', async () => {
    const [tenants, later] = [make(), make()];
    const issuers = [
      { ...issuer('one'), owns: true },
      { ...issuer('two'), owns: false },
    ];
    expect(await tenants.onboard({ id: 'acme', issuers, by })).toMatchObject({ ok: true, tenant: { issuers } });
    await later.catchUp();
    expect(later.issuersOf('acme')).toMatchObject(issuers);
  });

  test('refuses a second tenant of the same id, and an issuer of another tenant', async () => {
    const tenants = make();
    await tenants.onboard({ id: 'acme', issuers: [issuer('acme')], by });
    expect(await tenants.onboard({ id: 'acme', by })).toMatchObject({ reason: 'exists' });
    expect(await tenants.onboard({ id: 'brix', issuers: [issuer('acme')], by })).toMatchObject({
      reason: 'issuer_taken',
    });
    await tenants.onboard({ id: 'brix', by });
    const taken = await tenants.change({ id: 'brix', issuers: [issuer('acme')], by });
    expect(taken).toMatchObject({ reason: 'issuer_taken' });
  });

  test('is known at once here, and to others when they catch up or begin', async () => {
    const [one, two] = [make(), make()];
    const before = two.version;
    const quotas = { calls: '600/min', concurrent: 4 };
    await one.onboard({ id: 'acme', name: 'Acme', issuers: [issuer('acme')], quotas, by, reason: 'contract_signed' });
    expect([one.has('acme'), two.has('acme'), two.version]).toEqual([true, false, before]);
    await two.catchUp();
    expect([two.has('acme'), two.issuersOf('acme').length > 0, two.version > before]).toEqual([true, true, true]);
    const three = make();
    await three.rebuild();
    for (const each of [one, two, three]) {
      expect(each.quotaOf('acme')).toEqual({ calls: { count: 600, periodMs: 60_000 }, concurrent: 4 });
      expect(each.ownerOf('https://acme')).toMatchObject({ tenant: 'acme', config: { subject: { claim: 'sub' } } });
      expect(each.get('acme')).toMatchObject({ name: 'Acme', state: 'active', version: 1 });
    }
    expect(one.quotaOf('brix')).toBeNull();
  });
});

describe('changes', () => {
  test('an issuer that a tenant gives up is nobody’s', async () => {
    const tenants = make();
    await tenants.onboard({ id: 'acme', issuers: [issuer('old')], by });
    await tenants.change({ id: 'acme', issuers: [issuer('new')], by });
    expect([tenants.ownerOf('https://old'), tenants.ownerOf('https://new')?.tenant]).toEqual([undefined, 'acme']);
    expect(await tenants.onboard({ id: 'brix', issuers: [issuer('old')], by })).toMatchObject({ ok: true });
  });

  test('of a tenant that is not there, or that changed meanwhile, are refused', async () => {
    const tenants = make();
    expect(await tenants.change({ id: 'acme', by, name: 'x' })).toMatchObject({ reason: 'unknown' });
    await tenants.onboard({ id: 'acme', by });
    await tenants.change({ id: 'acme', by, quotas: { concurrent: 3 }, version: 1 });
    expect(await tenants.change({ id: 'acme', by, quotas: {}, version: 1 })).toMatchObject({ reason: 'changed' });
    expect(tenants.quotaOf('acme')).toEqual({ concurrent: 3 });
  });

  test('by many administrators at once all count, each issuer for one tenant alone', async () => {
    const offices = [make(), make(), make(), make(), make(), make()];
    const claims = offices.map((office, at) => office.onboard({ id: `t${at}`, issuers: [issuer('same')], by }));
    const answers = await Promise.all(claims);
    expect(answers.filter(({ ok }) => ok)).toHaveLength(1);
    const winner = answers.findIndex(({ ok }) => ok);
    for (const [at, office] of offices.entries()) if (at !== winner) await office.onboard({ id: `t${at}`, by });
    await Promise.all(
      offices.flatMap((office, at) => [
        office.change({ id: 't0', by, ...(at % 2 === 0 ? { name: 'Zero' } : { quotas: { concurrent: 7 } }) }),
      ]),
    );
    const last = make();
    await last.rebuild();
    expect(last.get('t0')).toMatchObject({ name: 'Zero', quotas: { concurrent: 7 } });
  });

  test('that are on record hold actor and reason, and nothing else about people', async () => {
    const tenants = make();
    await tenants.onboard({ id: 'acme', by, reason: 'contract_signed' });
    const [event] = await journal.readAll('_system', { after: 0, limit: 9 });
    const { data } = JSON.parse(Buffer.from(event?.bytes ?? []).toString()) as { data: object };
    expect(data).toEqual({
      tenant: '_system',
      id: 'acme',
      name: null,
      issuers: [],
      quotas: { calls: null, concurrent: null },
      actor: by,
      reason: 'contract_signed',
    });
  });
});

describe('switches', () => {
  const turn = (
    tenants: Tenants,
    what: 'tenant' | 'tool' | 'agent',
    name: string,
    more: { of?: string; off?: boolean } = {},
  ) => tenants.turn({ target: { what, name, of: more.of ?? null }, off: more.off ?? true, by, reason: 'incident_7' });

  test('stop a tenant, a tool, an upstream, an agent; for one tenant or all; and only that', async () => {
    const tenants = make();
    expect(tenants.stopping(call())).toBeNull();
    await turn(tenants, 'tool', 'orders/cancel', { of: 'brix' });
    expect([tenants.stopping(call()), tenants.stopping(call({ tenant: 'brix' }))?.what]).toEqual([null, 'tool']);
    expect(tenants.stopping(call({ tenant: 'brix', target: toolTarget('cancel2') }))).toBeNull();
    await turn(tenants, 'tool', 'files/*');
    expect(tenants.stopping(call({ upstream: 'files', target: toolTarget('x') }))).toMatchObject({
      name: 'files/*',
      of: null,
    });
    await turn(tenants, 'agent', 'claude', { of: 'acme' });
    expect([tenants.stopping(call())?.what, tenants.stopping(call({ agent: 'cursor' }))]).toEqual(['agent', null]);
    await turn(tenants, 'tenant', 'acme');
    expect(tenants.stopping(call({ agent: 'cursor' }))).toMatchObject({ what: 'tenant', name: 'acme' });
    await turn(tenants, 'tenant', 'acme', { off: false });
    await turn(tenants, 'agent', 'claude', { of: 'acme', off: false });
    expect(tenants.stopping(call())).toBeNull();
    expect(tenants.switches()).toHaveLength(2);
  });

  test('that stand so already change nothing, and what is no target is refused', async () => {
    const tenants = make();
    expect(await turn(tenants, 'agent', 'x', { off: false })).toEqual({ ok: true, changed: false });
    await turn(tenants, 'agent', 'x');
    expect(await turn(tenants, 'agent', 'x')).toEqual({ ok: true, changed: false });
    expect(await turn(tenants, 'tool', 'orders')).toMatchObject({ reason: 'unusable' });
    expect(await turn(tenants, 'tenant', 'a', { of: 'b' })).toMatchObject({ reason: 'unusable' });
  });

  test('suspend a tenant in the same act as its quotas change', async () => {
    const tenants = make();
    await tenants.onboard({ id: 'acme', by });
    const answer = await tenants.change({ id: 'acme', by, state: 'suspended', quotas: { concurrent: 1 } });
    expect(answer).toMatchObject({ ok: true, tenant: { state: 'suspended', quotas: { concurrent: 1 } } });
    expect(tenants.stopping(call())?.what).toBe('tenant');
    expect(await tenants.change({ id: 'acme', by, state: 'active' })).toMatchObject({ tenant: { state: 'active' } });
    expect(tenants.stopping(call())).toBeNull();
  });

  test('thrown elsewhere count here while we follow; a journal that is away is told once', async () => {
    let away = false;
    const incidents: unknown[] = [];
    const readAll: Journal['readAll'] = (...args) =>
      away ? Promise.reject(new Error('away')) : journal.readAll(...args);
    const [one, two] = [make(), make({ ...journal, readAll })];
    jest.useFakeTimers();
    const stop = two.follow(5, (error) => incidents.push(error));
    await turn(one, 'agent', 'claude');
    expect(two.stopping(call())).toBeNull();
    await jest.advanceTimersByTimeAsync(5);
    expect(two.stopping(call())?.what).toBe('agent');
    away = true;
    await jest.advanceTimersByTimeAsync(50);
    expect([incidents.length, two.stopping(call())?.what]).toEqual([1, 'agent']);
    away = false;
    await turn(one, 'agent', 'claude', { off: false });
    await jest.advanceTimersByTimeAsync(5);
    expect(two.stopping(call())).toBeNull();
    stop();
    expect(jest.getTimerCount()).toBe(0);
    jest.useRealTimers();
  });
});

test('a dry run has what it names switched off, and nothing else', () => {
  const { stopping, quotaOf } = dryRunTenants();
  expect(stopping(call())).toBeNull();
  expect(stopping(call({ upstream: '_self-check', target: toolTarget('off') }))?.what).toBe('tool');
  expect(quotaOf('_self-check-calls')).toEqual({ calls: { count: 1, periodMs: 3_600_000 } });
});
