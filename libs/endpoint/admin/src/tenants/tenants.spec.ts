import 'reflect-metadata';
import { configSchema } from '@sallyport/contracts';
import { createLogger, type RunningService, startService } from '@sallyport/service';
import { createFakePorts, type FakePorts } from '../../test/fake-ports.ts';
import { AdminModule } from '../admin.module.ts';

const config = configSchema.parse({ upstreams: {} });
const TOKEN = 'o'.repeat(43);
const ISSUER = { issuer: 'https://login.acme.example', audience: 'https://mcp.example/mcp' };
let system: FakePorts;
let service: RunningService;

async function ask(method: string, path: string, { token = TOKEN, body }: { token?: string; body?: unknown } = {}) {
  const headers = {
    authorization: `Bearer ${token}`,
    ...(body !== undefined && { 'content-type': 'application/json' }),
  };
  const init = { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) };
  const answer = await fetch(`${service.url}/admin/v1${path}`, init);
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}

/** An instance of the tenant `_system`, whose people no token can be. */
async function start(systemTenant: string): Promise<void> {
  system = createFakePorts();
  service = await startService({
    module: AdminModule.register({
      ports: system.ports,
      operatorToken: TOKEN,
      systemTenant,
      checkHost: () => null,
      failures: () => 0,
      pace: () => true,
    }),
    listen: '127.0.0.1:0',
    config,
    logger: createLogger({ level: 'silent' }),
    signals: false,
    stepMs: 2_000,
  });
}
beforeEach(() => start('_system'));
afterEach(async () => void (await service.stop()));

