import 'reflect-metadata';
import { configSchema } from '@sallyport/contracts';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { createLogger, type RunningService, startService } from '@sallyport/service';
import { keptDigest } from '../test/fake-journal.ts';
import { callId, createFakePorts, type FakePorts, offeredDigest } from '../test/fake-ports.ts';
import { AdminModule } from './admin.module.ts';
import { createPace } from './auth/pace.ts';

const config = configSchema.parse({ upstreams: {} });
const TOKEN = 'o'.repeat(43);
const logger = createLogger({ level: 'silent' });
let system: FakePorts;
let service: RunningService;
let failureWait = 0;

interface Said {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

async function ask(path: string, token: string | null, init: RequestInit = {}): Promise<Said> {
  const headers: Record<string, string> = token === null ? {} : { authorization: `Bearer ${token}` };
  if (init.body !== undefined) headers['content-type'] = 'application/json';
  const answer = await fetch(`${service.url}/admin/v1${path}`, { ...init, headers });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}

const post = (path: string, token: string | null, body?: unknown): Promise<Said> =>
  ask(path, token, { method: 'POST', ...(body !== undefined && { body: JSON.stringify(body) }) });

beforeEach(async () => {
  failureWait = 0;
  system = createFakePorts();
  service = await startService({
    module: AdminModule.register({
      ports: system.ports,
      operatorToken: TOKEN,
      systemTenant: 'shop',
      checkHost: (host, origin) =>
        host?.startsWith('127.0.0.1:') === true && origin === undefined ? null : 'forbidden',
      failures: () => failureWait,
      pace: createPace({ perSecond: 1 }),
    }),
    listen: '127.0.0.1:0',
    config,
    logger,
    signals: false,
    stepMs: 2_000,
  });
});
afterEach(async () => void (await service.stop()));

const reads = [
  '/status',
  '/events',
  '/events/stream',
  `/calls/${callId}`,
  '/approvals',
  '/approvals/A-17',
  '/definitions',
  '/tools?as=ann',
  `/texts/${keptDigest}`,
];
const acts = ['/approvals/A-17/votes', '/definitions/orders/refund_order/approve', '/reload', '/check'];

describe('who is let in', () => {
  it.each([...reads.map((path) => ['GET', path]), ...acts.map((path) => ['POST', path])])(
    'refuses %s %s without a valid token',
    async (method, path) => {
      for (const token of [null, 'dev-nobody', `${TOKEN}x`]) {
        expect((await ask(path as string, token, { method: method as string })).status).toBe(401);
      }
      expect(system.acts).toEqual([]);
    },
  );

  it.each([...reads, ...acts])('refuses %s to a web page, whatever token it sends', async (path) => {
    const method = acts.includes(path) ? 'POST' : 'GET';
    for (const foreign of [{ host: 'evil.example' }, { origin: 'http://evil.example' }]) {
      const sent = request(`${service.url}/admin/v1${path}`, {
        method,
        headers: { authorization: `Bearer ${TOKEN}`, ...foreign },
      });
      const [answer] = (await once(sent.end(), 'response')) as [IncomingMessage];
      answer.resume();
      expect(answer.statusCode).toBe(403);
    }
    expect(system.acts).toEqual([]);
  });

  it.each(['/status', '/events', '/events/stream', `/calls/${callId}`, '/definitions'])(
    'refuses GET %s to somebody who is no admin, and records it',
    async (path) => {
      await system.decide('shop', 'allow');
      expect((await ask(path, 'dev-alice')).status).toBe(403);
      expect(system.acts).toEqual([expect.objectContaining({ tenant: 'shop', refused: 'needs_role' })]);
    },
  );

  it.each([
    '/events?tenant=shop',
    '/events/stream?tenant=shop',
    `/calls/${callId}?tenant=shop`,
    '/approvals?tenant=shop',
  ])('refuses %s to the admin of another tenant', async (path) => {
    await system.decide('shop', 'allow');
    expect((await ask(path, 'dev-mallory')).status).toBe(403);
    expect(system.acts[0]).toMatchObject({ tenant: 'other', refused: 'foreign_tenant' });
  });

  it('asks for the token before a byte of a body is read', async () => {
    for (const [token, happens] of [
      ['dev-nobody', 401],
      ['dev-alice', 'asked for it'],
    ] as const) {
      const body = { 'content-type': 'application/json', 'content-length': 10, expect: '100-continue' };
      const headers = { authorization: `Bearer ${token}`, ...body };
      const sent = request(`${service.url}/admin/v1/tenants`, { method: 'POST', headers });
      sent.on('error', () => undefined);
      sent.write('{');
      const said = Promise.withResolvers<unknown>();
      sent.on('response', ({ statusCode }) => said.resolve(statusCode));
      sent.on('continue', () => said.resolve('asked for it'));
      expect(await said.promise).toBe(happens);
      sent.destroy();
    }
  });

  it.each(['PUT', 'POST', 'PATCH', 'DELETE'])('takes no large body with %s', async (method) => {
    const { status } = await ask('/tenants/shop', TOKEN, { method, body: JSON.stringify('x'.repeat(70_000)) });
    expect([413, 404]).toContain(status);
  });

  it('lets nobody follow the log any number of times', async () => {
    const gone = new AbortController();
    const follow = (token: string) =>
      fetch(`${service.url}/admin/v1/events/stream`, {
        headers: { authorization: `Bearer ${token}` },
        signal: gone.signal,
      });
    const statuses: number[] = [];
    for (let time = 0; time < 17; time++) statuses.push((await follow(TOKEN)).status);
    expect(statuses).toEqual([...Array<number>(16).fill(200), 429]);
    expect((await follow('dev-erin')).status).toBe(200);
    gone.abort();
    const again = new AbortController();
    let status = 429;
    while (status === 429) {
      const headers = { authorization: `Bearer ${TOKEN}` };
      ({ status } = await fetch(`${service.url}/admin/v1/events/stream`, { headers, signal: again.signal }));
    }
    again.abort();
    expect(status).toBe(200);
  });

  it('tells an address that guesses tokens to wait, and lets the right ones in', async () => {
    failureWait = 1_500;
    const guessed = await fetch(`${service.url}/admin/v1/status`, { headers: { authorization: 'Bearer guess' } });
    expect([guessed.status, guessed.headers.get('retry-after')]).toEqual([429, '2']);
    expect((await ask('/status', TOKEN)).status).toBe(200);
  });

  it('holds up somebody who floods it, before anything is recorded', async () => {
    const asked = await Promise.all(Array.from({ length: 90 }, () => ask('/status', 'dev-alice')));
    expect(asked.filter(({ status }) => status === 429).length).toBeGreaterThan(10);
    expect(system.acts.length).toBe(asked.filter(({ status }) => status === 403).length);
  });

  it('shows an admin nothing of another tenant', async () => {
    await system.decide('shop', 'allow');
    expect((await ask('/events', 'dev-mallory')).body['events']).toEqual([]);
    expect((await ask(`/calls/${callId}`, 'dev-mallory')).status).toBe(404);
    expect((await ask('/approvals', 'dev-mallory')).body['approvals']).toEqual([]);
    expect((await ask('/approvals/A-17', 'dev-mallory')).status).toBe(404);
    expect((await post('/approvals/A-17/votes', 'dev-mallory', { answer: 'approve' })).status).toBe(404);
    expect((await ask('/status', 'dev-mallory')).body['journal']).toEqual([{ tenant: 'other', head: 0 }]);
    expect(system.votes).toEqual([]);
  });

  it('refuses what concerns every tenant to the admin of another one than Sallyport’s', async () => {
    for (const path of ['/reload', '/check']) expect((await post(path, 'dev-mallory')).status).toBe(403);
    expect((await ask(`/texts/${keptDigest}`, 'dev-mallory')).status).toBe(403);
    const approve = await post('/definitions/orders/refund_order/approve', 'dev-mallory', { digest: offeredDigest });
    expect(approve.status).toBe(403);
    expect(system.approved).toEqual([]);
  });

  it('asks the operator which tenant is meant, where there are several', async () => {
    await system.decide('shop', 'allow');
    await system.decide('other', 'deny');
    expect((await ask('/events', TOKEN)).body).toMatchObject({ tenant: 'other' });
    await system.decide('third', 'deny');
    expect(await ask('/events', TOKEN)).toMatchObject({ status: 400, body: { error: 'tenant_needed' } });
    expect((await ask('/events?tenant=none', TOKEN)).status).toBe(404);
    expect((await ask('/events?tenant=shop', TOKEN)).body).toMatchObject({ tenant: 'shop', next: 1 });
  });
});

describe('garbage', () => {
  const bodies = [
    '{',
    '[]',
    'null',
    '"x"',
    '7',
    '{"answer":"maybe"}',
    '{"answer":{"$ne":1}}',
    '{"digest":"x","more":1}',
  ];
  it.each(acts)('is refused by POST %s, and nothing is done', async (path) => {
    await system.decide('shop', 'allow');
    // JSON's null says as much as no body, which is what these two take.
    const given = ['/reload', '/check'].includes(path) ? bodies.filter((body) => body !== 'null') : bodies;
    for (const body of [...given, `{"x":"${'y'.repeat(2_000_000)}"}`]) {
      const { status, body: said } = await ask(path, TOKEN, { method: 'POST', body });
      expect([body.slice(0, 20), status >= 400 && status < 500]).toEqual([body.slice(0, 20), true]);
      expect(said).toEqual({ error: expect.any(String), message: expect.any(String), reference: expect.any(String) });
    }
    expect([system.votes, system.approved, system.acts]).toEqual([[], [], []]);
  });

  it.each([
    '/events?limit=0',
    '/events?limit=many',
    '/events?after=-1',
    '/events?after=9007199254740992',
    '/events?after=1e300',
    '/events?deny=perhaps',
    '/events?tenant=shop&tenant=other',
    '/events?unknown=1',
    '/events/stream?after=%00',
    '/events/stream?after=nonsense',
    '/status?x=1',
    "/calls/'%20OR%201=1",
    `/calls/${callId}?values=all`,
    '/approvals?status=maybe',
    '/approvals/..%2f..%2fetc',
    '/definitions?x=1',
    '/texts/sha256:x',
  ])('is refused by GET %s', async (path) => {
    await system.decide('shop', 'allow');
    const { status } = await ask(path, TOKEN);
    expect(status).toBe(400);
  });
});

describe('the record', () => {
  it('is read in pages, only refusals where asked, with names', async () => {
    for (const decision of ['allow', 'deny', 'allow', 'deny', 'deny'] as const) await system.decide('shop', decision);
    const first = (await ask('/events?deny=true&limit=2', 'dev-erin')).body;
    expect(first).toMatchObject({ next: 4, more: true, names: { sub_YWxpY2U: 'alice' } });
    expect(first['events']).toHaveLength(2);
    const second = (await ask('/events?deny=true&limit=2&after=4', 'dev-erin')).body;
    expect(second).toMatchObject({ next: 5, more: false, events: [{ sequence: '000000000000000005' }] });
  });

  it('tells one call with its sealed values, and records that they were opened', async () => {
    await system.decide('shop', 'deny');
    const { body } = await ask(`/calls/${callId}`, TOKEN);
    expect(body).toMatchObject({ tenant: 'shop', sealed: [{ field: 'arguments', value: '{"order_id":"1001"}' }] });
    expect(system.acts).toEqual([
      expect.objectContaining({ act: 'values.read', target: `call/${callId}`, refused: null }),
    ]);
  });

  it('has the texts that events name, and records that one was read', async () => {
    const { body } = await ask(`/texts/${keptDigest}`, TOKEN);
    expect(body).toEqual({ digest: keptDigest, text: 'kept' });
    expect(system.acts).toEqual([expect.objectContaining({ act: 'texts.read', target: keptDigest })]);
    expect((await ask(`/texts/sha256:${'n'.repeat(43)}`, TOKEN)).status).toBe(404);
  });

  it('opens nothing when the act can’t be recorded', async () => {
    await system.decide('shop', 'deny');
    system.recordFails = true;
    const { status, body } = await ask(`/calls/${callId}`, TOKEN);
    expect([status, body['error']]).toEqual([503, 'unavailable']);
    expect(JSON.stringify(body)).not.toMatch(/1001|disk/);
  });
});

describe('the live feed', () => {
  async function follow(query: string, headers: Record<string, string> = {}, token = TOKEN) {
    const stop = new AbortController();
    const answer = await fetch(`${service.url}/admin/v1/events/stream${query}`, {
      headers: { authorization: `Bearer ${token}`, ...headers },
      signal: stop.signal,
    });
    const reader = (answer.body as ReadableStream<Uint8Array>).pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    const until = async (wanted: string): Promise<string> => {
      while (!text.includes(wanted)) {
        const { done, value } = await reader.read();
        if (done) throw new Error(`The feed ended before ${wanted}: ${text}`);
        text += value;
      }
      return text;
    };
    return { until, ended: async () => (await reader.read()).done, stop: () => stop.abort() };
  }

  it('begins now, sends what is decided, and resumes where it was cut', async () => {
    await system.decide('shop', 'allow');
    const feed = await follow('');
    await feed.until('event: following');
    await system.decide('shop', 'deny');
    const text = await feed.until('id: shop:2\ndata: ');
    expect(text).not.toContain('"sequence":"000000000000000001"');
    feed.stop();
    await system.decide('shop', 'allow');
    const again = await follow('', { 'last-event-id': 'shop:1' });
    expect(await again.until('id: shop:3\ndata: ')).toContain('id: shop:2\ndata: ');
    again.stop();
  });

  it('takes up a tenant that comes later, and shows refusals alone where asked', async () => {
    const feed = await follow('?deny=true');
    await feed.until('event: following');
    await system.decide('new one', 'allow');
    await system.decide('new one', 'deny');
    const text = await feed.until('id: new%20one:2\ndata: ');
    expect(text.match(/^data: \{"/gm)).toHaveLength(1);
    feed.stop();
  });

  it('ends when the token does', async () => {
    const feed = await follow('', {}, 'dev-brief');
    await feed.until('event: following');
    expect(await feed.ended()).toBe(true);
  });

  it('ends when Sallyport stops', async () => {
    const feed = await follow('');
    await feed.until('event: following');
    const [ended, clean] = await Promise.all([feed.ended(), service.stop()]);
    expect([ended, clean]).toEqual([true, true]);
  });
});

describe('acts', () => {
  it('lets the port say whose vote counts, and records both answers', async () => {
    const refused = await post('/approvals/A-17/votes', 'dev-erin', { answer: 'approve' });
    expect(refused).toMatchObject({ status: 409, body: { error: 'vote_refused' } });
    const taken = await post('/approvals/A-17/votes', 'dev-alice', { answer: 'approve', channel: 'cli' });
    expect(taken).toEqual({ status: 200, body: { status: 'approved' } });
    expect(system.acts.map(({ act, refused }) => [act, refused])).toEqual([
      ['approval.vote', 'vote_refused'],
      ['approval.vote', null],
    ]);
    expect(system.votes[1]).toMatchObject({
      approval: 'A-17',
      channel: 'cli',
      principal: { subject: { id: 'alice' } },
    });
  });

  it('shows the question to whom it concerns, with names', async () => {
    const { body } = await ask('/approvals/A-17', 'dev-alice');
    expect(body).toMatchObject({ ask: 'Cancel order 1001?', approval: { requester: { subject: 'alice' } } });
    expect((await ask('/approvals?status=consumed', 'dev-alice')).body).toEqual({ approvals: [] });
  });

  it('approves only the copy that was looked at', async () => {
    const path = '/definitions/orders/refund_order/approve';
    const other = await post(path, TOKEN, { digest: `sha256:${'c'.repeat(43)}` });
    expect(other).toMatchObject({ status: 409, body: { error: 'changed' } });
    expect((await post('/definitions/orders/none/approve', TOKEN, { digest: offeredDigest })).status).toBe(404);
    expect((await post('/definitions/orders/%00/approve', TOKEN, { digest: offeredDigest })).status).toBe(400);
    expect((await post(path, TOKEN, { kind: 'resource', digest: offeredDigest })).status).toBe(400);
    expect((await post(path, TOKEN, { kind: 'prompt', digest: offeredDigest })).status).toBe(404);
    expect((await post(path, TOKEN, { kind: 'instructions', digest: offeredDigest })).status).toBe(404);
    expect((await post(path, 'dev-erin', { digest: offeredDigest })).status).toBe(200);
    expect(system.approved).toEqual(['orders/refund_order']);
    expect(system.acts.at(-1)).toMatchObject({ act: 'definition.approve', by: { subject: { id: 'erin' } } });
  });

  it('says why a reload was refused, and what does not fire', async () => {
    system.reloadAnswer = {
      ok: false,
      problems: [{ where: 'orders.cedar:3', message: 'unknown action.', hint: 'Did you mean cancel_order?' }],
    };
    const { status, body } = await post('/reload', TOKEN);
    expect([status, body['message']]).toEqual([422, 'orders.cedar:3: unknown action. Did you mean cancel_order?']);
    expect((await post('/check', TOKEN)).body).toMatchObject({ ok: false, findings: [{ about: 'limits/refunds' }] });
  });
});
