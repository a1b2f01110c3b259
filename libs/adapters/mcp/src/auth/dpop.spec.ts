import { createHash } from 'node:crypto';
import { EmbeddedJWK, jwtVerify } from 'jose';
import { createDocumentFetch, createPublicFetch } from '@sallyport/adapter-identity';
import { type Authorization, startAuthorization } from '@sallyport/testing/harness';
import { refresh } from './authorization-code.ts';
import { challengeOf } from './challenge.ts';
import { discover } from './discover.ts';
import { createDpopKey, DpopProofs } from './dpop.ts';
import { requestToken } from './request-token.ts';

const place = new URL('https://server.example/mcp?tenant=a#part');
const verified = (proof = '') => jwtVerify(proof, EmbeddedJWK, { typ: 'dpop+jwt', algorithms: ['ES256'] });

it('a proof is for one token and one request, and of the kept key', async () => {
  const key = await createDpopKey();
  const kept = JSON.parse(JSON.stringify(key)) as typeof key;
  const proofs = await DpopProofs.of(kept, new Map());
  const [one, two] = [await proofs.headers('token-1', 'POST', place), await proofs.headers('token-1', 'POST', place)];
  expect(one['authorization']).toBe('DPoP token-1');
  const { payload, protectedHeader } = await verified(one['dpop']);
  const ath = createHash('sha256').update('token-1').digest('base64url');
  expect(payload).toMatchObject({ htm: 'POST', htu: 'https://server.example/mcp', ath });
  expect(protectedHeader.jwk).toEqual({ kty: key['kty'], crv: key['crv'], x: key['x'], y: key['y'] });
  expect((await verified(two['dpop'])).payload.jti).not.toBe(payload.jti);
});

it('a proof has the last nonce of its server, whatever key it is with, and of no other server', async () => {
  const nonces = new Map([['https://server.example', 'n1']]);
  const proofs = await DpopProofs.of(await createDpopKey(), nonces);
  const nonceAt = async (url: URL) =>
    (await verified((await proofs.headers('t', 'GET', url))['dpop'])).payload['nonce'];
  expect(await nonceAt(place)).toBe('n1');
  nonces.set('https://server.example', 'n2');
  expect(await nonceAt(place)).toBe('n2');
  expect(await nonceAt(new URL('https://other.example'))).toBeUndefined();
});

it.each([
  [undefined, false],
  ['Bearer scope="a"', false],
  ['DPoP scope="a"', true],
  ['DPoP algs="ES256", Bearer scope="a"', false],
])('a challenge %j wants tokens that are bound: %s', async (challenge, isDpop) => {
  expect((await challengeOf(challenge === undefined ? {} : { 'www-authenticate': challenge })).isDpop).toBe(isDpop);
});

describe('at a token endpoint', () => {
  let at: Authorization;
  let fetch: typeof globalThis.fetch;
  let proofs: DpopProofs;
  beforeEach(async () => {
    at = await startAuthorization();
    fetch = createDocumentFetch(createPublicFetch([at.url, at.issuer]));
    proofs = await DpopProofs.of(await createDpopKey(), new Map());
  });
  afterEach(() => at.close());

  const asked = async (dpop: DpopProofs | null) => {
    const target = await discover({ url: at.url, issuer: at.issuer, metadata: null, fetch });
    const auth = { type: 'client_credentials', issuer: at.issuer, client_id: 'c', credential: 'x' } as const;
    const ours = requestToken(target, [], { auth, fetch, callerToken: undefined, assertion: undefined, dpop });
    const grant = { target, client: auth, scopes: [], fetch, dpop: dpop ?? undefined, expectIssuer: at.issuer };
    return Promise.allSettled([ours, refresh(grant, 'r')]);
  };

  it('a token is taken only as it was asked for: bound, or not', async () => {
    at.says.token = { token_type: 'DPoP' };
    expect(await asked(proofs)).toMatchObject([
      { value: { value: expect.stringMatching(/^token-number-/) } },
      { status: 'fulfilled' },
    ]);
    expect(await asked(null)).toMatchObject(
      Array(2).fill({ reason: { message: expect.stringMatching(/type dpop, not bearer/) } }),
    );
    at.says.token = {};
    expect(await asked(proofs)).toMatchObject(
      Array(2).fill({ reason: { message: expect.stringMatching(/type bearer, not dpop/) } }),
    );
  });

  it('a nonce that is wanted is shown at the second try, and there is no third', async () => {
    at.says.answer = (response) =>
      response
        .writeHead(400, { 'content-type': 'application/json', 'dpop-nonce': `n${at.asked.length}` })
        .end('{"error":"use_dpop_nonce"}');
    expect(await asked(proofs)).toMatchObject(Array(2).fill({ reason: { error: 'use_dpop_nonce' } }));
    const shown = await Promise.all(at.asked.map(async ({ dpop }) => (await verified(dpop)).payload['nonce']));
    expect(shown).toHaveLength(4);
    expect(shown.filter((nonce) => nonce === undefined)).toHaveLength(2);
  });
});