describe('tenants', () => {
  it.each([
    ['POST', '/tenants', { id: 'shop' }],
    ['PATCH', '/tenants/shop', { quotas: {} }],
    ['PUT', '/switches/tenant/other', undefined],
    ['DELETE', '/switches/tenant/shop', undefined],
  ])('%s %s is refused to a tenant’s own admin, on record', async (method, path, body) => {
    const { status } = await ask(method, path, { token: 'dev-erin', body });
    expect(status).toBe(403);
    expect(system.acts).toEqual([
      expect.objectContaining({ tenant: 'shop', refused: 'for_operator', target: `/admin/v1${path}` }),
    ]);
    expect([system.tenants.list(), system.tenants.switches()]).toEqual([[], []]);
  });

  it.each([
    [{}],
    [{ id: '' }],
    [{ id: '_system' }],
    [{ id: ['a'] }],
    [{ id: 'a\u0007' }],
    [{ id: 'a', name: '' }],
    [{ id: 'a', tenant: 'b' }],
    [{ id: 'a', issuers: null }],
    [{ id: 'a', issuers: [null] }],
    [{ id: 'a', issuers: [[]] }],
    [{ id: 'a', issuers: {} }],
    [{ id: 'a', issuers: [{ ...ISSUER, tenant: { fixed: 'b' } }] }],
    [{ id: 'a', issuers: [{ ...ISSUER, subject: 'sub' }] }],
    [{ id: 'a', issuers: [{ ...ISSUER, algorithms: ['HS256'] }] }],
    [{ id: 'a', quotas: [] }],
    [{ id: 'a', quotas: null }],
    [{ id: 'a', quotas: { calls: 5 } }],
    [{ id: 'a', quotas: { calls: '0/s' } }],
    [{ id: 'a', quotas: { concurrent: 1.5 } }],
    [{ id: 'a', quotas: { calls: null } }],
    [{ id: 'a', reason: 'Because of Bob' }],
  ])('can’t be onboarded by %j', async (body) => {
    expect([400, 422]).toContain((await ask('POST', '/tenants', { body })).status);
    expect(system.tenants.list()).toEqual([]);
  });

  it('are onboarded once, each with issuers of its own; refusals are on record too', async () => {
    const body = { id: 'shop', issuers: [ISSUER], quotas: { calls: '600/min' }, reason: 'contract_signed' };
    expect((await ask('POST', '/tenants', { body })).body).toMatchObject({ id: 'shop', state: 'active', version: 1 });
    expect((await ask('POST', '/tenants', { body })).status).toBe(409);
    expect((await ask('POST', '/tenants', { body: { id: 'b', issuers: [ISSUER] } })).body).toMatchObject({
      error: 'issuer_taken',
    });
    const http = { ...ISSUER, issuer: 'http://169.254.169.254' };
    expect((await ask('POST', '/tenants', { body: { id: 'b', issuers: [http] } })).status).toBe(422);
    expect(system.acts.map(({ tenant, act, target, refused }) => [tenant, act, target, refused])).toEqual([
      [null, 'tenant.onboard', 'tenant/shop', null],
      [null, 'tenant.onboard', 'tenant/shop', 'exists'],
      [null, 'tenant.onboard', 'tenant/b', 'issuer_taken'],
      [null, 'tenant.onboard', 'tenant/b', 'unusable'],
    ]);
  });

  it('are changed over the version that was looked at, and suspended', async () => {
    await ask('POST', '/tenants', { body: { id: 'shop', name: 'Shop', quotas: { concurrent: 2 } } });
    expect((await ask('PATCH', '/tenants/none', { body: { name: 'x' } })).status).toBe(404);
    const changed = await ask('PATCH', '/tenants/shop', { body: { quotas: { calls: '5/s' }, version: 1 } });
    expect(changed.body).toMatchObject({ name: 'Shop', quotas: { calls: '5/s' }, version: 2 });
    expect((await ask('PATCH', '/tenants/shop', { body: { name: null, version: 1 } })).body).toMatchObject({
      error: 'changed',
    });
    expect((await ask('PATCH', '/tenants/shop', { body: { state: 'suspended' } })).body).toMatchObject({
      state: 'suspended',
    });
    expect((await ask('PATCH', '/tenants/shop', { body: { state: 'gone' } })).status).toBe(400);
  });

  it.each([
    [{}],
    [{ name: 'Shop', issuers: [{ ...ISSUER, jwks: 'https://keys.acme.example/k', scope: 'mcp', owns: true }] }],
    [{ quotas: { calls: '90/90s', concurrent: 3 } }],
    [{ quotas: { calls: '600/min' }, issuers: [ISSUER] }],
    [{ quotas: { calls: '7/2day' } }],
  ])('are taken back as they were read, and nothing changes: %j', async (more) => {
    const made = await ask('POST', '/tenants', { body: { id: 'shop', ...more } });
    const read = await ask('GET', '/tenants/shop');
    expect(read.body).toEqual(made.body);
    const sent = await ask('PATCH', '/tenants/shop', { body: read.body });
    expect([sent.status, sent.body]).toEqual([200, read.body]);
    const renamed = await ask('PATCH', '/tenants/shop', { body: { ...read.body, name: 'Other' } });
    expect(renamed.body).toEqual({ ...read.body, name: 'Other', version: 2 });
    for (const other of [{ id: 'other' }, { since: '2000-01-01T00:00:00Z' }])
      expect((await ask('PATCH', '/tenants/shop', { body: { ...renamed.body, ...other } })).status).toBe(400);
  });

  it.each(['Shop', 'SHOP', '-shop', 'shop_1', 'sho\u0440', 'shop ', 'a'.repeat(64), 'a.b'])(
    'have no id %j',
    async (id) => {
      const { status, body } = await ask('POST', '/tenants', { body: { id } });
      expect([status, JSON.stringify(body)]).toEqual([400, expect.stringContaining('lower-case')]);
      expect((await ask('PUT', `/switches/tenant/${encodeURIComponent(id)}`)).status).toBe(422);
    },
  );

  it.each([
    'https://127.0.0.1',
    'https://2130706433',
    'https://[::1]',
    'https://10.0.0.1',
    'https://169.254.169.254',
    'https://metadata.google.internal',
    'https://localhost:8787',
    'http://login.acme.example',
    'http://127.0.0.1',
  ])('have no issuer at %s, nor keys there', async (url) => {
    for (const issuer of [
      { ...ISSUER, issuer: url },
      { ...ISSUER, jwks: `${url}/keys` },
    ]) {
      const { status, body } = await ask('POST', '/tenants', { body: { id: 'shop', issuers: [issuer] } });
      expect([status, body['message']]).toEqual([422, expect.stringContaining('tenants.private_issuers')]);
    }
  });

  it('see themselves alone', async () => {
    for (const id of ['shop', 'other', 'third']) await ask('POST', '/tenants', { body: { id } });
    const seen = async (token: string) =>
      ((await ask('GET', '/tenants', { token })).body['tenants'] as { id: string }[]).map(({ id }) => id);
    expect(await seen('dev-erin')).toEqual(['shop']);
    expect(await seen(TOKEN)).toEqual(['shop', 'other', 'third']);
    expect((await ask('GET', '/tenants/shop', { token: 'dev-erin' })).status).toBe(200);
    expect((await ask('GET', '/tenants/other', { token: 'dev-erin' })).status).toBe(404);
    expect((await ask('GET', '/tenants/shop', { token: 'dev-alice' })).status).toBe(403);
  });
});

