import { createHash } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { createDocumentFetch, createPublicFetch } from '@sallyport/adapter-identity';
import { type Authorization, startAuthorization } from '@sallyport/testing/harness';
import { authorizationRequest, redeemCode, refresh, type Tokens } from './authorization-code.ts';
import type { OAuthClient } from './client-authentication.ts';
import { discover, type Target } from './discover.ts';
import { unavailable } from './token-unavailable.ts';

const redirectUri = 'https://gate.example/connect/callback';
const client: OAuthClient = { client_id: 'sallyport', credential: 'a secret+of/ours' };
let at: Authorization;
let fetch: typeof globalThis.fetch;

beforeEach(async () => {
  at = await startAuthorization();
  at.says.server = {
    authorization_endpoint: `${at.issuer}/authorize?page=1`,
    code_challenge_methods_supported: ['plain', 'S256'],
  };
  fetch = createDocumentFetch(createPublicFetch([at.url, at.issuer]));
});
afterEach(() => at.close());

const targetAt = (issuer = at.issuer): Promise<Target> => discover({ url: at.url, issuer, metadata: null, fetch });

async function start(scopes: readonly string[] = [], as = client) {
  const target = await targetAt();
  return {
    target,
    client: as,
    scopes,
    redirectUri,
    fetch,
    ...(await authorizationRequest({ target, client: as, scopes, redirectUri })),
  };
}

/** The browser comes back with this. */
const back = (query: Record<string, string>): URL => new URL(`${redirectUri}?${new URLSearchParams(query)}`);

async function why(work: Promise<unknown>): Promise<string> {
  return work.then(
    (value) => `no failure: ${JSON.stringify(value)}`,
    (error: unknown) => unavailable(at.issuer, error),
  );
}

describe('nobody is sent to an authorization server that', () => {
  const refusals: [string, () => Record<string, unknown>, RegExp][] = [
    [
      'takes no S256 challenge',
      () => ({ code_challenge_methods_supported: ['plain'] }),
      /does not say that it takes PKCE with S256/,
    ],
    [
      'says nothing of challenges',
      () => ({ code_challenge_methods_supported: undefined }),
      /does not say that it takes PKCE/,
    ],
    [
      'has no page',
      () => ({ authorization_endpoint: undefined }),
      /authorization endpoint of http.* is missing or not served over https/,
    ],
    [
      'has a page elsewhere without TLS',
      () => ({ authorization_endpoint: 'http://other.example/' }),
      /authorization endpoint of/,
    ],
    ['has a script for a page', () => ({ authorization_endpoint: 'javascript:alert(1)' }), /authorization endpoint of/],
    ['calls itself otherwise', () => ({ issuer: 'https://other.example' }), /"issuer" property does not match/],
  ];
  it.each(refusals)('%s', async (_, say, expected) => {
    Object.assign(at.says.server, say());
    expect(await why(start())).toMatch(expected);
  });

  it.each<[string, http.RequestListener, RegExp]>([
    ['leads elsewhere', (_, response) => response.writeHead(302, { location: at.issuer }).end(), /unexpected redirect/],
    ['never ends', (_, response) => void response.writeHead(200).write('x'.repeat(300_000)), /larger than 262144/],
  ])('has metadata that %s', async (_, handle, expected) => {
    const server = http.createServer(handle).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    at.says.resource = { authorization_servers: [issuer] };
    fetch = createDocumentFetch(createPublicFetch([at.url, issuer]));
    expect(await why(targetAt(issuer))).toMatch(expected);
    server.closeAllConnections();
    server.close();
  });

  it('the server does not name, though it names others', async () => {
    at.says.resource = { authorization_servers: ['https://a.example', 'https://b.example'] };
    expect(await why(targetAt())).toMatch(/names https:\/\/a\.example, https:\/\/b\.example as its/);
    at.says.resource = { authorization_servers: ['https://a.example', at.issuer] };
    expect((await targetAt()).server.issuer).toBe(at.issuer);
  });
});

describe('no code is sent where the answer', () => {
  const answers: [string, (state: string) => Record<string, string>, RegExp][] = [
    ['is of another issuer', (state) => ({ code: 'c', state, iss: 'https://evil.example' }), /unexpected "iss"/],
    ['is of nearly the issuer', (state) => ({ code: 'c', state, iss: `${at.issuer}/` }), /unexpected "iss"/],
    [
      'is of no issuer, where the server says that it names itself',
      (state) => ({ code: 'c', state }),
      /"iss" \(issuer\) missing/,
    ],
    ['is to another request', () => ({ code: 'c', state: 'other', iss: at.issuer }), /unexpected "state"/],
    ['is to no request', () => ({ code: 'c', iss: at.issuer }), /"state" missing/],
    ['is a refusal', (state) => ({ error: 'access_denied', state, iss: at.issuer }), /refuses a token: access_denied/],
    [
      'is a refusal of another issuer',
      (state) => ({ error: 'x', state, iss: 'https://evil.example' }),
      /unexpected "iss"/,
    ],
    ['has no code', (state) => ({ state, iss: at.issuer }), /no authorization code/],
  ];
  it.each(answers)('%s', async (_, answer, expected) => {
    at.says.server['authorization_response_iss_parameter_supported'] = true;
    const started = await start();
    expect(await why(redeemCode(started, back(answer(started.state))))).toMatch(expected);
    expect(at.asked).toEqual([]);
  });

  it('is of another issuer, where the server says nothing of naming itself', async () => {
    const started = await start();
    const answer = back({ code: 'c', state: started.state, iss: 'https://evil.example' });
    expect(await why(redeemCode(started, answer))).toMatch(/unexpected "iss"/);
    expect(at.asked).toEqual([]);
  });

  it('comes after the server has moved to another issuer', async () => {
    const started = await start();
    const moved = { ...started, expectIssuer: 'https://before.example' };
    expect(await why(redeemCode(moved, back({ code: 'c', state: started.state })))).toMatch(
      /signed in at https:\/\/before\.example, and the server names http/,
    );
    expect(at.asked).toEqual([]);
  });
});

