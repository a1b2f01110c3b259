import { createDocumentFetch, createPublicFetch } from '@sallyport/adapter-identity';
import type { SendOptions, UpstreamAuthParts } from '@sallyport/contracts';
import { type Authorization, startAuthorization } from '@sallyport/testing/harness';
import { clock, upstreamAt } from '../../test/http-upstream.ts';
import { act, sending } from '../../test/sending.ts';
import type { ManagedUpstream } from '../managed-upstream.ts';

const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const ID_JAG = 'urn:ietf:params:oauth:token-type:id-jag';
let at: Authorization;
let idp: Authorization;
let upstream: ManagedUpstream;
let ahead: number;
let logged: string[];

beforeEach(async () => {
  [ahead, logged] = [0, []];
  [at, idp] = await Promise.all([startAuthorization(), startAuthorization()]);
  idp.says.token = {
    token_type: 'N_A',
    issued_token_type: ID_JAG,
    get access_token() {
      return `grant-number-${idp.asked.length}`;
    },
  };
});
afterEach(async () => {
  await upstream.close();
  await Promise.all([at.close(), idp.close()]);
});

function connect(
  more: Partial<UpstreamAuthParts> = {},
  ofIdp: Partial<UpstreamAuthParts['identity_provider']> = {},
): void {
  const auth: UpstreamAuthParts = {
    type: 'enterprise_managed',
    issuer: at.issuer,
    client_id: 'us',
    credential: 'our-own-secret',
    identity_provider: {
      issuer: idp.issuer,
      client_id: 'us-at-home',
      credential: 'secret-at-home',
      subject_token_type: 'access_token',
      ...ofIdp,
    },
    ...more,
  };
  upstream = upstreamAt(
    at.url,
    { auth },
    {
      fetchFor: (named) => createDocumentFetch(createPublicFetch(named, { hint: 'name it.' })),
      log: (level, text) => void logged.push(`${level} ${text}`),
      clock: { ...clock, monotonic: () => clock.monotonic() + ahead },
    },
  );
}

const callAs = (subject: string, callerToken: string | null, more: Partial<SendOptions> = {}) =>
  upstream.send(act, sending({ caller: { tenant: 't', issuer: 'i', subject }, callerToken, ...more }));
const calls = () => at.requests.filter(([method]) => method === 'tools/call').map(([, token]) => token);
const grants = () =>
  at.asked.filter(({ form }) => form['grant_type'] === JWT_BEARER).map(({ form }) => form['assertion']);
const basic = (id: string, secret: string) => `Basic ${btoa(`${id}:${secret}`)}`;

describe('a call is not sent', () => {
  it('where the caller’s token is not at hand: nobody is asked for anything', async () => {
    connect();
    const why = expect.stringMatching(/`auth\.type: enterprise_managed` needs the token of the caller/);
    expect(await callAs('ann', null)).toMatchObject({ kind: 'failed', sent: false, detail: why });
    expect([calls(), idp.asked]).toEqual([[], []]);
  });

  it('where the identity provider grants nothing: told what to do, without a token, and to nobody else’s loss', async () => {
    connect();
    await upstream.list('tool');
    idp.says.answer = (response) =>
      response
        .writeHead(400, { 'content-type': 'application/json' })
        .end(JSON.stringify({ error: 'access_denied', error_description: 'not token-of-ann, nor secret-at-home' }));
    const { detail } = (await callAs('ann', 'token-of-ann')) as { detail: string };
    for (const text of [detail, logged.at(-1)]) {
      expect(text).toContain(`${idp.issuer} gives no grant (ID-JAG) for ${at.issuer}`);
      expect(text).toContain('a policy there has to let the client us-at-home');
      expect(text).toContain('access_denied (not [redacted:own_key], nor [redacted:own_key])');
    }
    expect([calls(), grants(), upstream.state()]).toEqual([[], [], 'up']);
    idp.says.answer = null;
    expect(await callAs('ben', 'token-of-ben')).toMatchObject({ kind: 'result' });
  });

  it('where what the identity provider gives is no such grant: it does not leave', async () => {
    connect();
    idp.says.token = { issued_token_type: 'urn:ietf:params:oauth:token-type:access_token' };
    const why = expect.stringContaining('gives something else than a grant (ID-JAG)');
    expect(await callAs('ann', 'token-of-ann')).toMatchObject({ kind: 'failed', sent: false, detail: why });
    expect(grants()).toEqual([]);
  });

  it('where the server’s authorization server refuses the grant: it is not in the reason', async () => {
    connect();
    await upstream.list('tool');
    at.says.answer = (response) =>
      response
        .writeHead(400, { 'content-type': 'application/json' })
        .end(JSON.stringify({ error: 'invalid_grant', error_description: 'grant-number-1' }));
    const why = expect.stringContaining(`${at.issuer} refuses a token: invalid_grant ([redacted:own_key])`);
    expect(await callAs('ann', 'token-of-ann')).toMatchObject({ kind: 'failed', sent: false, detail: why });
  });

  it('where the server names another authorization server: the identity provider hears of nobody', async () => {
    at.says.resource = { authorization_servers: ['https://elsewhere.example'] };
    connect();
    const why = expect.stringContaining('names https://elsewhere.example as its authorization server');
    expect(await callAs('ann', 'token-of-ann')).toMatchObject({ kind: 'failed', sent: false, detail: why });
    expect(idp.asked).toEqual([]);
  });

  it.each([
    [{ token_endpoint: 'https://10.0.0.1/token' }, 'private address'],
    [{ token_endpoint: 'http://idp.example/token' }, 'missing or not served over https'],
    [{ issuer: 'https://other.example' }, 'gives no token'],
  ])('where the identity provider says of itself %j: %s', async (says, why) => {
    idp.says.server = says;
    connect();
    const failed = { kind: 'failed', sent: false, detail: expect.stringContaining(why) };
    expect(await callAs('ann', 'token-of-ann')).toMatchObject(failed);
    expect([calls(), idp.asked]).toEqual([[], []]);
  });
});