describe('switches', () => {
  const off = (path: string) => ask('PUT', `/switches/${path}`);

  it.each([
    'system/x',
    'tool/orders',
    'tenant/a?of=b',
    'agent/%00',
    'tool/a%2Fb?of=_system',
    'tool/a%2Fb?reason=A%20B',
    'agent/x?tenant=shop',
  ])('can’t be %s', async (path) => {
    expect([400, 404, 422]).toContain((await off(path)).status);
    expect(system.tenants.switches()).toEqual([]);
  });

  it('are thrown with an empty body of whatever type', async () => {
    for (const type of ['application/json', 'application/x-www-form-urlencoded', 'text/plain']) {
      const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': type };
      for (const method of ['PUT', 'DELETE'])
        expect((await fetch(`${service.url}/admin/v1/switches/agent/x`, { method, headers })).status).toBe(200);
    }
  });

  it('are thrown and cleared, and say what stops nothing', async () => {
    expect((await off('tool/orders%2Frefund_order?of=shop&reason=incident_7')).body).toEqual({
      what: 'tool',
      name: 'orders/refund_order',
      of: 'shop',
      off: true,
      changed: true,
      known: true,
    });
    expect((await off('tool/orders%2Frefund_ordr')).body).toMatchObject({ known: false });
    for (const name of ['*', 'resource:*', 'prompt:greet'])
      expect((await off(`tool/orders%2F${encodeURIComponent(name)}`)).body).toMatchObject({ known: true });
    expect((await off('tool/orders%2Fgreet')).body).toMatchObject({ known: false });
    expect((await off('agent/https%3A%2F%2Fagent.example%2Fclient')).body).toMatchObject({
      name: 'https://agent.example/client',
    });
    expect((await ask('DELETE', '/switches/tool/orders%2F*')).body).toMatchObject({ off: false, changed: true });
    expect((await ask('DELETE', '/switches/tool/orders%2F*')).body).toMatchObject({ off: false, changed: false });
    expect(system.acts[0]).toMatchObject({
      act: 'switch.throw',
      target: 'switch/tool/orders/refund_order of shop',
      refused: null,
    });
  });

  it('show an admin what stops calls of their tenant', async () => {
    for (const path of [
      'tenant/shop',
      'tenant/other',
      'tool/a%2Fb',
      'tool/a%2Fc?of=other',
      'agent/x?of=shop',
      'agent/y',
    ])
      await off(path);
    const seen = async (token: string) =>
      ((await ask('GET', '/switches', { token })).body['switches'] as { name: string }[])
        .map(({ name }) => name)
        .sort();
    expect(await seen('dev-erin')).toEqual(['a/b', 'shop', 'x']);
    expect(await seen('dev-mallory')).toEqual(['a/b', 'a/c', 'other']);
    expect(await seen(TOKEN)).toHaveLength(6);
  });
});

test('people of Sallyport’s own tenant with the role act for all', async () => {
  await service.stop();
  await start('shop');
  expect((await ask('POST', '/tenants', { token: 'dev-erin', body: { id: 'x' } })).status).toBe(201);
  expect((await ask('POST', '/tenants', { token: 'dev-mallory', body: { id: 'y' } })).status).toBe(403);
  expect((await ask('GET', '/tenants/x', { token: 'dev-erin' })).status).toBe(200);
});
