import { SignJWT } from 'jose';
import {
  admin,
  callTool,
  connect,
  decisionOn,
  eventually,
  faultsIn,
  type Issuer,
  json,
  makeScratch,
  modernHeaders,
  modernMeta,
  OPEN,
  operatorToken,
  recorded,
  recordedOf,
  runCli,
  type ScriptedUpstream,
  send,
  serve,
  startIssuer,
  startSallyport,
  startScriptedUpstream,
} from '@sallyport/testing/harness';

const AUDIENCE = 'http://127.0.0.1:8787/mcp';
const CLIENT = 'https://client.example/oauth/metadata.json';
const POLICY = `${OPEN}@id("no-guests") @hard forbid (principal in Role::"guest", action, resource);
@id("one-client") @hard forbid (principal in Role::"kiosk", action, resource) unless { context.agent == "${CLIENT}" };\n`;

describe('people with real tokens', () => {
  let issuer: Issuer;
  let upstream: ScriptedUpstream;

  beforeAll(async () => {
    issuer = await startIssuer(AUDIENCE);
    upstream = await startScriptedUpstream();
  });
  const served = serve(() => {
    const scratch = makeScratch({
      policies: { 'all.cedar': POLICY },
      config: {
        upstreams: {
          up: {
            url: upstream.url,
            definitions: 'trust_on_first_use',
            headers: { authorization: { file: './upstream-key' } },
          },
        },
        identity: {
          issuers: [{ issuer: issuer.url, audience: AUDIENCE, tenant: { claim: 'org' }, scope: 'mcp:use' }],
        },
      },
    });
    scratch.write('upstream-key', 'Bearer our-own-credential\n');
    return scratch;
  });
  afterAll(async () => {
    await upstream.close();
    await issuer.close();
  });

  const good = (claims: Record<string, unknown> = {}) => issuer.token({ scope: 'mcp:use', ...claims });
  const knock = async (token: string | null) => {
    const headers = { ...modernHeaders(token ?? '', 'tools/list') };
    if (token === null) delete headers['authorization'];
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list', params: { _meta: modernMeta() } });
    const { status, headers: answer } = await send(served.sallyport, { headers, body });
    return [status, String(answer['www-authenticate'] ?? '')] as const;
  };

  it('turns strangers away and tells them where to get a token', async () => {
    const [status, challenge] = await knock(null);
    expect(status).toBe(401);
    const [, metadata] = /resource_metadata="([^"]+)"/.exec(challenge) ?? [];
    const answer = await fetch(metadata ?? '');
    expect(await answer.json()).toMatchObject({
      resource: `${served.sallyport.url}/mcp`,
      authorization_servers: [issuer.url],
      scopes_supported: ['mcp:use'],
    });
  });

  it.each<[string, () => Promise<string>, number]>([
    ['expired', () => good({ exp: Math.floor(Date.now() / 1000) - 60 }), 401],
    ['without an end', () => good({ exp: undefined }), 401],
    ['not valid yet', () => good({ nbf: Math.floor(Date.now() / 1000) + 600 }), 401],
    ['for somebody else', () => good({ aud: 'http://other.example/mcp' }), 401],
    ['of another issuer', () => good({ iss: 'http://127.0.0.1:1' }), 401],
    ['without a tenant', () => good({ org: undefined }), 401],
    ['of the tenant of Sallyport itself', () => good({ org: '_system' }), 401],
    ['without a subject', () => good({ sub: undefined }), 401],
    ['that is an ID token', () => good({ at_hash: 'x' }), 401],
    ['without the scope', () => issuer.token(), 403],
    ['signed by itself', () => signed({ alg: 'HS256' }), 401],
    ['not signed', async () => unsigned(await good()), 401],
    ['edited', async () => edited(await good()), 401],
    ['a development user’s', () => Promise.resolve('dev-ann-token'), 401],
  ])('refuses a token that is %s', async (_, make, status) => {
    const [answered, challenge] = await knock(await make());
    expect([answered, challenge.includes(status === 403 ? 'insufficient_scope' : 'invalid_token')]).toEqual([
      status,
      true,
    ]);
    if (status === 403) expect(challenge).toContain('scope="mcp:use"');
  });

  const signed = (header: { alg: string }) =>
    new SignJWT({ iss: issuer.url, aud: AUDIENCE, sub: 'carla', org: 'acme', scope: 'mcp:use', exp: 9_999_999_999 })
      .setProtectedHeader(header)
      .sign(new TextEncoder().encode('x'.repeat(64)));
  const unsigned = (token: string) =>
    `${Buffer.from('{"alg":"none"}').toString('base64url')}.${token.split('.')[1] ?? ''}.`;
  const edited = (token: string) => {
    const [header, body = '', signature] = token.split('.');
    const claims = JSON.parse(Buffer.from(body, 'base64url').toString()) as object;
    const other = Buffer.from(JSON.stringify({ ...claims, roles: ['admin'] })).toString('base64url');
    return [header, other, signature].join('.');
  };

  it('takes a good one, with its roles', async () => {
    const { meta } = await callTool(served.sallyport, await good(), ['up__run', {}]);
    expect(meta?.decision).toBe('allow');
    expect(decisionOn(served.scratch.data, meta?.id ?? '').subject).toMatchObject({ issuer: issuer.url });
    const guest = await callTool(served.sallyport, await good({ sub: 'gus', roles: ['guest'] }), ['up__run', {}]);
    expect(guest.error?.message ?? guest.meta?.reason).toMatch(/Unknown tool|forbidden/);
  });

  it('knows a client by the URL that it is known by (client id metadata documents)', async () => {
    const call = async (claims: object) =>
      (await callTool(served.sallyport, await good({ roles: ['kiosk'], ...claims }), ['up__run', {}])).meta;
    expect(await call({ client_id: `${CLIENT}?other` })).toMatchObject({ decision: 'deny', reason: 'forbidden' });
    const { id = '', decision } = (await call({ client_id: CLIENT })) ?? {};
    expect(decision).toBe('allow');
    expect(decisionOn(served.scratch.data, id).agent).toMatchObject({ verified: true });
  });

  it('stops a client by that URL, letter by letter, and no other', async () => {
    const { url, port } = served.sallyport;
    const token = operatorToken(served.scratch.data);
    const turn = (to: string) =>
      runCli(['switch', to, 'agent', CLIENT, '--url', url, '--json'], { cwd: served.scratch.directory, token });
    const reason = async (client_id: string) =>
      (await callTool({ port }, await good({ client_id }), ['up__run', {}])).meta?.reason;
    expect((await turn('off')).code).toBe(0);
    await eventually(async () => (await reason(CLIENT)) === 'agent_switched_off', 1_000);
    const shown = await admin({ port }, token, ['GET', '/switches']);
    expect(JSON.stringify(shown.body)).toContain(CLIENT);
    for (const other of [`${CLIENT}#x`, `${CLIENT}/`, CLIENT.replace('https', 'http'), `${CLIENT}%00`])
      expect([other, await reason(other)]).toEqual([other, 'allowed']);
    expect((await turn('on')).code).toBe(0);
    await eventually(async () => (await reason(CLIENT)) !== 'agent_switched_off', 1_000);
  });

  it.each<[string, () => Promise<string>, number]>([
    ['of 15,000 characters', async () => 'x'.repeat(15_000), 401],
    ['of 60,000 characters', async () => 'x'.repeat(60_000), 431],
    ['with a line in its claims', () => good({ org: 'a\r\nx-injected: 1', sub: '"\r\n\r\n' }), 401],
    ['with a quote in its scopes', () => issuer.token({ scope: 'a", error="x' }), 403],
    ['of an issuer with a line', () => good({ iss: `${issuer.url}\r\nx-injected: 1` }), 401],
    ['by a key with a line', () => issuer.token({}, { kid: '"\r\nx-injected: 1' }), 401],
  ])('is told nothing of its own by a token %s', async (_, make, expected) => {
    const token = await make();
    const { status, headers, text } = await send(served.sallyport, { headers: modernHeaders(token, 'tools/list') });
    expect(status).toBe(expected);
    expect(`${JSON.stringify(headers)}${text}`).not.toMatch(/injected|xxxx|error=\\"x/);
    expect(served.sallyport.log()).not.toContain('x-injected: 1\n');
  });

  it('takes a token for one endpoint there alone', async () => {
    const host = new URL(AUDIENCE).host;
    const token = await good({ aud: `${AUDIENCE}/up` });
    const status = async (path: string, more: object = {}) =>
      (await callTool(served.sallyport, token, ['run', {}], { path, headers: { host, ...more } })).status;
    for (const path of ['/mcp', '/mcp/other', '/mcp/up%2f', '/mcp/UP'])
      expect([path, await status(path)]).toEqual([path, 401]);
    const { meta } = await callTool(served.sallyport, token, ['run', {}], { path: '/mcp/up', headers: { host } });
    expect(meta?.decision).toBe('allow');
    for (const path of ['/mcp', '/mcp/other']) expect(await status(path)).toBe(401);
    // Its issuer’s audience is no endpoint of that host.
    expect(await status('/mcp/up', { host: `localhost:${served.sallyport.port}` })).toBe(401);
    const admin = { method: 'GET', path: '/admin/v1/status', headers: { authorization: `Bearer ${token}` } };
    expect((await send(served.sallyport, admin)).status).toBe(401);
    expect((await callTool(served.sallyport, await good(), ['run', {}], { path: '/mcp/up' })).meta?.decision).toBe(
      'allow',
    );
  });

  it('never gives a client’s token to an upstream, which gets our own credential', async () => {
    const token = await good();
    await callTool(served.sallyport, token, ['up__run', {}], {
      headers: { cookie: 'session=secret', 'x-api-key': token },
    });
    const heard = upstream.heard.join('\n');
    expect(heard).toContain('our-own-credential');
    for (const part of token.split('.')) expect(heard).not.toContain(part);
    expect(heard).not.toMatch(/secret|x-api-key|carla/);
    expect(served.sallyport.log()).not.toContain(token.split('.')[2]);
    expect(served.sallyport.log()).not.toContain('our-own-credential');
  });

  it('binds a session to its subject', async () => {
    const first = await startedSession(await good());
    const other = await good({ sub: 'mallory' });
    const list = { jsonrpc: '2.0', id: 2, method: 'tools/list', params: {} };
    const stolen = { ...first, authorization: `Bearer ${other}` };
    const { status } = await send(served.sallyport, { headers: stolen, body: JSON.stringify(list) });
    expect(status).toBe(404);
    expect((await send(served.sallyport, { method: 'DELETE', headers: stolen })).status).toBe(404);
    expect((await send(served.sallyport, { headers: first, body: JSON.stringify(list) })).status).toBe(200);
  });

  it('gives no session to a client that its token names and that can’t be asked, and serves it all the same', async () => {
    const headers = await startedSession(await good({ client_id: 'kiosk' }));
    expect(headers['mcp-session-id']).toBe('undefined');
    delete headers['mcp-session-id'];
    const params = { name: 'up__run', arguments: {} };
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params });
    expect((await send(served.sallyport, { headers, body })).text).toContain('"decision":"allow"');
    const { agent, session } = recordedOf(served.scratch.data, 'call.decided').at(-1)?.data ?? {};
    expect([agent, session]).toEqual([expect.objectContaining({ verified: true }), null]);
  });

  it('takes a token of a clock that is ahead, and none that has expired', async () => {
    const now = Math.floor(Date.now() / 1_000);
    expect((await knock(await good({ nbf: now + 40 })))[0]).toBe(200);
    expect((await knock(await good({ nbf: now + 90 })))[1]).toContain('identity.clock_skew');
    expect((await knock(await good({ exp: now - 20 })))[0]).toBe(401);
  });

  it('follows the issuer to a new key, without asking it at every token', async () => {
    await issuer.rotate();
    // Unknown keys make it ask again, but not at once and not each time.
    for (let n = 0; n < 20; n += 1) await knock(await good({ jti: String(n) }));
    expect(issuer.asked()).toBeLessThanOrEqual(3);
  });

  async function startedSession(token: string): Promise<Record<string, string>> {
    const headers = { ...json, authorization: `Bearer ${token}` };
    const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'raw', version: '1' } };
    const body = JSON.stringify({ jsonrpc: '2.0', id: 0, method: 'initialize', params });
    const answer = await send(served.sallyport, { headers, body });
    return { ...headers, 'mcp-session-id': String(answer.headers['mcp-session-id']) };
  }

  it('leaves a record without names and tokens', () => {
    expect(faultsIn(served.scratch.data, ['carla', 'mallory', 'our-own-credential', 'eyJhbGciOi'])).toEqual([]);
    expect(recorded(served.scratch.data).some(({ tenant }) => tenant === 'acme')).toBe(true);
    expect(recordedOf(served.scratch.data, 'call.decided').length).toBeGreaterThan(1);
  });
});

