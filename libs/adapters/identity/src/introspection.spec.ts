import { createHash, randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { configSchema, type Identity } from '@sallyport/contracts';
import { createIdentity, type IdentityOptions } from './identity.ts';
import { createIntrospection } from './introspection.ts';

const audience = 'https://tools.example/mcp';
const { privateKey, publicKey } = await generateKeyPair('ES256');
const jwk = await exportJWK(publicKey);
const jkt = await calculateJwkThumbprint(jwk);
const invalid = { status: 401, error: 'invalid_token' };
const unavailable = {
  status: 503,
  error: 'temporarily_unavailable',
  description: expect.stringContaining('try again'),
};

interface Asked {
  readonly authorization: string | undefined;
  readonly method: string | undefined;
  readonly form: URLSearchParams;
}

describe('tokens that say nothing by themselves', () => {
  let server: Server;
  let origin: string;
  let asked: Asked[];
  let answer: (token: string) => { status?: number; type?: string; body: unknown; headers?: Record<string, string> };
  let endpoint: string;
  let time: number;
  let identity: Identity;
  let told: string[];

  beforeAll(async () => {
    server = createServer((request, response) => {
      let body = '';
      request.on('data', (part: Buffer) => (body += part.toString()));
      request.on('end', () => {
        if (request.url?.startsWith('/.well-known/') === true)
          return response.end(
            JSON.stringify({ issuer: origin, jwks_uri: `${origin}/jwks`, introspection_endpoint: endpoint }),
          );
        if (request.url === '/jwks')
          return response.end(JSON.stringify({ keys: [{ ...jwk, kid: 'k', alg: 'ES256' }] }));
        const form = new URLSearchParams(body);
        asked.push({ authorization: request.headers.authorization, method: request.method, form });
        const { status = 200, type = 'application/json', body: said, headers } = answer(form.get('token') ?? '');
        const text = typeof said === 'string' ? said : JSON.stringify(said);
        return void setImmediate(() => response.writeHead(status, { 'content-type': type, ...headers }).end(text));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => new Promise((resolve) => server.close(resolve).closeAllConnections()));
  beforeEach(() => {
    [asked, told, time, endpoint] = [[], [], Date.now(), `${origin}/introspect`];
    answer = () => ({ body: active() });
    identity = make();
  });

  function make(more: Record<string, unknown> = {}, options: Partial<IdentityOptions> = {}): Identity {
    const introspection = { client_id: 'us&them', client_secret: { env: 'UNUSED' }, ...more };
    const issuer = { issuer: origin, audience, tenant: { claim: 'org' }, introspection };
    const { identity: config } = configSchema.parse({ upstreams: {}, identity: { issuers: [issuer] } });
    const clock = { now: () => time, monotonic: () => time };
    const unfit = (_: string, why: string) => void told.push(why);
    const timing = { timeoutMs: 500, retryMs: 0 };
    const clientSecrets = new Map([[origin, 's3:cret']]);
    const ids = new Set<string>();
    const usedIds = { use: async (_: string, id: string) => ids.size < ids.add(id).size };
    return createIdentity({ config, usedIds, listen: '0.0.0.0:1', clock, clientSecrets, unfit, timing, ...options });
  }
  const active = (claims: Record<string, unknown> = {}) => {
    const exp = Math.floor(time / 1000) + 300;
    return { active: true, aud: audience, sub: 'alice', org: 'shop', token_type: 'Bearer', exp, ...claims };
  };
  const ask = (token = 'opaque', resource?: string) => identity.authenticate(`Bearer ${token}`, resource);

  it('are refused where the issuer is not asked', async () => {
    identity = make({}, { clientSecrets: new Map() });
    expect(await ask()).toMatchObject({ ...invalid, description: 'This token is not known.' });
    expect(asked).toEqual([]);
  });

  it.each<[string, object]>([
    ['not active', { active: false }],
    ['without an end', { exp: undefined }],
    ['over', { exp: 1 }],
    ['not valid yet', { nbf: Math.floor(Date.now() / 1000) + 600 }],
    ['of another issuer', { iss: 'https://other.example' }],
    ['for nobody in particular', { aud: undefined }],
    ['for somebody else', { aud: 'https://other.example/mcp' }],
    ['of no tenant', { org: undefined }],
    ['of nobody', { sub: undefined }],
    ['a refresh token', { token_type: 'refresh_token' }],
    ['a refresh token by its use', { token_use: 'refresh_token' }],
    ['of no type', { token_type: 'N_A' }],
    ['bound to a key, and shown without it', { token_type: 'DPoP', cnf: { jkt } }],
    ['bound to a certificate', { cnf: { 'x5t#S256': 'x' } }],
    ['bound to nothing that is said', { token_type: 'DPoP' }],
  ])('are refused where the issuer says that one is %s', async (_, claims) => {
    answer = () => ({ body: active(claims as Record<string, unknown>) });
    expect(await ask()).toMatchObject(invalid);
    expect(asked).toHaveLength(1);
  });

  it.each<[string, ReturnType<typeof answer>]>([
    ['an error', { status: 500, body: active() }],
    ['that it does not know us', { status: 401, body: { error: 'invalid_client' } }],
    ['a page', { type: 'text/html', body: '<html>' }],
    ['no JSON', { body: '{"active":true' }],
    ['a list', { body: [active()] }],
    ['active in another word', { body: { ...active(), active: 'true' } }],
    ['nothing of being active', { body: { ...active(), active: undefined } }],
    ['something else', { status: 302, headers: { location: '/jwks' }, body: active() }],
    ['too much', { body: { ...active(), more: 'x'.repeat(300_000) } }],
  ])('are refused where it answers %s, and the operator is told', async (_, said) => {
    answer = () => said;
    expect(await ask()).toMatchObject(unavailable);
    expect(told).toEqual([expect.stringContaining('could not be asked about a token (introspection)')]);
    expect(told.join()).not.toMatch(/s3|opaque/);
    answer = () => ({ body: active() });
    expect(await ask()).toMatchObject({ tenant: 'shop' });
  });

  it('are taken for what it says', async () => {
    answer = () => ({ body: active({ roles: ['staff'], scope: 'read write', client_id: 'cli', iss: origin }) });
    expect(await ask()).toEqual({
      tenant: 'shop',
      subject: { id: 'alice', issuer: origin, roles: ['staff'], scopes: ['read', 'write'] },
      client: 'cli',
      expiresAt: active().exp * 1000,
    });
    expect(asked).toEqual([
      {
        method: 'POST',
        authorization: `Basic ${Buffer.from('us%26them:s3%3Acret').toString('base64')}`,
        form: new URLSearchParams({ token_type_hint: 'access_token', token: 'opaque' }),
      },
    ]);
  });

  it.each(['access', 'access_token'])('are taken where it says that their use is %s', async (use) => {
    answer = () => ({ body: active({ token_use: use }) });
    expect(await ask()).toMatchObject({ tenant: 'shop' });
  });

  it('may be for one endpoint alone', async () => {
    answer = () => ({ body: active({ aud: `${audience}/orders` }) });
    expect(await ask()).toMatchObject(invalid);
    expect(await ask('opaque', `${audience}/orders`)).toMatchObject({ resource: `${audience}/orders` });
    expect(await ask('opaque', `${audience}/files`)).toMatchObject(invalid);
  });

  it('are taken with a proof of the key that they are bound to', async () => {
    answer = () => ({ body: active({ token_type: 'DPoP', cnf: { jkt } }) });
    const ath = createHash('sha256').update('opaque').digest('base64url');
    const proof = await new SignJWT({ htm: 'POST', htu: audience, jti: randomUUID(), ath })
      .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk })
      .setIssuedAt()
      .sign(privateKey);
    const shown = { method: 'POST', url: audience, proof, tenant: null };
    expect(await identity.authenticate('DPoP opaque', undefined, shown)).toMatchObject({ tenant: 'shop' });
    expect(await identity.authenticate('DPoP opaque', undefined, shown)).toMatchObject({ error: 'invalid_dpop_proof' });
    answer = () => ({ body: active({ cnf: { jkt: 'another' } }) });
    time += 31_000;
    expect(await identity.authenticate('DPoP opaque', undefined, shown)).toMatchObject(invalid);
  });

  describe('what is said of one', () => {
    it('is kept for half a minute', async () => {
      await ask();
      time += 29_000;
      expect(await ask()).toMatchObject({ tenant: 'shop' });
      expect(asked).toHaveLength(1);
      answer = () => ({ body: { active: false } });
      time += 1_000;
      expect(await ask()).toMatchObject({ ...invalid, description: expect.stringContaining('not active') });
    });

    it('is kept no longer than the token counts', async () => {
      answer = () => ({ body: active({ exp: Math.floor(time / 1000) + 10 }) });
      expect(await ask()).toMatchObject({ tenant: 'shop' });
      time += 10_000;
      await ask();
      expect(asked).toHaveLength(2);
    });

    it('is kept for seconds where it is not active', async () => {
      answer = () => ({ body: { active: false } });
      await ask();
      time += 4_000;
      await ask();
      expect(asked).toHaveLength(1);
      answer = () => ({ body: active() });
      time += 1_000;
      expect(await ask()).toMatchObject({ tenant: 'shop' });
    });

    it('is of this token alone', async () => {
      answer = (token) => ({ body: active({ sub: token }) });
      expect(await ask('one')).toMatchObject({ subject: { id: 'one' } });
      expect(await ask('two')).toMatchObject({ subject: { id: 'two' } });
      expect(await ask('one')).toMatchObject({ subject: { id: 'one' } });
      expect(asked).toHaveLength(2);
    });

    it('is asked once for many at a time, and of so many tokens at a time', async () => {
      await Promise.all(Array.from({ length: 20 }, () => ask()));
      expect(asked).toHaveLength(1);
      const many = await Promise.all(Array.from({ length: 80 }, (_, n) => ask(`token-${n}`)));
      expect(asked).toHaveLength(1 + 64);
      expect(many.at(-1)).toMatchObject(unavailable);
      expect(await ask('token-79')).toMatchObject({ tenant: 'shop' });
    });

    it('is kept also where a token that was active is no more', async () => {
      await ask();
      time += 30_000;
      answer = () => ({ body: { active: false } });
      await ask();
      await ask();
      expect(asked).toHaveLength(2);
    });

    it('is forgotten for no number of tokens that nobody knows', async () => {
      let questions = 0;
      const says = async (_: unknown, init?: RequestInit) => {
        questions += 1;
        const isKnown = String(init?.body).endsWith('token=good');
        return Response.json(isKnown ? active() : { active: false });
      };
      const introspect = createIntrospection({
        issuer: origin,
        clientId: 'us',
        clientSecret: 's3cret',
        endpoint: async () => ({ url: new URL(endpoint), fetch: says as typeof fetch }),
        clock: { now: () => time, monotonic: () => time },
        timeoutMs: 500,
      });
      await introspect('good');
      for (let n = 0; n < 10_050; n += 50)
        await Promise.all(Array.from({ length: 50 }, (_, m) => introspect(`token-${n + m}`)));
      const before = questions;
      expect(await introspect('good')).toMatchObject({ sub: 'alice' });
      expect(questions).toBe(before);
    });
  });

  it('are no JWTs: those are verified by their signature, and shown to nobody', async () => {
    const jwt = (iss: string) =>
      new SignJWT({ ...active(), iss }).setProtectedHeader({ alg: 'ES256', kid: 'k' }).sign(privateKey);
    expect(await ask(await jwt(origin))).toMatchObject({ tenant: 'shop' });
    expect(await ask(await jwt('https://other.example'))).toMatchObject(invalid);
    expect(asked).toEqual([]);
  });

  describe('are shown', () => {
    it('to no private address that a discovery document leads to', async () => {
      const other = createServer((_, response) => void response.end(JSON.stringify(active())));
      await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
      let reached = 0;
      other.on('connection', () => (reached += 1));
      const elsewhere = `http://127.0.0.1:${(other.address() as AddressInfo).port}/introspect`;
      endpoint = elsewhere;
      expect(await ask()).toMatchObject(unavailable);
      expect(reached).toBe(0);
      identity = make({ endpoint: elsewhere });
      await ask();
      expect(reached).toBe(1);
      await new Promise((resolve) => other.close(resolve).closeAllConnections());
    });

    it.each(['http://other.example/introspect', 'javascript:alert(1)', 'nowhere'])(
      'to none that is not secure: %s',
      async (unsafe) => {
        endpoint = unsafe;
        expect(await ask()).toMatchObject(unavailable);
      },
    );

    it('for no longer than the issuer may take', async () => {
      answer = () => ({ body: '' });
      const silent = createServer(() => undefined);
      await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
      identity = make({ endpoint: `http://127.0.0.1:${(silent.address() as AddressInfo).port}` });
      expect(await ask()).toMatchObject(unavailable);
      await new Promise((resolve) => silent.close(resolve).closeAllConnections());
    });
  });
});

describe('a configuration with introspection', () => {
  const parse = (...issuers: object[]) =>
    configSchema.safeParse({
      upstreams: {},
      identity: {
        issuers: issuers.map((more, n) => ({
          issuer: `https://id${n}.example`,
          audience,
          tenant: { fixed: 'a' },
          ...more,
        })),
      },
    });
  const introspection = { client_id: 'us', client_secret: { file: 'secret' } };
  const messages = (answer: ReturnType<typeof parse>) =>
    answer.error?.issues.map(({ message }) => message).join() ?? '';

  it('asks one issuer alone', () => {
    expect(messages(parse({ introspection }, {}))).toBe('');
    expect(messages(parse({ introspection }, { introspection }))).toContain('shown to both');
  });

  it('shows tokens and our secret to nobody in the clear', () => {
    expect(messages(parse({ introspection: { ...introspection, endpoint: 'https://other.example/i' } }))).toBe('');
    expect(messages(parse({ introspection: { ...introspection, endpoint: 'http://id0.example/i' } }))).toContain(
      'https',
    );
    expect(parse({ introspection: { ...introspection, client_secret: 'plain' } }).success).toBe(false);
  });
});
