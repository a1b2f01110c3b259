import { createDocumentFetch, createPublicFetch } from '@sallyport/adapter-identity';
import { type Authorization, startAuthorization } from '@sallyport/testing/harness';
import { discover } from './discover.ts';
import { clientMetadata } from '@sallyport/contracts';
import { register, stillHolds } from './registration.ts';
import { unavailable } from './token-unavailable.ts';

const redirectUri = 'https://gate.example/connect/callback';
const metadataUrl = 'https://gate.example/oauth/client.json';
let at: Authorization;
let told: Record<string, unknown>[];
let fetch: typeof globalThis.fetch;

beforeEach(async () => {
  told = [];
  at = await startAuthorization();
  at.says.server = { registration_endpoint: `${at.issuer}/register` };
  answers(201, { client_id: 'c1' });
  fetch = createDocumentFetch(createPublicFetch([at.url, at.issuer]));
});
afterEach(() => at.close());

function answers(status: number, body: unknown): void {
  at.says.client = (metadata) => (told.push(metadata), [status, body]);
}

const targetAt = () => discover({ url: at.url, issuer: at.issuer, metadata: null, fetch });
const registered = async (url: string | null = null) =>
  register({ target: await targetAt(), redirectUri, metadataUrl: url, fetch });
const why = (work: Promise<unknown>): Promise<string> =>
  work.then(
    (value) => `no failure: ${JSON.stringify(value)}`,
    (error: unknown) => unavailable(at.issuer, error),
  );

describe('no client is had where the authorization server', () => {
  const refusals: [string, () => void, RegExp][] = [
    [
      'registers none',
      () => (at.says.server = {}),
      /register one with the redirect URI https:\/\/gate\.example\/connect\/callback, and name it in `auth\.client_id`/,
    ],
    [
      'registers elsewhere without TLS',
      () => (at.says.server = { registration_endpoint: 'http://other.example/r' }),
      /registration endpoint of http.* not served over https/,
    ],
    [
      'registers at a private address',
      () => (at.says.server = { registration_endpoint: 'https://127.0.0.2:9/r' }),
      /127\.0\.0\.2 is at a private address/,
    ],
    ['refuses', () => answers(400, { error: 'invalid_redirect_uri' }), /refuses a token: invalid_redirect_uri/],
    ['answers with a page', () => (at.says.client = () => [200, 'hello']), /"client_id"|must be a/],
    [
      'gives no secret for a client that has one',
      () => answers(201, { client_id: 'c', token_endpoint_auth_method: 'client_secret_basic' }),
      /by a secret that it does not give/,
    ],
    [
      'wants another proof',
      () => answers(201, { client_id: 'c', client_secret: 's', token_endpoint_auth_method: 'tls_client_auth' }),
      /by the method tls_client_auth/,
    ],
  ];
  it.each(refusals)('%s', async (_, say, expected) => {
    say();
    expect(await why(registered())).toMatch(expected);
  });
});

it.each([
  [['none'], 'none', { credential: null }],
  [['client_secret_post', 'none'], 'client_secret_post', { credential: 's', method: 'client_secret_post' }],
  [undefined, 'client_secret_basic', { credential: 's', method: 'client_secret_basic' }],
])(
  'an authorization server that takes %j registers a client of %s, whatever else it gives',
  async (methods, asked, proof) => {
    at.says.server = { ...at.says.server, token_endpoint_auth_methods_supported: methods };
    answers(200, { client_id: 'c1', client_secret: 's' });
    expect(await registered(metadataUrl)).toEqual({
      issuer: at.issuer,
      redirectUri,
      client_id: 'c1',
      until: null,
      ...proof,
    });
    expect(told).toEqual([
      { ...clientMetadata([redirectUri]), token_endpoint_auth_method: asked, application_type: 'web' },
    ]);
  },
);

it('is the address of our metadata, where the authorization server reads such and we have one', async () => {
  at.says.server = { ...at.says.server, client_id_metadata_document_supported: true };
  expect(await registered(metadataUrl)).toMatchObject({ client_id: metadataUrl, credential: null });
  expect(told).toEqual([]);
  expect(await registered()).toMatchObject({ client_id: 'c1' });
});

it('holds at its issuer, for its redirect URI, until it ends', async () => {
  answers(201, {
    client_id: 'c1',
    client_secret: 's',
    client_secret_expires_at: 1_000,
    token_endpoint_auth_method: 'client_secret_basic',
  });
  const [kept, target] = [await registered(), await targetAt()];
  expect(stillHolds(kept, { target, redirectUri }, 999_999)).toBe(true);
  expect(stillHolds(kept, { target, redirectUri }, 1_000_000)).toBe(false);
  expect(stillHolds(kept, { target, redirectUri: `${redirectUri}2` }, 0)).toBe(false);
  const moved = { ...target, server: { ...target.server, issuer: 'https://other.example' } };
  expect(stillHolds(kept, { target: moved, redirectUri }, 0)).toBe(false);
});

it('is of this machine where the redirect URI is', () => {
  expect(clientMetadata(['http://127.0.0.1:8080/connect/callback']).application_type).toBe('native');
});
