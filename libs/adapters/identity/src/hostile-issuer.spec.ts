import { createHmac } from 'node:crypto';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { configSchema, type Identity } from '@sallyport/contracts';
import { createIdentity, type IdentityOptions } from './identity.ts';

const audience = 'https://mcp.example';
const { privateKey, publicKey } = await generateKeyPair('ES256');
const jwk = { ...(await exportJWK(publicKey)), kid: 'k', alg: 'ES256' };
const unavailable = { status: 503, error: 'temporarily_unavailable' };
const invalid = { status: 401, error: 'invalid_token' };
const base64 = (text: string) => Buffer.from(text).toString('base64url');

/** An issuer that answers for its keys as a test says. */
describe('an issuer', () => {
  let server: Server;
  let origin: string;
  let keys: (response: ServerResponse) => unknown;
  let reads: number;
  let time: number;
  let told: string[];
  let identity: Identity;

  beforeAll(async () => {
    server = createServer((request, response) => {
      if (request.url !== '/jwks') return response.end(JSON.stringify({ issuer: origin, jwks_uri: `${origin}/jwks` }));
      reads += 1;
      return keys(response);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => new Promise((resolve) => server.close(resolve).closeAllConnections()));
  beforeEach(() => {
    [reads, time, told] = [0, Date.now(), []];
    keys = (response) => response.end(JSON.stringify({ keys: [jwk] }));
    identity = make();
  });

  function make(options: Partial<IdentityOptions> = {}): Identity {
    const { identity: config } = configSchema.parse({
      upstreams: {},
      identity: { issuers: [{ issuer: origin, audience, tenant: { fixed: 'acme' } }] },
    });
    const clock = { now: () => time, monotonic: () => time };
    const unfit = (_: string, why: string) => void told.push(why);
    return createIdentity({ config, listen: '0.0.0.0:1', clock, unfit, timing: { timeoutMs: 300 }, ...options });
  }
  const claims = () => ({ iss: origin, aud: audience, sub: 'ann', exp: Math.floor(time / 1000) + 3_600 });
  const token = (more: object = {}, header: object = {}) =>
    new SignJWT({ ...claims(), jti: String(Math.random()), ...more })
      .setProtectedHeader({ alg: 'ES256', kid: 'k', ...header })
      .sign(privateKey);
  const ask = async (jwt: string | Promise<string>) => identity.authenticate(`Bearer ${await jwt}`);

  it.each<[string, (response: ServerResponse) => unknown]>([
    ['are slow', () => undefined],
    ['have 10 MB', (response) => response.end(JSON.stringify({ keys: [jwk], more: 'x'.repeat(10_000_000) }))],
    ['never end', (response) => response.write(`{"keys":[${JSON.stringify(jwk)}`)],
    [
      'are elsewhere, by a redirect',
      (response) => response.writeHead(302, { location: 'http://169.254.169.254/keys' }).end(),
    ],
    ['are a page', (response) => response.end('<html>')],
    ['are a list', (response) => response.end('[]')],
    ['are forbidden', (response) => response.writeHead(403).end(JSON.stringify({ keys: [jwk] }))],
  ])('whose keys %s is not believed, not asked in a flood, and the operator is told', async (_, answer) => {
    keys = answer;
    expect(await ask(token())).toMatchObject(unavailable);
    for (let n = 0; n < 20; n++) expect(await ask(token({}, { kid: `k${n}` }))).toMatchObject(unavailable);
    expect(reads).toBe(1);
    expect(told).toEqual([expect.stringContaining('keys could not be read')]);
    keys = (response) => response.end(JSON.stringify({ keys: [jwk] }));
    time += 10_000;
    expect(await ask(token())).toMatchObject({ tenant: 'acme' });
  });

  it('is not asked again and again by tokens of keys that it never had', async () => {
    for (let n = 0; n < 50; n++) expect(await ask(token({}, { kid: `none-${n}` }))).toMatchObject(invalid);
    expect(reads).toBeLessThanOrEqual(2);
  });

  it('that goes down keeps its known keys for those who have tokens by them', async () => {
    identity = make({ timing: { timeoutMs: 300, cooldownMs: 0 } });
    expect(await ask(token())).toMatchObject({ tenant: 'acme' });
    keys = (response) => response.writeHead(500).end();
    expect(await ask(token({}, { kid: 'none' }))).toMatchObject(unavailable);
    expect(await ask(token())).toMatchObject({ tenant: 'acme' });
  });

  it('with several keys gets no token verified that does not say by which', async () => {
    const { publicKey: other } = await generateKeyPair('ES256');
    const second = { ...(await exportJWK(other)), kid: 'k2', alg: 'ES256' };
    keys = (response) => response.end(JSON.stringify({ keys: [jwk, second] }));
    expect(await ask(token({}, { kid: undefined }))).toMatchObject({
      ...invalid,
      description: expect.stringContaining('kid'),
    });
    expect(await ask(token())).toMatchObject({ tenant: 'acme' });
  });

  it.each<[string, () => string | Promise<string>]>([
    ['no algorithm', () => `${base64('{"alg":"none"}')}.${base64(JSON.stringify(claims()))}.`],
    [
      'no algorithm, and a signature',
      () => `${base64('{"alg":"nOnE","kid":"k"}')}.${base64(JSON.stringify(claims()))}.AAAA`,
    ],
    [
      'a MAC by the public key',
      () => {
        const signed = `${base64('{"alg":"HS256","kid":"k"}')}.${base64(JSON.stringify(claims()))}`;
        return `${signed}.${createHmac('sha256', JSON.stringify(jwk)).update(signed).digest('base64url')}`;
      },
    ],
    [
      'the algorithm of another key',
      async () => (await token()).replace(/^[^.]+/, base64('{"alg":"RS256","kid":"k"}')),
    ],
    ['a key of its own', () => token({}, { jwk, kid: 'x', jku: `${origin}/jwks`, x5u: `${origin}/jwks` })],
    ['a key by a path', () => token({}, { kid: '../../dev/null' })],
    ['an extension that has to be known', () => token({}, { crit: ['exp'], exp: 1 }).catch(() => critical())],
    ['a payload that is not encoded', () => critical('b64')],
    ['two subjects, neither a text', () => raw('{"sub":"ann","sub":["bob"]')],
    ['two issuers, the last another', () => raw(`{"iss":"${'https://other.example'}"`)],
    ['an end that is none', () => raw('{"exp":1e400')],
    ['an end that is a text', () => raw('{"exp":"9999999999"')],
    ['scopes that are neither texts nor a list', () => token({ scope: { mcp: true } })],
    ['scopes within scopes', () => token({ scope: [['mcp']] })],
    ['an actor that is a text', () => token({ act: 'agent' })],
    ['an actor that is a list', () => token({ act: [{ sub: 'agent' }] })],
    ['an actor without a name', () => token({ act: { client_id: 'agent' } })],
    ['an actor whose name is too long', () => token({ act: { sub: 'a'.repeat(257) } })],
    ['an actor of what is no issuer', () => token({ act: { sub: 'agent', iss: 'development' } })],
    ['an actor whose issuer imitates another’s', () => token({ act: { sub: 'x', iss: 'https://a.example|agent' } })],
    ['an actor behind an actor that is none', () => token({ act: { sub: 'agent', act: { sub: 7 } } })],
    [
      'actors without end',
      () => token({ act: Array.from({ length: 9 }).reduce<object>((act) => ({ sub: 'a', act }), { sub: 'a' }) }),
    ],
    ['an audience within a list within a list', () => token({ aud: [[audience]] })],
    ['an audience that begins so', () => token({ aud: `${audience}.evil.example` })],
    ['an issuer with a slash more', () => token({ iss: `${origin}/` })],
    ['a header that is a list', async () => (await token()).replace(/^[^.]+/, base64('[]'))],
  ])('has no token accepted with %s', async (_, made) => {
    expect(await ask(made())).toMatchObject(invalid);
  });

  /** Signed by the good key over a text that its issuer would hardly write, good claims behind it. */
  function raw(start: string): Promise<string> {
    const good = JSON.stringify({ ...claims(), ...(start.includes('"exp"') ? { exp: undefined } : {}) }).slice(1);
    const rest = start.includes('"sub"')
      ? good.replace(/"sub":"ann",/, '')
      : good.replace(/"iss":"[^"]*",/, start.includes('"iss"') ? '' : '$&');
    return signed({ alg: 'ES256', kid: 'k' }, `${start},${rest}`);
  }
  const critical = (name = 'exp') =>
    signed({ alg: 'ES256', kid: 'k', crit: [name], [name]: false }, JSON.stringify(claims()));

  async function signed(header: object, payload: string): Promise<string> {
    const input = `${base64(JSON.stringify(header))}.${base64(payload)}`;
    const signature = await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, privateKey, Buffer.from(input));
    return `${input}.${Buffer.from(signature).toString('base64url')}`;
  }

  it('has actors read from the outermost on, each of its issuer', async () => {
    const act = { sub: 'helper', act: { sub: 'planner', iss: 'https://other.example', act: { sub: 'root' } } };
    expect(await ask(token({ act }))).toMatchObject({
      subject: { id: 'ann', actors: [`${origin}|helper`, 'https://other.example|planner', `${origin}|root`] },
    });
    expect(await ask(token({ jti: 'none' }))).not.toHaveProperty('subject.actors');
  });

  it('has scopes as a list read as one by one', async () => {
    expect(await ask(token({ scope: ['a', 'b'] }))).toMatchObject({ subject: { scopes: ['a', 'b'] } });
  });
});
