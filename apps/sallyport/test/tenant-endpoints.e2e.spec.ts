import {
  admin,
  ANN,
  callTool,
  eventually,
  type Issuer,
  modernHeaders,
  modernMeta,
  operatorToken,
  send,
  serveScripted,
  startIssuer,
  trusted,
} from '@sallyport/testing/harness';

const BASE = 'https://tools.example';
const AUDIENCE = `${BASE}/mcp`;
const metadataAt = (path: string) => `/.well-known/oauth-protected-resource${path}`;

describe('the endpoint of a tenant', () => {
  let shared: Issuer;
  let bound: Issuer;
  let own: Issuer;

  beforeAll(async () => {
    [shared, bound, own] = await Promise.all([startIssuer(AUDIENCE), startIssuer(AUDIENCE), startIssuer(AUDIENCE)]);
  });
  const served = serveScripted({
    users: [ANN],
    config: (url) => ({
      ...trusted(url),
      public_url: AUDIENCE,
      identity: {
        development: { users: './users.yaml' },
        issuers: [
          { issuer: shared.url, audience: AUDIENCE, tenant: { claim: 'org' }, scope: 'mcp' },
          { issuer: bound.url, audience: AUDIENCE, tenant: { fixed: 'brix' } },
        ],
      },
      tenants: { private_issuers: [own.url] },
    }),
  });
  beforeAll(async () => {
    const operator = operatorToken(served.scratch.data);
    const onboard = (body: object) => admin(served.sallyport, operator, ['POST', '/tenants'], body);
    expect(
      (await onboard({ id: 'acme', issuers: [{ issuer: own.url, audience: AUDIENCE, scope: 'tools' }] })).status,
    ).toBe(201);
    expect((await onboard({ id: 'plain' })).status).toBe(201);
    await eventually(async () => (await told('/mcp/t/acme')).issuers.includes(own.url));
  });
  afterAll(() => Promise.all([shared.close(), bound.close(), own.close()]));

  /** What a client is told at a path, without the path. */
  const told = async (path: string) => {
    const { status, text } = await send(served.sallyport, { method: 'GET', path: metadataAt(path) });
    const metadata = JSON.parse(text) as { resource: string; authorization_servers: string[] };
    const { resource, authorization_servers: issuers, ...rest } = metadata;
    return { status, resource, issuers, rest };
  };
  const knock = async (path: string, token: string | null) => {
    const headers = modernHeaders(token ?? '', 'tools/list');
    if (token === null) delete headers['authorization'];
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list', params: { _meta: modernMeta() } });
    const { status, headers: answer, text } = await send(served.sallyport, { headers, body, path });
    return { status, challenge: String(answer['www-authenticate']), text };
  };

  it('names the issuers that may speak for it, and their scopes', async () => {
    const acme = await told('/mcp/t/acme');
    expect(acme).toMatchObject({ status: 200, resource: `${AUDIENCE}/t/acme`, issuers: [own.url] });
    expect(acme.rest).toMatchObject({ scopes_supported: ['tools'] });
    expect(await told('/mcp/t/acme/up/')).toEqual({ ...acme, resource: `${AUDIENCE}/t/acme/up` });
    expect((await told('/mcp/t/brix')).issuers).toEqual([shared.url, bound.url]);
    expect(await told('/mcp')).toMatchObject({ resource: AUDIENCE, issuers: [shared.url, bound.url] });
    const { status, challenge } = await knock('/mcp/t/acme', null);
    const metadata = `${BASE}${metadataAt('/mcp/t/acme')}`;
    expect([status, challenge]).toEqual([401, `Bearer resource_metadata="${metadata}", scope="tools"`]);
  });

  it.each(['nobody', 'Acme', '_system', '__proto__', '%2e%2e', 'a%22%0d%0ab', 'acme%2fup'])(
    'of %s, who is none, is like that of a tenant without issuers',
    async (name) => {
      const plain = await told('/mcp/t/plain');
      const other = await told(`/mcp/t/${name}`);
      expect({ ...other, resource: '' }).toEqual({ ...plain, resource: '', issuers: [shared.url] });
      const [a, b] = [await knock('/mcp/t/plain', null), await knock(`/mcp/t/${name}`, null)];
      expect([b.status, b.text]).toEqual([a.status, a.text]);
      const token = await shared.token({ scope: 'mcp', org: 'acme-2' });
      const [c, d] = [await knock('/mcp/t/plain', token), await knock(`/mcp/t/${name}`, token)];
      expect([d.status, d.text]).toEqual([401, c.text]);
    },
  );

  it('takes tokens of that tenant alone, for all of us or for it', async () => {
    const acme = await own.token({ scope: 'tools', org: 'brix' });
    const brix = await bound.token();
    const call = async (path: string, token: string, name = 'up__run') => {
      const { status, meta } = await callTool(served.sallyport, token, [name, {}], { path });
      return meta?.decision ?? status;
    };
    expect(await call('/mcp/t/acme', acme)).toBe('allow');
    expect(await call('/mcp/t/acme/up', acme, 'run')).toBe('allow');
    expect(await call('/mcp', acme)).toBe('allow');
    expect(await call('/mcp/t/acme', brix)).toBe(401);
    expect(await call('/mcp/t/acme/up', brix, 'run')).toBe(401);
    expect(await call('/mcp/t/brix', acme)).toBe(401);
    expect(await call('/mcp/t/brix', brix)).toBe('allow');
    expect(await call('/mcp/t/plain', await shared.token({ scope: 'mcp', org: 'plain' }))).toBe('allow');
    expect((await knock('/mcp/t/acme', brix)).challenge).toContain('error="invalid_token"');

    const here = await own.token({ scope: 'tools', aud: `${AUDIENCE}/t/acme` });
    expect(await call('/mcp/t/acme', here)).toBe('allow');
    for (const path of ['/mcp', '/mcp/up', '/mcp/t/acme/up', '/mcp/t/brix', '/mcp/acme'])
      expect([path, await call(path, here)]).toEqual([path, 401]);
    const upstream = await own.token({ scope: 'tools', aud: `${AUDIENCE}/t/acme/up` });
    expect(await call('/mcp/t/acme/up', upstream, 'run')).toBe('allow');
    expect(await call('/mcp/t/acme', upstream)).toBe(401);
    expect(await call('/mcp/t/brix', await own.token({ scope: 'tools', aud: `${AUDIENCE}/t/brix` }))).toBe(401);
  });

  it('says 404 for an upstream that there is not', async () => {
    const token = await own.token({ scope: 'tools' });
    expect((await knock('/mcp/t/acme/none', token)).status).toBe(404);
  });
});
