import {
  admin,
  eventually,
  freePort,
  makeScratch,
  modernHeaders,
  modernMeta,
  operatorToken,
  send,
  serve,
  signIn,
  type SignInProvider,
  startScriptedUpstream,
  startSignInProvider,
  anyTool,
  type ScriptedUpstream,
  trusted,
} from '@sallyport/testing/harness';

const SECRET = 'introspection-secret-of-acme';

describe('a tenant whose issuer gives tokens that are no JWTs', () => {
  let provider: SignInProvider;
  let upstream: ScriptedUpstream;
  let port: number;
  beforeAll(async () => {
    provider = await startSignInProvider('opaque', SECRET);
    upstream = await startScriptedUpstream([anyTool('run')]);
    port = await freePort();
  });
  const served = serve(() => {
    const introspection = [
      { issuer: provider.url, client_id: 'sallyport', client_secret: { file: './introspection-secret' } },
    ];
    const config = {
      ...trusted(upstream.url),
      listen: `127.0.0.1:${port}`,
      tenants: { private_issuers: [provider.url], introspection },
    };
    const scratch = makeScratch({ config });
    scratch.write('introspection-secret', `${SECRET}\n`);
    return scratch;
  });
  afterAll(() => Promise.all([provider.stop(), upstream.close()]));

  const act = (method: string, path: string, body: object) =>
    admin(served.sallyport, operatorToken(served.scratch.data), [method, path], body);
  const knock = async (path: string, token: string) => {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list', params: { _meta: modernMeta() } });
    const { status, headers, text } = await send(served.sallyport, {
      headers: modernHeaders(token, 'tools/list'),
      body,
      path,
    });
    return { status, retry: headers['retry-after'], challenge: headers['www-authenticate'], text };
  };

  it('is served at its endpoint, and its tokens open no other; they stop with the issuer', async () => {
    const issuer = { issuer: provider.url, audience: `http://127.0.0.1:${port}/mcp`, scope: 'mcp' };
    expect((await act('POST', '/tenants', { id: 'brix' })).status).toBe(201);
    expect((await act('POST', '/tenants', { id: 'acme', issuers: [issuer] })).status).toBe(201);

    const { client, tokens } = await signIn(`${served.sallyport.url}/mcp/t/acme`);

    expect((await client.callTool({ name: 'up__run', arguments: {} })).isError).not.toBe(true);
    await client.close();
    const token = tokens()?.access_token ?? '';
    expect(token).not.toContain('.');
    expect((await knock('/mcp/t/acme', token)).status).toBe(200);
    for (const path of ['/mcp', '/mcp/t/brix', '/mcp/t/acme/up', '/mcp/t/nobody'])
      expect([path, (await knock(path, token)).status]).toEqual([path, 401]);

    await provider.stop();
    const down = await knock('/mcp/t/acme', 'never-seen');
    expect(down).toMatchObject({ status: 503, retry: '10', challenge: undefined });
    expect(JSON.parse(down.text)).toMatchObject({ error: 'temporarily_unavailable' });
    expect((await knock('/mcp', 'never-seen')).status).toBe(401);

    expect((await act('PATCH', '/tenants/acme', { issuers: [] })).status).toBe(200);
    await eventually(async () => (await knock('/mcp/t/acme', token)).status === 401, 1_000);
    const told = served.sallyport.log();
    expect(told).toContain('could not be asked about a token');
    for (const own of [SECRET, token]) expect(told + upstream.heard.join('\n')).not.toContain(own);
  });
});
