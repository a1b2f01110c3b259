import { generateKeyPairSync } from 'node:crypto';
import { jwtVerify } from 'jose';
import type { UpstreamAuthParts } from '@sallyport/contracts';
import { createDocumentFetch, createPublicFetch } from '@sallyport/adapter-identity';
import { until } from '@sallyport/testing';
import { type Authorization, startAuthorization, type TokenRequest } from '@sallyport/testing/harness';
import { clock, upstreamAt } from '../../test/http-upstream.ts';
import { act, sending } from '../../test/sending.ts';
import type { ManagedUpstream } from '../managed-upstream.ts';

const SECRET = 'the client’s own-secret';
let at: Authorization;
let upstream: ManagedUpstream;
let ahead: number;

beforeEach(async () => {
  ahead = 0;
  at = await startAuthorization();
  connect();
});
afterEach(async () => {
  await upstream.close();
  await at.close();
});

/** As the product has it, with a clock that a test can put forward. */
function connect(auth: Partial<UpstreamAuthParts> = {}): void {
  const whole = {
    type: 'client_credentials',
    issuer: at.issuer,
    client_id: 'us_-.',
    credential: SECRET,
    ...auth,
  } as const;
  const fetchFor = (named: readonly string[]) => createDocumentFetch(createPublicFetch(named, { hint: 'name it.' }));
  const late = { ...clock, monotonic: () => clock.monotonic() + ahead };
  upstream = upstreamAt(at.url, { auth: whole }, { fetchFor, clock: late });
}

const call = () => upstream.send(act, sending());
const list = async () => (await upstream.list('tool')).map(({ name }) => name);
const sent = (method: string) => at.requests.filter(([name]) => name === method).map(([, token]) => token);

describe('no token is asked for, and the list says why, where', () => {
  const refusals: [string, () => void, RegExp][] = [
    [
      'the server describes another server',
      () => (at.says.resource = { resource: 'https://other.example/mcp' }),
      /describes itself as https:\/\/other\.example\/mcp, which is not http/,
    ],
    [
      'the server describes a sibling',
      () => (at.says.resource = { resource: `${at.url}2` }),
      /describes itself as .*\/mcp2, which is not/,
    ],
    [
      'the server describes itself in no text',
      () => (at.says.resource = { resource: [at.url] }),
      /describes itself as object, which is not/,
    ],
    [
      'the server names another authorization server',
      () => (at.says.resource = { authorization_servers: ['https://other.example'] }),
      /names https:\/\/other\.example as its authorization server: it must be in `auth\.issuer`, which is http/,
    ],
    [
      'the authorization server names itself otherwise',
      () => (at.says.server = { issuer: 'https://other.example' }),
      /"issuer" property does not match the expected value/,
    ],
    [
      'the token endpoint is elsewhere, without TLS',
      () => (at.says.server = { token_endpoint: 'http://other.example/token' }),
      /token endpoint of http.* is missing or not served over https/,
    ],
    [
      'there is no token endpoint',
      () => (at.says.server = { token_endpoint: undefined }),
      /token endpoint of http.* is missing or not served over https/,
    ],
    [
      'the token endpoint is at a private address that nobody names',
      () => (at.says.server = { token_endpoint: 'https://127.0.0.2:9/token' }),
      /127\.0\.0\.2 is at a private address: name it\./,
    ],
    [
      'the metadata are at a private address that nobody names',
      () => (at.says.challenge = 'resource_metadata="https://127.0.0.2:9/meta"'),
      /127\.0\.0\.2 is at a private address: name it\./,
    ],
    [
      'the metadata are not served over TLS',
      () => (at.says.challenge = 'resource_metadata="http://other.example/meta"'),
      /names http:\/\/other\.example\/meta for its metadata, which is not served over https/,
    ],
  ];
  it.each(refusals)('%s', async (what, say, why) => {
    if (what.startsWith('the metadata')) at.says.resource = null;
    say();
    await expect(list()).rejects.toThrow(why);
    expect(at.asked).toEqual([]);
    expect(await call()).toMatchObject({ kind: 'failed', reason: 'upstream_down', sent: false });
  });
});

