import {
  anyTool,
  eventually,
  freePort,
  makeScratch,
  modernHeaders,
  modernMeta,
  recordedOf,
  type ScriptedUpstream,
  send,
  serve,
  signIn,
  type SignInProvider,
  startScriptedUpstream,
  startSignInProvider,
  trusted,
} from '@sallyport/testing/harness';

const SECRET = 'introspection-secret-of-ours';
const POLICY = `@id("reads") @scope("notes:read") permit (principal in Role::"staff", action == Action::"up/read", resource is Tool);
@id("writes") @scope("notes:read notes:write") permit (principal in Role::"staff", action == Action::"up/write", resource is Tool);
`;

describe.each(['jwt', 'opaque'] as const)('a client that knows the URL alone, with tokens in the form %s', (format) => {
  let provider: SignInProvider;
  let upstream: ScriptedUpstream;
  let port: number;
  beforeAll(async () => {
    provider = await startSignInProvider(format, SECRET);
    upstream = await startScriptedUpstream([anyTool('read'), anyTool('write')]);
    port = await freePort();
  });
  const served = serve(() => {
    const issuer = {
      issuer: provider.url,
      audience: `http://127.0.0.1:${port}/mcp`,
      tenant: { claim: 'org' },
      scope: 'mcp',
      introspection: { client_id: 'sallyport', client_secret: { file: './introspection-secret' } },
    };
    const config = { ...trusted(upstream.url), listen: `127.0.0.1:${port}`, identity: { issuers: [issuer] } };
    const scratch = makeScratch({ config, policies: { 'all.cedar': POLICY } });
    scratch.write('introspection-secret', `${SECRET}\n`);
    return scratch;
  });
  afterAll(() => Promise.all([provider.stop(), upstream.close()]));

  it.each(['/mcp', '/mcp/t/acme'])(
    'registers, signs in and gets more scopes when it needs them, at %s',
    async (path) => {
      const endpoint = `${served.sallyport.url}${path}`;
      const { client, returned, tokens, through } = await signIn(endpoint);
      const names = async () => (await client.listTools()).tools.map(({ name }) => name).sort();
      expect(await names()).toEqual(['up__read', 'up__write']);
      expect(tokens()?.scope).toBe('mcp');
      expect(tokens()?.access_token.split('.')).toHaveLength(format === 'jwt' ? 3 : 1);
      // The very issuer that the metadata names (RFC 9207): the client compares.
      const metadata = await fetch(`${served.sallyport.url}/.well-known/oauth-protected-resource${path}`);
      expect(await metadata.json()).toMatchObject({
        authorization_servers: [returned[0]?.get('iss')],
        resource: endpoint,
      });

      const written = await through(() => client.callTool({ name: 'up__write', arguments: {} }));
      expect(written.isError).not.toBe(true);
      expect(tokens()?.scope?.split(' ').sort()).toEqual(['mcp', 'notes:read', 'notes:write']);
      expect(returned).toHaveLength(2);
      expect((await client.callTool({ name: 'up__read', arguments: {} })).isError).not.toBe(true);
      const refusals = recordedOf(served.scratch.data, 'call.decided').filter(
        ({ data }) => data['decision'] === 'deny',
      );
      expect(refusals.at(-1)?.data).toMatchObject({ reason: 'insufficient_scope' });
      await client.close();
    },
  );

  it('is known, and stopped, by the URL that it has for an id, which nobody here fetches', async () => {
    const id = 'https://client.example/e2e/client.json';
    const { client, clientId } = await signIn(`${served.sallyport.url}/mcp`, id);
    expect(clientId()).toBe(id);
    expect((await served.cli('switch', 'off', 'agent', id)).code).toBe(0);
    const last = async () => {
      await client.callTool({ name: 'up__read', arguments: {} }).catch(() => undefined);
      return recordedOf(served.scratch.data, 'call.decided').at(-1)?.data;
    };
    await eventually(async () => (await last())?.['reason'] === 'agent_switched_off', 2_000);
    expect(await last()).toMatchObject({ agent: { verified: true } });
    await client.close();
  });

  it('is served on with a token that it refreshed, and never with the refresh token', async () => {
    const { client, tokens, clientId } = await signIn(`${served.sallyport.url}/mcp`);
    await client.close();
    const { refresh_token = '', access_token: first = '' } = tokens() ?? {};
    expect(await listed(first)).toBe(200);
    expect(await listed(refresh_token)).toBe(401);
    const body = new URLSearchParams({ grant_type: 'refresh_token', refresh_token, client_id: clientId() });
    const answer = await fetch(`${provider.url}/token`, { method: 'POST', body });
    const { access_token: second } = (await answer.json()) as { access_token: string };
    expect(second).not.toBe(first);
    expect(await listed(second)).toBe(200);
  });

  it('leaves no token and no secret in our log and in what servers hear', () => {
    const told = served.sallyport.log() + upstream.heard.join('\n');
    expect(told).not.toContain(SECRET);
    expect(told).not.toContain('Bearer');
  });

  const listed = async (token: string) => {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list', params: { _meta: modernMeta() } });
    return (await send(served.sallyport, { headers: modernHeaders(token, 'tools/list'), body })).status;
  };
});
