import 'reflect-metadata';
import { configSchema } from '@sallyport/contracts';
import { createLogger, type RunningService, startService } from '@sallyport/service';
import { createFakePorts, type FakePorts } from '../../test/fake-ports.ts';
import { AdminModule } from '../admin.module.ts';

const TOKEN = 'o'.repeat(43);
const path = '/connections/orders/alice';
let system: FakePorts;
let service: RunningService;

async function ask(method: string, at: string, token = TOKEN) {
  const answer = await fetch(`${service.url}/admin/v1${at}`, { method, headers: { authorization: `Bearer ${token}` } });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}

beforeEach(async () => {
  system = createFakePorts();
  const rules = { operatorToken: TOKEN, systemTenant: '_system', checkHost: () => null, failures: () => 0 };
  service = await startService({
    module: AdminModule.register({ ports: system.ports, ...rules, pace: () => true }),
    listen: '127.0.0.1:0',
    config: configSchema.parse({ upstreams: {} }),
    logger: createLogger({ level: 'silent' }),
    signals: false,
    stepMs: 2_000,
  });
});
afterEach(async () => void (await service.stop()));

it.each([
  ['GET', '/connections', 'dev-alice', 403, 'needs_role'],
  ['DELETE', path, 'dev-alice', 403, 'needs_role'],
  ['GET', '/connections?tenant=shop', 'dev-mallory', 403, 'foreign_tenant'],
  ['DELETE', `${path}?tenant=shop`, 'dev-mallory', 403, 'foreign_tenant'],
  ['DELETE', path, 'dev-mallory', 404, 'unknown'],
])('%s %s is refused to %s, on record', async (...[method, at, token, status, refused]) => {
  expect((await ask(method, at, token)).status).toBe(status);
  expect(system.acts).toEqual([expect.objectContaining({ refused })]);
  expect(system.removed).toEqual([]);
});

it('an admin of another tenant sees none', async () => {
  expect((await ask('GET', '/connections', 'dev-mallory')).body).toEqual({ connections: [] });
});

it('an admin sees and removes those of their tenant, on record by the pseudonym', async () => {
  const { body } = await ask('GET', '/connections', 'dev-erin');
  expect(body).toMatchObject({ connections: [{ upstream: 'orders', name: 'development|alice', scopes: ['read'] }] });
  const removed = { tenant: 'shop', upstream: 'orders', subject: 'sub_alice' };
  expect(await ask('DELETE', path, 'dev-erin')).toEqual({ status: 200, body: removed });
  expect(system.acts).toMatchObject([
    { act: 'connection.remove', target: 'connection/orders/sub_alice', refused: null, by: { subject: { id: 'erin' } } },
  ]);
});