describe('an answer that is no token is told without what we showed, and asked for with pauses:', () => {
  const answers: [string, () => void, RegExp][] = [
    ['of another type', () => (at.says.token = { token_type: 'DPoP' }), /gives a token of type dpop, not bearer/],
    ['two lines', () => (at.says.token = { access_token: 'a\r\nx-more: 1' }), /gives a token that can’t be sent/],
    ['empty', () => (at.says.token = { access_token: '' }), /"access_token" property must not be empty/],
    [
      'a refusal that repeats the secret',
      () =>
        (at.says.answer = (response) =>
          response
            .writeHead(401, { 'content-type': 'application/json', 'www-authenticate': 'Basic realm="x"' })
            .end(JSON.stringify({ error: 'invalid_client', error_description: `not ${SECRET}` }))),
      /refuses a token: invalid_client \(not \[redacted:own_key\]\)/,
    ],
    [
      'a refusal that repeats it where it is cut',
      () =>
        (at.says.answer = (response) =>
          response
            .writeHead(400, { 'content-type': 'application/json' })
            .end(JSON.stringify({ error: 'x', error_description: `${'y'.repeat(450)}${SECRET}` }))),
      /y\[reda\w*$/,
    ],
    [
      'a redirect',
      () => (at.says.answer = (response) => response.writeHead(307, { location: `${at.issuer}/token` }).end()),
      /gives no token: unexpected redirect/,
    ],
    ['a page', () => (at.says.answer = (response) => response.end('<html>')), /content-type must be application\/json/],
    ['nothing', () => (at.says.answer = (response) => response.destroy()), /gives no token: /],
  ];
  it.each(answers)('%s', async (_, say, why) => {
    say();
    await expect(list()).rejects.toThrow(why);
    await expect(list()).rejects.toThrow(why);
    expect(at.asked).toHaveLength(1);
    ahead += 1_000;
    await expect(list()).rejects.toThrow(why);
    ahead += 1_000;
    await expect(list()).rejects.toThrow(why);
    expect(at.asked).toHaveLength(2);
    expect(sent('tools/list')).toEqual([]);
    Object.assign(at.says, { token: {}, answer: null });
    ahead += 1_000;
    expect(await list()).toEqual(['act']);
  });
});

describe('a call', () => {
  it('whose token is refused is sent once; the next has another', async () => {
    await list();
    at.revoke();
    expect(await call()).toMatchObject({ kind: 'failed', reason: 'upstream_down', sent: true });
    expect(await call()).toMatchObject({ kind: 'result' });
    expect(sent('tools/call')).toEqual(['token-number-1', 'token-number-2']);
  });

  it('whose scopes do not do is sent once; the next has them all', async () => {
    at.says.challenge = 'scope="see"';
    at.says.scopes = (method) => (method === 'tools/call' ? ['act'] : ['see']);
    expect(await call()).toMatchObject({ kind: 'failed', sent: true, detail: expect.stringContaining('scope="act"') });
    expect(await call()).toMatchObject({ kind: 'result' });
    expect(at.asked.map(({ form }) => form['scope'])).toEqual(['see', 'see act']);
  });

  it('is not sent where no token can be had', async () => {
    await list();
    at.revoke();
    at.says.answer = (response) => response.writeHead(503).end();
    expect(await call()).toMatchObject({ sent: true });
    expect(await call()).toMatchObject({ kind: 'failed', reason: 'upstream_down', sent: false });
    expect(sent('tools/call')).toHaveLength(1);
  });

  it('waits no longer for a token than it may take', async () => {
    await list();
    at.revoke();
    at.says.answer = () => undefined;
    expect(await call()).toMatchObject({ sent: true });
    const outcome = await upstream.send(act, sending({ timeoutMs: 50 }));
    expect(outcome).toMatchObject({ reason: 'upstream_timeout', sent: false, detail: expect.stringMatching(/token$/) });
  });

  it('that is refused tells the challenge without our token', async () => {
    await list();
    at.says.challenge = `error="invalid_token", error_description="not token-number-1"`;
    at.revoke();
    const detail = expect.stringContaining('not [redacted:own_key]');
    expect(await call()).toMatchObject({ kind: 'failed', sent: true, detail });
  });

  it('gets its words back, though they are the secret, where that is one', async () => {
    await upstream.close();
    connect({ credential: 'done' });
    expect(await call()).toMatchObject({ result: { content: [{ type: 'text', text: 'done' }] } });
  });

  it('gets no token back that its server writes', async () => {
    at.says.tool = (token) => `your ${token} and ${SECRET}`;
    const outcome = await call();
    const text = 'your [redacted:own_key] and [redacted:own_key]';
    expect(outcome).toMatchObject({ result: { content: [{ type: 'text', text }] } });
  });
});

describe('what does nothing at the server', () => {
  it('is sent again with another token, where one is refused', async () => {
    await list();
    at.revoke();
    expect(await list()).toEqual(['act']);
    expect(sent('tools/list')).toEqual(['token-number-1', 'token-number-1', 'token-number-2']);
  });

  it('is sent again with more scopes, and not without end', async () => {
    let more = 0;
    at.says.scopes = (method) => (method === 'tools/list' ? [`more-${(more += 1)}`] : []);
    await expect(list()).rejects.toThrow(/HTTP 403/);
    await until(() => at.asked.length === 4);
    expect(at.asked.map(({ form }) => form['scope'])).toEqual([
      undefined,
      'more-1',
      'more-1 more-2',
      'more-1 more-2 more-3',
    ]);
    expect(sent('tools/list')).toHaveLength(3);
  });

  it('is not sent with scopes that are too many, whether they are named before or later', async () => {
    const many = Array.from({ length: 65 }, (_, at) => `s${at}`);
    at.says.challenge = `scope="${many.join(' ')}"`;
    at.says.scopes = () => many;
    await expect(list()).rejects.toThrow(/HTTP 403/);
    expect(at.asked.map(({ form }) => form['scope'])).toEqual([undefined]);
  });

  it('is sent with the scopes of before, where more are not given', async () => {
    at.says.challenge = 'scope="see"';
    await list();
    at.says.scopes = () => ['act'];
    at.says.answer = (response) => response.writeHead(503).end();
    await expect(list()).rejects.toThrow(/HTTP 403/);
    Object.assign(at.says, { scopes: () => [], answer: null });
    ahead += 3_600_000;
    expect(await list()).toEqual(['act']);
    expect(at.asked.map(({ form }) => form['scope'])).toEqual(['see', 'see act', 'see']);
  });

  it('is not sent again and again to a server that takes no token', async () => {
    at.says.token = { access_token: 'of-another-issuer' };
    await expect(list()).rejects.toThrow(/HTTP 401/);
    for (let times = 0; times < 5; times += 1)
      await expect(list()).rejects.toThrow(/does not take the token that http.* gives/);
    expect(at.asked.length).toBeLessThan(3);
  });
});

describe('the scopes are', () => {
  const cases: [string, { named: string; supported: string[]; own?: string[] }, string | undefined][] = [
    ['those of the challenge', { named: 'a b', supported: ['c'] }, 'a b'],
    ['else the supported ones', { named: '', supported: ['c', 'd'] }, 'c d'],
    ['else those of the configuration', { named: '', supported: [], own: ['e'] }, 'e'],
    ['else none', { named: '', supported: [] }, undefined],
    ['of the challenge, those that we may ask for', { named: 'a b', supported: ['c'], own: ['b', 'c'] }, 'b'],
    ['of the supported ones, those that we may ask for', { named: 'a', supported: ['c', 'd'], own: ['d', 'e'] }, 'd'],
    ['those of the configuration, where the server names others', { named: 'a', supported: ['c'], own: ['e'] }, 'e'],
  ];
  it.each(cases)('%s', async (_, { named, supported, own }, scope) => {
    await upstream.close();
    if (named !== '') at.says.challenge = `scope="${named}"`;
    at.says.resource = { scopes_supported: supported };
    connect({ scopes: own });
    expect(await list()).toEqual(['act']);
    expect(at.asked.map(({ form }) => form['scope'])).toEqual([scope]);
    expect(at.asked[0]?.form).toMatchObject({ grant_type: 'client_credentials', resource: at.url });
  });
});

it('a token is had for what the platform says of this workload, as it says it now, and is taken out of what comes back', async () => {
  await upstream.close();
  let assertion = 'workload.jwt.one';
  connect({ type: 'jwt_bearer', credential: null, assertion: () => assertion });
  at.says.tool = () => `${assertion} was shown`;
  await list();
  assertion = 'workload.jwt.two';
  at.revoke();
  expect(await list()).toEqual(['act']);
  expect(await call()).toMatchObject({ result: { content: [{ text: '[redacted:own_key] was shown' }] } });
  const grant_type = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
  const form = { grant_type, client_id: 'us_-.', resource: at.url };
  expect(at.asked).toMatchObject([
    { authorization: undefined, form: { ...form, assertion: 'workload.jwt.one' } },
    { authorization: undefined, form: { ...form, assertion: 'workload.jwt.two' } },
  ]);
});

it('a token is bound to a key where the server asks for that, also when it begins to later; then each request has a proof', async () => {
  await list();
  at.says.scheme = 'DPoP';
  at.says.token = { token_type: 'DPoP' };
  at.says.nonce = 'n1';
  expect(await list()).toEqual(['act']);
  expect(await call()).toMatchObject({ kind: 'result' });
  expect(at.asked.map(({ dpop }) => dpop !== undefined)).toEqual([false, true]);
  expect(at.proofs.length).toBe(new Set(at.proofs).size);
  // It is not talked out of that.
  at.says.scheme = 'Bearer';
  at.revoke();
  await expect(list()).rejects.toThrow(/HTTP 401/);
  expect(at.asked.every(({ dpop }, index) => index === 0 || dpop !== undefined)).toBe(true);
});

describe('who we are is shown', () => {
  const basic = `Basic ${btoa('us_-.:the+client%E2%80%99s+own-secret')}`;
  const methods = (...names: string[]) => ({ token_endpoint_auth_methods_supported: names });

  it.each<[string, Record<string, unknown>, Partial<UpstreamAuthParts>, 'basic' | 'post']>([
    ['by Basic, where nothing is said', {}, {}, 'basic'],
    ['by Basic, where both are taken', methods('client_secret_post', 'client_secret_basic'), {}, 'basic'],
    ['in the body, where that alone is taken', methods('client_secret_post'), {}, 'post'],
    ['as is configured', methods('client_secret_post'), { method: 'client_secret_basic' }, 'basic'],
    ['as is configured, too', {}, { method: 'client_secret_post' }, 'post'],
  ])('%s', async (_, server, auth, how) => {
    await upstream.close();
    at.says.server = server;
    connect(auth);
    await list();
    const [{ form, authorization } = { form: {}, authorization: '' }] = at.asked as readonly TokenRequest[];
    expect([authorization, form['client_secret']]).toEqual(how === 'basic' ? [basic, undefined] : [undefined, SECRET]);
  });

  it.each([
    ['ES256', generateKeyPairSync('ec', { namedCurve: 'P-256' }), {}],
    ['ES384', generateKeyPairSync('ec', { namedCurve: 'P-384' }), {}],
    ['Ed25519', generateKeyPairSync('ed25519'), {}],
    ['RS256', generateKeyPairSync('rsa', { modulusLength: 2048 }), {}],
    [
      'PS256',
      generateKeyPairSync('rsa', { modulusLength: 2048 }),
      { token_endpoint_auth_signing_alg_values_supported: ['PS256'] },
    ],
  ] as const)('by a signature of %s, once and for this issuer', async (alg, { privateKey, publicKey }, server) => {
    await upstream.close();
    at.says.server = server;
    connect({ credential: { key: privateKey, kid: 'k' } });
    await list();
    const assertion = at.asked[0]?.form['client_assertion'] ?? '';
    const options = { issuer: 'us_-.', subject: 'us_-.', audience: at.issuer };
    expect((await jwtVerify(assertion, publicKey, options)).protectedHeader).toEqual({ alg, kid: 'k' });
  });
});

describe('one token', () => {
  it('is asked for at a time, however many need it', async () => {
    await Promise.all(Array.from({ length: 20 }, call));
    expect(at.asked).toHaveLength(1);
  });

  it('is renewed before it ends, and calls do not wait for that', async () => {
    await call();
    ahead += 3_541_000;
    at.says.answer = (response) => void setTimeout(() => response.writeHead(503).end(), 200);
    expect(await call()).toMatchObject({ kind: 'result' });
    expect(at.asked).toHaveLength(2);
    expect(sent('tools/call')).toEqual(['token-number-1', 'token-number-1']);
  });

  it('that has ended is not shown', async () => {
    await call();
    ahead += 3_599_000;
    await call();
    expect(sent('tools/call')).toEqual(['token-number-1', 'token-number-2']);
  });
});

test('what did not do is read again; once a token is taken, pauses are short again', async () => {
  at.says.server = { token_endpoint: undefined };
  for (const pauseMs of [1_000, 2_000, 4_000]) {
    await expect(list()).rejects.toThrow(/token endpoint/);
    ahead += pauseMs;
  }
  at.says.server = {};
  expect(await list()).toEqual(['act']);
  at.revoke();
  at.says.answer = (response) => response.writeHead(503).end();
  await expect(list()).rejects.toThrow();
  at.says.answer = null;
  ahead += 1_000;
  expect(await list()).toEqual(['act']);
});

test('a server that describes itself nowhere is taken by the operator’s word', async () => {
  at.says.resource = null;
  at.says.challenge = 'realm="x"';
  expect(await list()).toEqual(['act']);
  expect(at.asked[0]?.form['resource']).toBe(at.url);
});

test('a server that calls itself by its origin is that one', async () => {
  const { origin } = new URL(at.url);
  at.says.resource = { resource: origin };
  expect(await list()).toEqual(['act']);
  expect(at.asked[0]?.form['resource']).toBe(origin);
});
