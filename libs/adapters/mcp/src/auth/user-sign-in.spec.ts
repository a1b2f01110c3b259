import { EmbeddedJWK, jwtVerify } from 'jose';
import { operatorSubject, type UpstreamAuthParts, type UpstreamSignIn } from '@sallyport/contracts';
import { createDocumentFetch, createPublicFetch } from '@sallyport/adapter-identity';
import { until } from '@sallyport/testing';
import { type Authorization, startAuthorization } from '@sallyport/testing/harness';
import { clock, upstreamAt } from '../../test/http-upstream.ts';
import { memoryBook } from '../../test/memory-book.ts';
import { act, sending } from '../../test/sending.ts';
import type { ManagedUpstream } from '../managed-upstream.ts';
import type { ConnectionBook } from './connection-book.ts';

const ann = { tenant: 't', issuer: 'i', subject: 'ann' };
const operator = { tenant: '_system', issuer: operatorSubject.issuer, subject: operatorSubject.id };
const place = {
  redirectUri: 'https://gate.example/connect/u/callback',
  metadataUrl: 'https://gate.example/client-metadata.json',
};
let at: Authorization;
let book: ConnectionBook;
let upstream: ManagedUpstream;
let registered: number;
let ahead: number;

beforeEach(async () => {
  at = await startAuthorization();
  [book, registered, ahead] = [memoryBook(), 0, 0];
  at.says.server = {
    authorization_endpoint: `${at.issuer}/authorize`,
    code_challenge_methods_supported: ['S256'],
    registration_endpoint: `${at.issuer}/register`,
    token_endpoint_auth_methods_supported: ['client_secret_post'],
  };
  at.says.client = () => [201, { client_id: `client-${(registered += 1)}`, client_secret: `secret-${registered}` }];
  connect();
});
afterEach(async () => {
  await upstream.close();
  await at.close();
});

function connect(more: Partial<UpstreamAuthParts> = {}): void {
  const auth = { type: 'authorization_code', issuer: at.issuer, credential: null, ...more } as const;
  const fetchFor = (named: readonly string[]) => createDocumentFetch(createPublicFetch(named));
  const late = { now: () => clock.now() + ahead, monotonic: () => clock.monotonic() + ahead };
  upstream = upstreamAt(
    at.url,
    { auth, share: 'subject' },
    { fetchFor, clock: late, users: { book, at: 'https://gate.example/connect/u' } },
  );
}

function signIn(): UpstreamSignIn {
  if (upstream.signIn == null) throw new Error('nobody signs in here');
  return upstream.signIn;
}
async function begin(caller = ann): Promise<{ query: Record<string, string>; finish: () => Promise<unknown> }> {
  const { url, pending } = await signIn().begin(caller, place);
  const back = new URL(`${place.redirectUri}?code=c&state=${url.searchParams.get('state')}`);
  return { query: Object.fromEntries(url.searchParams), finish: () => signIn().finish(caller, pending, back) };
}
async function connected(caller = ann): Promise<Record<string, string>> {
  const { query, finish } = await begin(caller);
  await finish();
  return query;
}
const call = (caller = ann) => upstream.send(act, sending({ caller }));
const shown = () => at.requests.filter(([name]) => name === 'tools/call').map(([, token]) => token);

it('a consent that took more than ten minutes counts no more', async () => {
  const { finish } = await begin();
  ahead = 600_001;
  await expect(finish()).rejects.toThrow('the sign-in took too long');
  expect(at.asked).toEqual([]);
});

it('keeps no tokens that could not be put on record', async () => {
  book.made = () => Promise.reject(new Error('the record is down'));
  await expect(connected()).rejects.toThrow('the record is down');
  expect(await book.find(ann)).toBeNull();
});

describe('a client that nobody named', () => {
  it('is registered once, for all users and processes, and shown with what it was given', async () => {
    await connected();
    const other = upstream;
    connect();
    await connected({ ...ann, subject: 'ben' });
    await other.close();
    expect(registered).toBe(1);
    expect(at.asked.map(({ form }) => [form['client_id'], form['client_secret']])).toEqual(
      Array(2).fill(['client-1', 'secret-1']),
    );
  });

  it('is the address of our metadata where the authorization server reads such, unless the operator says otherwise', async () => {
    at.says.server['client_id_metadata_document_supported'] = true;
    expect((await begin()).query['client_id']).toBe(place.metadataUrl);
    await upstream.close();
    [book] = [memoryBook()];
    connect({ registration: 'dynamic' });
    expect((await begin()).query['client_id']).toBe('client-1');
  });

  it('is never shown to another authorization server, nor are its tokens', async () => {
    await connected();
    const next = await startAuthorization();
    next.says.server = {
      ...at.says.server,
      authorization_endpoint: `${next.issuer}/a`,
      registration_endpoint: `${next.issuer}/register`,
      revocation_endpoint: `${next.issuer}/token`,
    };
    next.says.client = () => [201, { client_id: 'another', client_secret: 'another' }];
    at.says.resource = { authorization_servers: [next.issuer] };
    await upstream.close();
    connect({ issuer: next.issuer });
    expect(await call()).toMatchObject({ kind: 'failed', sent: false });
    expect((await begin()).query['client_id']).toBe('another');
    expect(await signIn().disconnect(ann, ann)).toBe(true);
    expect(next.asked).toEqual([]);
    await next.close();
  });

  it('of before is not mistaken for the one that the operator names, or the other way round', async () => {
    await connected();
    await upstream.close();
    connect({ client_id: 'client-1' });
    expect(await call()).toMatchObject({ kind: 'failed', sent: false });
    await connected();
    await upstream.close();
    connect();
    expect(await call()).toMatchObject({ kind: 'failed', sent: false });
  });

  it('is registered again where the operator signs in after signing off, and a sign-in of before leads nowhere', async () => {
    await connected(operator);
    expect((await begin(operator)).query['client_id']).toBe('client-1');
    const { finish } = await begin();
    await signIn().disconnect(operator, operator);
    await begin(operator);
    await expect(finish()).rejects.toThrow(/is another client of http.* by now: the user signs in again/);
    expect((await begin()).query['client_id']).toBe('client-2');
  });
});