describe('the endpoint of the running instance', () => {
  it('refuses foreign hosts and origins, and unknown endpoints', async () => {
    const scratch = makeScratch({ config: { upstreams: { up: { command: [process.execPath, '-e', '0'] } } } });
    const sallyport = await startSallyport(scratch);
    const good = modernHeaders('dev-ann-token', 'tools/list');
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list', params: { _meta: modernMeta() } });
    const status = async (headers: Record<string, string>, path = '/mcp') =>
      (await send(sallyport, { headers: { ...good, ...headers }, body, path })).status;
    expect(await status({ host: 'evil.example' })).toBe(403);
    expect(await status({ host: `evil.example:${sallyport.port}` })).toBe(403);
    expect(await status({ origin: 'https://evil.example' })).toBe(403);
    expect(await status({ origin: 'null' })).toBe(403);
    expect(await status({ origin: sallyport.url })).toBe(200);
    expect(await status({}, '/mcp/nobody')).toBe(404);
    const register = { headers: { 'content-type': 'application/json' }, body: '{}', path: '/register' };
    const registered = await send(sallyport, register);
    expect([registered.status, registered.text]).toEqual([404, expect.stringContaining('There is no sign-in here')]);
    expect(
      (await send(sallyport, { method: 'GET', path: '/admin/v1/status', headers: { host: 'evil.example' } })).status,
    )
      // The admin API takes no cookies, so a foreign page has no token to send.
      .toBeGreaterThanOrEqual(400);
    const client = await connect('v2 modern', sallyport.url, 'dev-ann-token');
    expect(await client.list()).toEqual([]);
    await client.close();
    await sallyport.stop();
    scratch.remove();
  }, 20_000);
});