it('asks with a challenge, a state and the server as it calls itself, on the page that is named', async () => {
  const { url, verifier, state, expectIssuer } = await start(['a', 'offline_access']);
  expect(Object.fromEntries(url.searchParams)).toEqual({
    page: '1',
    response_type: 'code',
    client_id: 'sallyport',
    redirect_uri: redirectUri,
    state,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    resource: at.url,
    scope: 'a offline_access',
    prompt: 'consent',
  });
  expect(expectIssuer).toBe(at.issuer);
  expect((await start()).url.searchParams.has('scope')).toBe(false);
});

describe('tokens for a code', () => {
  const redeemed = async (as = client, scopes = ['a', 'b']): Promise<Tokens> => {
    const started = await start(scopes, as);
    return redeemCode(started, back({ code: 'the-code', state: started.state, iss: at.issuer }));
  };

  it('are asked for with the verifier, for the server', async () => {
    at.says.token = { refresh_token: 'r1', scope: 'a' };
    const tokens = { accessToken: 'token-number-1', refreshToken: 'r1', scopes: ['a'], lifeMs: 3_600_000 };
    expect(await redeemed()).toEqual(tokens);
    const [{ form, authorization } = { form: {}, authorization: '' }] = at.asked;
    expect(form).toEqual({
      grant_type: 'authorization_code',
      code: 'the-code',
      redirect_uri: redirectUri,
      code_verifier: expect.stringMatching(/^[\w-]{43}$/),
      resource: at.url,
    });
    expect(atob(authorization?.slice('Basic '.length) ?? '')).toBe('sallyport:a+secret%2Bof%2Fours');
  });

  it('have the scopes that were asked for, where nothing is said, and hold for as long', async () => {
    at.says.token = { expires_in: undefined };
    expect(await redeemed()).toEqual({
      accessToken: 'token-number-1',
      refreshToken: null,
      scopes: ['a', 'b'],
      lifeMs: null,
    });
  });

  it.each([
    [
      { client_id: 's', credential: 'x', method: 'client_secret_post' as const },
      { client_id: 's', client_secret: 'x' },
    ],
    [{ client_id: 's', credential: null }, { client_id: 's' }],
  ])('are asked for as %j', async (as, shown) => {
    await redeemed(as);
    expect(at.asked).toMatchObject([{ authorization: undefined, form: shown }]);
    expect('client_secret' in (at.asked[0]?.form ?? {})).toBe('client_secret' in shown);
  });

  it.each([
    [{ token_type: 'mac' }, /unsupported `token_type`/],
    [{ access_token: 'a\nb' }, /can’t be sent/],
    [{ refresh_token: 7 }, /"refresh_token" property/],
  ])('are refused that are %j', async (token, expected) => {
    at.says.token = token;
    expect(await why(redeemed())).toMatch(expected);
  });
});

describe('other tokens for a refresh token', () => {
  it('are asked for the same server, and the old one holds where no other is given', async () => {
    at.says.token = { scope: 'a' };
    const grant = { target: await targetAt(), client, scopes: ['a', 'b'], fetch, expectIssuer: at.issuer };
    expect(await refresh(grant, 'r1')).toMatchObject({
      accessToken: 'token-number-1',
      refreshToken: 'r1',
      scopes: ['a'],
    });
    at.says.token = { refresh_token: 'r2' };
    expect(await refresh(grant, 'r1')).toMatchObject({
      accessToken: 'token-number-2',
      refreshToken: 'r2',
      scopes: ['a', 'b'],
    });
    expect(at.asked.map(({ form }) => form)).toEqual(
      Array(2).fill({ grant_type: 'refresh_token', refresh_token: 'r1', resource: at.url }),
    );
  });

  it('are asked for at no other issuer', async () => {
    const grant = { target: await targetAt(), client, scopes: [], fetch, expectIssuer: 'https://before.example' };
    expect(await why(refresh(grant, 'r1'))).toMatch(/signed in at https:\/\/before\.example/);
    expect(at.asked).toEqual([]);
  });

  it('say what became of it', async () => {
    at.says.answer = (response) =>
      response.writeHead(400, { 'content-type': 'application/json' }).end('{"error":"invalid_grant"}');
    const grant = { target: await targetAt(), client, scopes: [], fetch, expectIssuer: at.issuer };
    expect(await why(refresh(grant, 'r1'))).toMatch(/refuses a token: invalid_grant/);
  });
});
