import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CryptoKey, exportJWK, exportSPKI, generateKeyPair, type JWK, SignJWT, UnsecuredJWT } from 'jose';
import { configSchema, type Identity, type IdentityRefusal, type Principal } from '@sallyport/contracts';
import { createIdentity, type IdentityOptions } from './identity.ts';

const now = () => Math.floor(Date.now() / 1000);
const clock = { now: () => Date.now(), monotonic: () => performance.now() };

interface Signer {
  readonly kid: string;
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
  readonly jwk: JWK;
}

async function signer(kid: string, alg = 'ES256'): Promise<Signer> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return { kid, privateKey, publicKey, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } };
}

describe('identity by issuer', () => {
  let server: Server;
  let issuer: string;
  let keys: Signer[];
  let jwksReads = 0;
  let jwksAt = '';
  let down = false;
  let identity: Identity;

  beforeAll(async () => {
    keys = [await signer('one'), await signer('rsa', 'RS256')];
    server = createServer((request, response) => {
      if (down) return response.writeHead(503).end();
      if (request.url === '/jwks') jwksReads++;
      const documents: Record<string, unknown> = {
        '/.well-known/openid-configuration': { issuer, jwks_uri: jwksAt || `${issuer}/jwks` },
        '/jwks': { keys: keys.map(({ jwk }) => jwk) },
      };
      const document = documents[request.url ?? ''];
      return response.writeHead(document ? 200 : 404).end(JSON.stringify(document ?? {}));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));
  beforeEach(() => {
    down = false;
    jwksAt = '';
    identity = make();
  });

  function make(
    extra: Partial<IdentityOptions> = {},
    issuerConfig: Record<string, unknown> = {},
    more: object = {},
  ): Identity {
    const { identity: config } = configSchema.parse({
      upstreams: {},
      identity: {
        issuers: [{ issuer, audience: 'https://mcp.example', tenant: { claim: 'org.id' }, ...issuerConfig }],
        ...more,
      },
    });
    return createIdentity({ config, listen: '0.0.0.0:1', clock, timing: { cooldownMs: 0, retryMs: 0 }, ...extra });
  }

  function token(claims: Record<string, unknown> = {}, by = keys[0] as Signer, header: Record<string, unknown> = {}) {
    const all = {
      iss: issuer,
      aud: 'https://mcp.example',
      sub: 'alice',
      org: { id: 'shop' },
      exp: now() + 300,
      ...claims,
    };
    const alg = String(by.jwk.alg);
    return new SignJWT(all).setProtectedHeader({ alg, kid: by.kid, typ: 'at+jwt', ...header }).sign(by.privateKey);
  }

  const ask = (jwt: string) => identity.authenticate(`Bearer ${jwt}`);
  const invalid: unknown = expect.objectContaining({ status: 401, error: 'invalid_token' });
  const unavailable: unknown = expect.objectContaining({ status: 503, error: 'temporarily_unavailable' });

  it('refuses a request without a token', async () => {
    expect(await identity.authenticate(undefined)).toMatchObject({ status: 401, error: 'missing_token' });
  });

  it.each([
    'Basic YTpi',
    'Bearer',
    'Bearer ',
    'Bearer a b',
    'Bearer x',
    `Bearer ${'x'.repeat(20_000)}`,
    'Bearer a.b.c',
  ])('refuses %p', async (header) => expect(await identity.authenticate(header)).toEqual(invalid));

  it('refuses an unsigned token', async () => {
    const jwt = new UnsecuredJWT({ iss: issuer, aud: 'https://mcp.example', sub: 'alice', org: { id: 'shop' } });
    expect(await ask(jwt.setExpirationTime('5m').encode())).toEqual(invalid);
  });

  it.each<[string, string | undefined, Record<string, number>, boolean]>([
    ['a clock that is 50 s ahead', undefined, { nbf: 50 }, true],
    ['a clock that is 70 s ahead', undefined, { nbf: 70 }, false],
    ['a token that expired 3 s ago', undefined, { exp: -3 }, true],
    ['a token that expired 20 s ago', undefined, { exp: -20 }, false],
    ['20 s after the end, where 30 are allowed', '30s', { exp: -20 }, true],
    ['40 s after the end, where 30 are allowed', '30s', { exp: -40 }, false],
    ['20 s before the beginning, where 10 are allowed', '10s', { nbf: 20 }, false],
    ['3 s after the end, where none are allowed', '0s', { exp: -3 }, false],
  ])('takes %s for what it is', async (_, clock_skew, offsets, counts) => {
    identity = make({}, {}, clock_skew === undefined ? {} : { clock_skew });
    const claims = Object.fromEntries(Object.entries(offsets).map(([claim, seconds]) => [claim, now() + seconds]));
    const answer = await ask(await token(claims));
    expect('tenant' in answer).toBe(counts);
    const why = 'nbf' in offsets ? 'identity.clock_skew' : 'expired';
    if (!counts) expect(answer).toMatchObject({ status: 401, description: expect.stringContaining(why) });
  });

  it.each([
    ['after the path', '/a/.well-known/openid-configuration'],
    ['before the path', '/.well-known/openid-configuration/a'],
    ['as RFC 8414 has it', '/.well-known/oauth-authorization-server/a'],
  ])('finds the document of an issuer with a path %s, though a page stands at the other places', async (_, place) => {
    const at = `${issuer}/a`;
    const fetch: typeof globalThis.fetch = (input, init) => {
      const { pathname } = new URL(String(input));
      if (pathname === place) return Promise.resolve(Response.json({ issuer: at, jwks_uri: `${issuer}/jwks` }));
      if (pathname === '/jwks') return globalThis.fetch(input, init);
      if (pathname.startsWith('/a/')) return Promise.reject(new Error('redirected')); // such as to a page to sign in
      return Promise.resolve(pathname.includes('oauth') ? Response.json({ issuer }) : new Response('<html>'));
    };
    identity = make({ fetch }, { issuer: at });
    expect(await ask(await token({ iss: at }))).toMatchObject({ tenant: 'shop' });
  });

  it('refuses a token whose MAC was made with the public key', async () => {
    const secret = new TextEncoder().encode(await exportSPKI((keys[1] as Signer).publicKey));
    const claims = { iss: issuer, aud: 'https://mcp.example', sub: 'alice', org: { id: 'shop' }, exp: now() + 300 };
    const forged = await new SignJWT(claims).setProtectedHeader({ alg: 'HS256', kid: 'rsa' }).sign(secret);
    expect(await ask(forged)).toMatchObject({
      error: 'invalid_token',
      description: expect.stringContaining('algorithm'),
    });
  });

  it('refuses an algorithm that the configuration does not name, though the key is good', async () => {
    identity = make({}, { algorithms: ['ES256'] });
    expect(await ask(await token({}, keys[1]))).toEqual(invalid);
  });

  it.each<[string, Record<string, unknown>]>([
    ['another audience', { aud: 'https://other.example' }],
    ['another issuer', { iss: 'https://evil.example' }],
    ['an expired token', { exp: now() - 60 }],
    ['a token without exp', { exp: undefined }],
    ['a token of the future', { nbf: now() + 600 }],
    ['no tenant', { org: {} }],
    ['a tenant that is no string', { org: { id: ['shop'] } }],
    ['a tenant with a control character', { org: { id: 'shop\u0000' } }],
    ['a tenant that is too long', { org: { id: 'x'.repeat(257) } }],
    ['no subject', { sub: undefined }],
    ['an empty subject', { sub: '' }],
    ['roles that are no list', { roles: { admin: true } }],
    ['an ID token', { at_hash: 'x' }],
  ])('refuses %s', async (_, claims) => expect(await ask(await token(claims))).toEqual(invalid));

  it.each<[string, unknown]>([
    ['a key', { jkt: 'x'.repeat(43) }],
    ['a certificate', { 'x5t#S256': 'x'.repeat(43) }],
    ['nothing that is known', null],
  ])('refuses a token that is bound to %s as a bearer token', async (_, cnf) => {
    const jwt = await token({ cnf });
    for (let time = 0; time < 2; time++)
      expect(await ask(jwt)).toMatchObject({
        status: 401,
        error: 'invalid_token',
        description: expect.stringContaining('bound to a key'),
      });
  });

  it('refuses another type of token', async () => {
    expect(await ask(await token({}, keys[0], { typ: 'logout+jwt' }))).toEqual(invalid);
  });

  it('refuses a changed token, and a key that the issuer does not have', async () => {
    const [head, , signature] = (await token()).split('.');
    const [, payload] = (await token({ sub: 'bob' })).split('.');
    expect(await ask(`${head}.${payload}.${signature}`)).toMatchObject({
      description: expect.stringContaining('signature'),
    });
    expect(await ask(await token({}, await signer('unknown')))).toEqual(invalid);
  });

  it('asks for the scope that every token must have', async () => {
    identity = make({}, { scope: 'tools' });
    expect(await ask(await token({ scope: 'openid' }))).toMatchObject({
      status: 403,
      error: 'insufficient_scope',
      scope: 'tools',
    });
    expect(await ask(await token({ scope: 'openid tools' }))).toMatchObject({
      subject: { scopes: ['openid', 'tools'] },
    });
  });

  it('takes scopes as a string or a list, and no more of them than go with each call', async () => {
    expect(await ask(await token({ scp: ['read', 'write'] }))).toMatchObject({
      subject: { scopes: ['read', 'write'] },
    });
    expect(await ask(await token({ scope: 'w'.repeat(250).concat(' ').repeat(40) }))).toMatchObject({
      error: 'invalid_token',
      description: expect.stringContaining('8192 characters'),
    });
  });

  it('refuses while the issuer is down, and recovers', async () => {
    down = true;
    const jwt = await token();
    expect(await ask(jwt)).toEqual(unavailable);
    down = false;
    expect(await ask(jwt)).toMatchObject({ tenant: 'shop' });
  });

  it('refuses an issuer whose discovery names another', async () => {
    const fetch = () => Promise.resolve(Response.json({ issuer: 'https://evil.example', jwks_uri: `${issuer}/jwks` }));
    identity = make({ fetch });
    expect(await ask(await token())).toEqual(unavailable);
  });

  it('takes keys at another private address only where the operator says so of this issuer', async () => {
    let reads = 0;
    const other = createServer((_, response) => {
      reads += 1;
      response.end(JSON.stringify({ keys: keys.map(({ jwk }) => jwk) }));
    });
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const elsewhere = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
    jwksAt = `${elsewhere}/jwks`;
    identity = make({ tenants: { private_issuers: [elsewhere] } });
    expect([await ask(await token()), reads]).toEqual([unavailable, 0]);
    identity = make({}, { jwks: jwksAt });
    expect([await ask(await token()), reads]).toMatchObject([{ tenant: 'shop' }, 1]);
    await new Promise((resolve) => other.close(resolve).closeAllConnections());
  });

  it('takes tenant, subject, roles and client from the claims', async () => {
    const exp = now() + 300;
    expect(await ask(await token({ roles: ['customer'], client_id: 'cli', exp }))).toEqual({
      tenant: 'shop',
      subject: { id: 'alice', issuer, roles: ['customer'] },
      client: 'cli',
      expiresAt: exp * 1000,
    });
  });

  it('reads nested claims, space-separated roles and a fixed tenant', async () => {
    identity = make({}, { tenant: { fixed: 'acme' }, roles: { claim: 'realm_access.roles' } });
    const principal = await ask(await token({ realm_access: { roles: 'a b' } }));
    expect(principal).toMatchObject({ tenant: 'acme', subject: { roles: ['a', 'b'] } });
  });

  it('follows a rotated key', async () => {
    expect(await ask(await token())).toMatchObject({ tenant: 'shop' });
    const fresh = await signer('two');
    keys = [...keys, fresh];
    expect(await ask(await token({}, fresh))).toMatchObject({ tenant: 'shop' });
  });

  it('verifies a token once, and never longer than it lives', async () => {
    let time = Date.now();
    identity = make({ clock: { now: () => time, monotonic: () => time } });
    const jwt = await token({ exp: Math.floor(time / 1000) + 30 });
    const first = await ask(jwt);
    const reads = jwksReads;
    down = true;
    expect(await ask(jwt)).toBe(first);
    expect(jwksReads).toBe(reads);
    time += 40_000;
    expect(await ask(jwt)).toMatchObject({ description: 'The token has expired.' });
  });

  describe('a token for one endpoint alone', () => {
    const all = 'https://tools.example/mcp';
    const at = (jwt: string, resource?: string) => identity.authenticate(`Bearer ${jwt}`, resource);
    beforeEach(() => (identity = make({}, { audience: all })));

    it('opens no other one, also after it was accepted at its own', async () => {
      const jwt = await token({ aud: `${all}/shop` });
      for (let time = 0; time < 2; time++) {
        expect(await at(jwt, `${all}/bank`)).toEqual(invalid);
        expect(await at(jwt)).toEqual(invalid);
        expect(await at(jwt, `${all}/shop`)).toMatchObject({ tenant: 'shop', resource: `${all}/shop` });
      }
    });

    it.each([
      ['an audience that is not the endpoint', 'api://tools', 'api://tools/shop', `${all}/shop`],
      ['an audience further up', 'https://tools.example', `${all}/shop`, `${all}/shop`],
      ['an audience beside it', 'https://tools.example/mcp2', `${all}/shop`, `${all}/shop`],
      ['an audience of another host', 'https://other.example/mcp', `${all}/shop`, `${all}/shop`],
      ['a path further down', all, `${all}/shop/more`, `${all}/shop/more`],
      ['a path further down a tenant', all, `${all}/t/acme/shop/more`, `${all}/t/acme/shop/more`],
      ['the endpoint of another tenant', all, `${all}/t/acme`, `${all}/t/brix`],
      ['an upstream of a tenant', all, `${all}/t/acme/shop`, `${all}/t/acme`],
      ['a token for a similar name', all, `${all}/shop-2`, `${all}/shop`],
      ['a token with a slash behind it', all, `${all}/shop/`, `${all}/shop`],
      ['a token for another host', all, 'https://other.example/mcp/shop', `${all}/shop`],
    ])('is refused with %s', async (_, audience, aud, resource) => {
      identity = make({}, { audience });
      expect(await at(await token({ aud }), resource)).toEqual(invalid);
    });

    it.each(['shop', 't/acme', 't/acme/shop'])('opens %s where it is for that', async (path) => {
      expect(await at(await token({ aud: `${all}/${path}` }), `${all}/${path}`)).toMatchObject({ tenant: 'shop' });
    });

    it('may be for two of them', async () => {
      const jwt = await token({ aud: [`${all}/shop`, `${all}/bank`] });
      for (const name of ['shop', 'bank', 'shop'])
        expect(await at(jwt, `${all}/${name}`)).toMatchObject({ resource: `${all}/${name}` });
      expect(await at(jwt, `${all}/else`)).toEqual(invalid);
    });

    it.each([[all], [[`${all}/shop`, all]]])('is not one for %j: it opens each', async (aud) => {
      const jwt = await token({ aud });
      for (const resource of [`${all}/bank`, undefined, `${all}/shop`]) {
        const answer = await at(jwt, resource);
        expect(answer).toMatchObject({ tenant: 'shop' });
        expect(answer).not.toHaveProperty('resource');
      }
    });
  });

  it('answers a token that it knows within 2 microseconds', async () => {
    const header = `Bearer ${await token()}`;
    await identity.authenticate(header);
    let best = Infinity;
    for (let round = 0; round < 20; round++) {
      const start = performance.now();
      for (let time = 0; time < 1000; time++) void identity.authenticate(header);
      best = Math.min(best, performance.now() - start);
    }
    expect(best).toBeLessThan(2);
  });
});

describe('development users', () => {
  const { identity: config } = configSchema.parse({ upstreams: {} });
  const users = [
    { token: 'dev-alice', tenant: 'shop', subject: 'alice', roles: ['customer'] },
    { token: 'dev-bob', tenant: 'shop', subject: 'bob' },
  ];
  const make = (listen: string, list = users) => createIdentity({ config, listen, users: list, clock });

  it.each(['0.0.0.0:8787', '[::]:8787', '10.0.0.1:1', 'sallyport.example:80', '127.0.0.1.evil.example:1'])(
    'are refused where we listen on %s',
    (listen) => expect(() => make(listen)).toThrow(/listen/),
  );

  it('are refused with an empty or doubled token', () => {
    expect(() => make('127.0.0.1:1', [{ token: '', tenant: 'a', subject: 'b' }])).toThrow();
    expect(() => make('127.0.0.1:1', [...users, { token: 'dev-bob', tenant: 'x', subject: 'y' }])).toThrow();
  });

  it('refuses other tokens and knows its own', async () => {
    const identity = make('127.0.0.1:8787');
    expect(await identity.authenticate('Bearer dev-alic')).toMatchObject({ error: 'invalid_token' });
    const answer: Principal | IdentityRefusal = await identity.authenticate('bearer dev-alice');
    expect(answer).toEqual({
      tenant: 'shop',
      subject: { id: 'alice', issuer: 'development', roles: ['customer'] },
      client: null,
      expiresAt: null,
    });
  });
});