describe('a call that wants more scopes', () => {
  it('is not sent again; the user is asked for all of them when they sign in next, and then not again for the same', async () => {
    at.says.scopes = (method) => (method === 'tools/call' ? ['write'] : []);
    at.says.resource = { scopes_supported: ['read'] };
    await connected(operator);
    expect((await connected())['scope']).toBe('read');
    expect(await call()).toMatchObject({
      kind: 'failed',
      sent: true,
      detail: expect.stringMatching(/insufficient_scope/),
    });
    expect(shown()).toHaveLength(1);
    expect(await signIn().consent(ann)).toEqual({ issuer: at.issuer, scopes: ['read', 'write'] });
    at.says.token = { scope: 'read write' };
    expect((await connected())['scope']).toBe('read write');
    expect(await call()).toMatchObject({ kind: 'result' });
    // Nobody else is asked for that.
    expect((await begin({ ...ann, subject: 'ben' })).query['scope']).toBe('read');
  });

  it('is no reason to ask for what the operator does not let us ask for', async () => {
    await upstream.close();
    connect({ scopes: ['read'] });
    at.says.scopes = (method) => (method === 'tools/call' ? ['admin'] : []);
    await connected(operator);
    await connected();
    await call();
    expect((await signIn().consent(ann)).scopes).toEqual(['read']);
  });
});

describe('a server that wants tokens which are bound to a key', () => {
  beforeEach(() => {
    at.says.scheme = 'DPoP';
    at.says.token = { token_type: 'DPoP', refresh_token: 'r', expires_in: 3_600 };
  });
  const keyOf = async (proof = '') => (await jwtVerify(proof, EmbeddedJWK)).protectedHeader.jwk?.x;

  it('gets a proof with each request, with the key of the user, which stays when tokens are renewed', async () => {
    await expect(upstream.list('tool')).rejects.toThrow(/nobody has signed in/);
    await connected(operator);
    await connected();
    await upstream.list('tool');
    expect(await call()).toMatchObject({ kind: 'result' });
    ahead = 3_590_000;
    expect(await call()).toMatchObject({ kind: 'result' });
    await until(() => at.asked.length === 3);
    expect(await call()).toMatchObject({ kind: 'result' });
    expect(at.proofs.length).toBe(new Set(at.proofs).size);
    const [operators, anns, renewed] = await Promise.all(at.asked.map(({ dpop }) => keyOf(dpop)));
    expect([renewed, operators === anns]).toEqual([anns, false]);
    const keys = await Promise.all(at.proofs.map(keyOf));
    expect(new Set(keys)).toEqual(new Set([operators, anns]));
    expect(new Set(keys.slice(-3))).toEqual(new Set([anns]));
  });

  it('and its nonce in each, has it from the first request that does nothing', async () => {
    await expect(upstream.list('tool')).rejects.toThrow(/nobody has signed in/);
    await connected(operator);
    await connected();
    at.says.nonce = 'n1';
    await upstream.list('tool');
    expect(await call()).toMatchObject({ kind: 'result' });
    at.says.nonce = 'n2';
    // A call is sent once.
    expect(await call()).toMatchObject({ kind: 'failed', sent: true });
    expect(await call()).toMatchObject({ kind: 'result' });
  });
});

it('two gateways that need another token of the same user at once ask for it once', async () => {
  at.says.token = { refresh_token: 'of the operator', expires_in: 36_000 };
  await connected(operator);
  at.says.token = { refresh_token: 'of ann', expires_in: 3_600 };
  await connected();
  const first = upstream;
  connect();
  ahead = 3_601_000;
  const answers = await Promise.all([first.send(act, sending({ caller: ann })), call(), call()]);
  await first.close();
  expect(answers).toMatchObject(Array(3).fill({ kind: 'result' }));
  expect(at.asked.filter(({ form }) => form['refresh_token'] === 'of ann')).toHaveLength(1);
});
