import { admin, ANN, callTool, faultsIn, operatorToken, serveScripted } from '@sallyport/testing/harness';

const ID = '01JTEST0000000000000000001';
const DIGEST = `sha256:${'a'.repeat(43)}`;

/** Every route of the admin API, with a request that would be in order. */
const ROUTES: readonly (readonly [string, string, object | undefined])[] = [
  ['GET', '/status', undefined],
  ['GET', '/events', undefined],
  ['GET', '/events/stream', undefined],
  ['GET', `/calls/${ID}`, undefined],
  ['GET', '/approvals', undefined],
  ['GET', '/approvals/A-1', undefined],
  ['POST', '/approvals/A-1/votes', { answer: 'approve' }],
  ['GET', '/definitions', undefined],
  ['POST', '/definitions/up/run/approve', { digest: DIGEST }],
  ['POST', '/reload', {}],
  ['POST', '/check', {}],
  ['GET', '/openapi.json', undefined],
  ['GET', '/tenants', undefined],
  ['GET', '/tenants/acme', undefined],
  ['POST', '/tenants', { id: 'acme' }],
  ['PATCH', '/tenants/acme', { quotas: {} }],
  ['GET', '/switches', undefined],
  ['PUT', '/switches/tool/up%2Fnone', undefined],
  ['DELETE', '/switches/tool/up%2Fnone', undefined],
  ['GET', '/connections', undefined],
  ['DELETE', '/connections/up/nobody', undefined],
];

const BODIES: readonly (string | object)[] = [
  '{',
  'null',
  '"text"',
  '[]',
  '[{"answer":"approve"}]',
  '{"answer":"approve","answer":"reject"}',
  '{"__proto__":{"answer":"approve"}}',
  '{"constructor":{"prototype":{}}}',
  { answer: ['approve'] },
  { answer: { toString: 'approve' } },
  { answer: 'approve', admin: true },
  { digest: [DIGEST] },
  { digest: DIGEST.slice(1) },
  { digest: DIGEST, force: true },
  { id: { toString: 'acme' } },
  { id: '_system' },
  { issuers: [[[]]] },
  { quotas: { calls: ['1/s'] } },
  { state: 'gone' },
  `{"answer":${'['.repeat(5_000)}${']'.repeat(5_000)}}`,
  'x'.repeat(2_000_000),
  '\u0000',
];

const QUERIES = [
  'limit=-1',
  'limit=1e9',
  'limit=NaN',
  'limit=1&limit=2',
  'limit[]=1',
  'limit[__proto__]=1',
  'after=x',
  'after=-1',
  'after[a]=1',
  'deny=maybe',
  'status=all',
  'status[]=requested',
  'tenant[]=acme',
  'tenant=acme&tenant=_system',
  'unknown=1',
  '__proto__[x]=1',
  '%00=1',
  '%E0%A4%A=1',
];

const PATHS = [
  '/',
  '/nothing',
  '/calls/',
  '/calls/%00',
  '/calls/..%2f..%2fstatus%3f',
  '/calls/%E0%A4%A',
  `/calls/${ID.toLowerCase()}`,
  `/calls/${'A'.repeat(5_000)}`,
  "/approvals/A-1'%20OR%201=1",
  '/approvals/%F0%9F%98%80',
  '/definitions/UP/run/approve',
  `/definitions/up/${'x'.repeat(300)}/approve`,
];

describe('garbage at every admin route of the built app', () => {
  let operator: string;

  const served = serveScripted();
  beforeAll(async () => {
    operator = operatorToken(served.scratch.data);
    await callTool(served.sallyport, ANN.token, ['up__run', {}]);
  });

  const clean = (status: number): boolean => status >= 400 && status < 500;

  // A GET has no body here: what comes as one is not read.
  it.each(ROUTES.filter(([method]) => method !== 'GET'))('%s %s: bodies', async (...[method, path]) => {
    for (const body of BODIES) {
      // A body that is far too large may find the connection closed before it is all out.
      const closed = { status: 413, text: '' };
      const { status, text } = await admin(served.sallyport, operator, [method, path], body).catch(() => closed);
      const shown = (typeof body === 'string' ? body : JSON.stringify(body)).slice(0, 60);
      expect([shown, status, clean(status)]).toEqual([shown, status, true]);
      expect(text).not.toMatch(/\bat .*:\d+:\d+|node_modules/);
    }
  });

  it.each(ROUTES)('%s %s: queries', async (method, path, body) => {
    for (const query of QUERIES) {
      const { status, text } = await admin(served.sallyport, operator, [method, `${path}?${query}`], body);
      expect([query, status, clean(status)]).toEqual([query, status, true]);
      expect(text).not.toMatch(/\bat .*:\d+:\d+|node_modules/);
    }
  });

  it.each(['GET', 'POST', 'PUT', 'DELETE', 'PATCH'])('%s at paths that are none', async (method) => {
    for (const path of PATHS) {
      const body = method === 'GET' ? undefined : { digest: DIGEST };
      const { status } = await admin(served.sallyport, operator, [method, path], body);
      expect([path, status, clean(status)]).toEqual([path, status, true]);
    }
  });

  it.each(ROUTES)('%s %s: methods that it does not know', async (_, path) => {
    const known = ROUTES.filter(([, other]) => other === path).map(([method]) => method);
    for (const method of ['PUT', 'DELETE', 'PATCH', 'OPTIONS', 'HEAD'].filter((other) => !known.includes(other)))
      expect(clean((await admin(served.sallyport, operator, [method, path])).status)).toBe(true);
  });

  it('nobody without a token gets an answer', async () => {
    // Fewer than `floods.failures` lets one address try.
    for (const [method, path, body] of ROUTES)
      for (const token of ['', `${operator}x`, operator.slice(1), operator.toUpperCase()])
        expect((await admin(served.sallyport, token, [method, path], body)).status).toBe(401);
  });

  it('serves on, with a sound record', async () => {
    expect((await callTool(served.sallyport, ANN.token, ['up__run', {}])).meta?.decision).toBe('allow');
    expect(faultsIn(served.scratch.data)).toEqual([]);
    expect(served.sallyport.log()).not.toContain('"level":50');
  });
});