it('a caller’s token is exchanged at home for a grant, and that at the server’s authorization server for a token, once', async () => {
  at.says.resource = { scopes_supported: ['a', 'b'] };
  connect();
  for (const [subject, token] of [
    ['ann', 'token-of-ann'],
    ['ben', 'token-of-ben'],
    ['ann', 'token-of-ann'],
  ] as const)
    expect(await callAs(subject, token)).toMatchObject({ kind: 'result' });
  expect(idp.asked).toHaveLength(2);
  expect(idp.asked[0]).toMatchObject({
    authorization: basic('us-at-home', 'secret-at-home'),
    form: {
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      requested_token_type: ID_JAG,
      subject_token: 'token-of-ann',
      subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      audience: at.issuer,
      resource: at.url,
      scope: 'a b',
    },
  });
  const asked = at.asked.filter(({ form }) => form['grant_type'] === JWT_BEARER);
  expect(asked).toMatchObject([
    { authorization: basic('us', 'our-own-secret'), form: { assertion: 'grant-number-1', resource: at.url } },
    { form: { assertion: 'grant-number-2' } },
  ]);
  const [ann, ben] = calls();
  expect(ann).not.toBe(ben);
  expect(calls()).toEqual([ann, ben, ann]);
});

it('a token that ends is had again by another grant: none is used twice', async () => {
  at.says.token = { expires_in: 100 };
  connect();
  await callAs('ann', 'token-of-ann');
  ahead = 101_000;
  expect(await callAs('ann', 'token-of-ann')).toMatchObject({ kind: 'result' });
  expect(grants()).toEqual(['grant-number-1', 'grant-number-2']);
});

it('a token that is bound to a key is had without one at home, and by another grant where the server wants a nonce', async () => {
  [at.says.scheme, at.says.token] = ['DPoP', { token_type: 'DPoP' }];
  connect();
  await upstream.list('tool');
  at.says.answer = (response) => {
    at.says.answer = null;
    response
      .writeHead(400, { 'content-type': 'application/json', 'dpop-nonce': 'n1' })
      .end(JSON.stringify({ error: 'use_dpop_nonce' }));
  };
  expect(await callAs('ann', 'token-of-ann')).toMatchObject({ kind: 'result' });
  expect(grants()).toEqual(['grant-number-1', 'grant-number-2']);
  expect(idp.asked.map(({ dpop }) => dpop)).toEqual([undefined, undefined]);
  expect(at.asked.at(-1)?.dpop).toBeDefined();
});

it('lists use a token of ours, by client credentials', async () => {
  connect();
  await upstream.list('tool');
  expect([at.asked.map(({ form }) => form['grant_type']), idp.asked]).toEqual([['client_credentials'], []]);
});

it('or by the identity token of our own, which is read again each time, where there is one', async () => {
  let own = 'own.identity.one';
  connect({ assertion: () => own }, { credential: null, subject_token_type: 'id_token' });
  await upstream.list('tool');
  expect(idp.asked).toMatchObject([
    {
      authorization: undefined,
      form: {
        client_id: 'us-at-home',
        subject_token: 'own.identity.one',
        subject_token_type: 'urn:ietf:params:oauth:token-type:id_token',
      },
    },
  ]);
  own = 'own.identity.two';
  await callAs('ann', 'token-of-ann');
  at.revoke();
  await upstream.list('tool');
  expect(idp.asked.map(({ form }) => form['subject_token'])).toEqual(['own.identity.one', 'token-of-ann', own]);
  expect(at.asked.every(({ form }) => form['grant_type'] === JWT_BEARER)).toBe(true);
});
