import { createHash, randomUUID } from 'node:crypto';
import { calculateJwkThumbprint, type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import { configSchema, CountersUnavailable, type ShownRequest, type UsedIds } from '@sallyport/contracts';
import { createIdentity, createNonces, type IdentityOptions } from './index.ts';

const audience = 'https://tools.example/mcp';
const issuer = 'https://id.example';
const signing = await generateKeyPair('ES256');
const jwks = { keys: [{ ...(await exportJWK(signing.publicKey)), kid: 'k', alg: 'ES256' }] };

interface Holder {
  readonly privateKey: CryptoKey;
  readonly jwk: JWK;
  readonly secret: JWK;
  readonly jkt: string;
}

async function holder(alg = 'ES256'): Promise<Holder> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  const jwk = await exportJWK(publicKey);
  return { privateKey, jwk, secret: await exportJWK(privateKey), jkt: await calculateJwkThumbprint(jwk) };
}
const own = await holder();
const thief = await holder();

let time = 1_800_000_000_000;
const seconds = () => Math.floor(time / 1000);
const hash = (text: string) => createHash('sha256').update(text).digest('base64url');

function token(claims: Record<string, unknown> = {}): Promise<string> {
  const good = { iss: issuer, aud: audience, sub: 'ann', org: 'shop', exp: seconds() + 3600, cnf: { jkt: own.jkt } };
  return new SignJWT({ ...good, ...claims }).setProtectedHeader({ alg: 'ES256', kid: 'k' }).sign(signing.privateKey);
}

interface Changes {
  readonly claims?: Record<string, unknown>;
  readonly header?: Record<string, unknown>;
  readonly by?: CryptoKey | Uint8Array;
}

function proofOf(jwt: string, { claims = {}, header = {}, by = own.privateKey }: Changes = {}): Promise<string> {
  const good = { htm: 'POST', htu: audience, iat: seconds(), jti: randomUUID(), ath: hash(jwt) };
  const head = { alg: 'ES256', typ: 'dpop+jwt', jwk: own.jwk, ...header };
  return new SignJWT({ ...good, ...claims }).setProtectedHeader(head).sign(by);
}

function make(options: Partial<IdentityOptions> = {}, skew: object = {}) {
  const { identity: config } = configSchema.parse({
    upstreams: {},
    identity: { issuers: [{ issuer, audience, jwks: `${issuer}/jwks`, tenant: { claim: 'org' } }], ...skew },
  });
  const clock = { now: () => time, monotonic: () => time };
  const fetch = () => Promise.resolve(Response.json(jwks));
  return createIdentity({ config, listen: '127.0.0.1:1', clock, fetch, usedIds: remembering(), ...options });
}

/** Remembers for ever. */
function remembering(): UsedIds & { readonly ids: ReadonlySet<string> } {
  const ids = new Set<string>();
  return { ids, use: async (...used) => ids.size < ids.add(JSON.stringify(used)).size };
}

let identity = make();
beforeEach(() => (identity = make()));

const shown = (proof: ShownRequest['proof'], more: Partial<ShownRequest> = {}): ShownRequest => ({
  method: 'POST',
  url: audience,
  tenant: null,
  proof,
  ...more,
});
const show = (jwt: string, proof: ShownRequest['proof'], more: Partial<ShownRequest> = {}) =>
  identity.authenticate(`DPoP ${jwt}`, undefined, shown(proof, more));
const refused = (why: string, error = 'invalid_dpop_proof') => ({
  status: 401,
  error,
  description: expect.stringContaining(why) as string,
});

describe('a token that is bound to a key', () => {
  it('is no bearer token, with a good proof neither, before and after it was accepted', async () => {
    const jwt = await token();
    const asBearer = async () => identity.authenticate(`Bearer ${jwt}`, undefined, shown(await proofOf(jwt)));
    expect(await asBearer()).toMatchObject(refused('bound to a key', 'invalid_token'));
    expect(await show(jwt, await proofOf(jwt))).toMatchObject({ tenant: 'shop', subject: { id: 'ann' } });
    expect(await asBearer()).toMatchObject(refused('bound to a key', 'invalid_token'));
  });

  it('needs a proof at each request, also after it was accepted', async () => {
    const jwt = await token();
    for (let round = 0; round < 2; round++) {
      for (const none of [undefined, '', [], `${await proofOf(jwt)}, ${await proofOf(jwt)}`, [await proofOf(jwt)]])
        expect(await show(jwt, none)).toMatchObject(refused('exactly one proof'));
      expect(await show(jwt, await proofOf(jwt))).toMatchObject({ tenant: 'shop' });
    }
  });

  it('is refused where no proof can be judged', async () => {
    const jwt = await token();
    expect(await identity.authenticate(`DPoP ${jwt}`)).toMatchObject(refused('/mcp', 'invalid_token'));
  });

  it.each<[string, string, Changes | (() => Changes)]>([
    ['another type', 'typ', { header: { typ: 'JWT' } }],
    ['no type', 'typ', { header: { typ: undefined } }],
    ['no key', 'jwk', { header: { jwk: undefined } }],
    ['a key that is none', 'jwk', { header: { jwk: 'x' } }],
    ['a private key', 'private', { header: { jwk: own.secret } }],
    ['a stray private member', 'private', { header: { jwk: { ...own.jwk, p: 'x' } } }],
    ['a symmetric key', 'private', { header: { alg: 'HS256', jwk: { kty: 'oct', k: 'eA' } }, by: new Uint8Array(32) }],
    ['a symmetric algorithm', 'ES256', { header: { alg: 'HS256' }, by: new Uint8Array(32) }],
    ['a key of very many bits', 'large', { header: { jwk: { kty: 'RSA', n: 'x'.repeat(700), e: 'AQAB' } } }],
    ['a large exponent', 'large', { header: { jwk: { kty: 'RSA', n: 'x'.repeat(342), e: 'x'.repeat(342) } } }],
    ['the key of another', 'signature', { header: { jwk: thief.jwk } }],
    ['a signature of another', 'signature', { by: thief.privateKey }],
    ['another method', 'htm', { claims: { htm: 'GET' } }],
    ['a method in small letters', 'htm', { claims: { htm: 'post' } }],
    ['no method', 'htm', { claims: { htm: undefined } }],
    ['another path', 'htu', { claims: { htu: `${audience}/shop` } }],
    ['another host', 'htu', { claims: { htu: 'https://evil.example/mcp' } }],
    ['another scheme', 'htu', { claims: { htu: 'http://tools.example/mcp' } }],
    ['a URL that is none', 'htu', { claims: { htu: '/mcp' } }],
    ['no URL', 'public_url', { claims: { htu: undefined } }],
    ['the hash of another token', 'ath', { claims: { ath: hash('another') } }],
    ['no hash of the token', 'ath', { claims: { ath: undefined } }],
    ['no jti', 'jti', { claims: { jti: undefined } }],
    ['an empty jti', 'jti', { claims: { jti: '' } }],
    ['a jti that is no text', 'jti', { claims: { jti: 7 as never } }],
    ['no iat', 'iat', { claims: { iat: undefined } }],
    ['an iat of a minute ago', 'iat', () => ({ claims: { iat: seconds() - 60 } })],
    ['an iat beyond what clocks differ', 'clock_skew', () => ({ claims: { iat: seconds() + 61 } })],
    ['its own end in the past', 'older', () => ({ claims: { exp: seconds() - 1 } })],
  ])('is refused with a proof that has %s', async (_, why, changes) => {
    const jwt = await token();
    const proof = await proofOf(jwt, typeof changes === 'function' ? changes() : changes);
    expect(await show(jwt, proof)).toMatchObject(refused(why));
    expect(await show(jwt, await proofOf(jwt))).toMatchObject({ tenant: 'shop' });
  });

  it('is refused with a proof that was changed, and one that is not signed', async () => {
    const jwt = await token();
    const [head = '', body = '', signature] = (await proofOf(jwt, { claims: { htm: 'GET' } })).split('.');
    const [, other] = (await proofOf(jwt)).split('.');
    expect(await show(jwt, `${head}.${other}.${signature}`)).toMatchObject(refused('signature'));
    const none = Buffer.from(JSON.stringify({ alg: 'none', typ: 'dpop+jwt', jwk: own.jwk })).toString('base64url');
    for (const proof of [`${none}.${other}.`, `${none}.${other}.x`, body, 'x', 'a.b.c'])
      expect(await show(jwt, proof)).toMatchObject({ status: 401, error: 'invalid_dpop_proof' });
  });

  it('is refused with a proof where nobody knows our URL', async () => {
    const jwt = await token();
    for (const htu of ['', audience])
      expect(await show(jwt, await proofOf(jwt, { claims: { htu } }), { url: '' })).toMatchObject(refused('htu'));
  });

  it('is refused with the proof of a thief, who has a key and not this one', async () => {
    const jwt = await token();
    const proof = await proofOf(jwt, { header: { jwk: thief.jwk }, by: thief.privateKey });
    expect(await show(jwt, proof)).toMatchObject(refused('another key', 'invalid_token'));
  });

  it.each<[string, unknown]>([
    ['to nothing', undefined],
    ['to nothing that is known', null],
    ['to a list', [own.jkt]],
    ['to a certificate', { 'x5t#S256': own.jkt }],
    ['to a certificate, too', { jkt: own.jkt, 'x5t#S256': own.jkt }],
    ['to a key that is no text', { jkt: [own.jkt] }],
  ])('is refused with a proof where it is bound %s', async (_, cnf) => {
    const jwt = await token({ cnf });
    expect(await show(jwt, await proofOf(jwt))).toMatchObject(refused('cnf', 'invalid_token'));
  });

  it('is refused as any other token is', async () => {
    for (const claims of [{ exp: seconds() - 60 }, { aud: 'https://other.example' }, { iss: 'https://evil.example' }]) {
      const jwt = await token(claims);
      expect(await show(jwt, await proofOf(jwt))).toMatchObject({ status: 401, error: 'invalid_token' });
    }
  });

  it('is for one endpoint alone where its audience says so', async () => {
    const url = `${audience}/shop`;
    const jwt = await token({ aud: url });
    const at = async (resource: string) => {
      const proof = await proofOf(jwt, { claims: { htu: resource } });
      return identity.authenticate(`DPoP ${jwt}`, resource, shown(proof, { url: resource }));
    };
    expect(await at(url)).toMatchObject({ resource: url });
    expect(await at(`${audience}/bank`)).toMatchObject({ status: 401, error: 'invalid_token' });
  });

  it.each(['ES384', 'PS256', 'RS256', 'Ed25519', 'EdDSA'])('is accepted with a key of %s', async (alg) => {
    const { jwk, jkt, privateKey } = await holder(alg);
    const jwt = await token({ cnf: { jkt } });
    expect(await show(jwt, await proofOf(jwt, { header: { alg, jwk }, by: privateKey }))).toMatchObject({
      tenant: 'shop',
    });
  });

  it.each<[string, Changes | (() => Changes)]>([
    ['a query and a fragment', { claims: { htu: `${audience}?a=b#c` } }],
    ['the port and the host in another form', { claims: { htu: 'HTTPS://TOOLS.example:443/mcp' } }],
    ['a type in full', { header: { typ: 'application/dpop+jwt' } }],
    ['an iat of 59 seconds ago', () => ({ claims: { iat: seconds() - 59 } })],
    ['an iat as far ahead as clocks differ', () => ({ claims: { iat: seconds() + 60 } })],
  ])('is accepted with a proof that has %s', async (_, changes) => {
    const jwt = await token();
    const proof = await proofOf(jwt, typeof changes === 'function' ? changes() : changes);
    expect(await show(jwt, proof)).toMatchObject({ tenant: 'shop' });
  });

  it('is accepted where clocks may not differ at all', async () => {
    identity = make({}, { clock_skew: '0s' });
    const jwt = await token();
    time += 900;
    expect(await show(jwt, await proofOf(jwt))).toMatchObject({ tenant: 'shop' });
    const ahead = await proofOf(jwt, { claims: { iat: seconds() + 1 } });
    expect(await show(jwt, ahead)).toMatchObject(refused('clock_skew'));
  });
});

describe('a proof', () => {
  it('counts once, for as long as it could count', async () => {
    const jwt = await token();
    const proof = await proofOf(jwt, { claims: { iat: seconds() + 60 } });
    expect(await show(jwt, proof)).toMatchObject({ tenant: 'shop' });
    for (let step = 0; step < 119; step++) {
      expect(await show(jwt, proof)).toMatchObject(refused('used before'));
      time += 1000;
    }
    time += 1000;
    expect(await show(jwt, proof)).toMatchObject(refused('older'));
  });

  it('counts once where it comes twice at the same time', async () => {
    const jwt = await token();
    const proof = await proofOf(jwt);
    const answers = await Promise.all([show(jwt, proof), show(jwt, proof), show(jwt, proof)]);
    expect(answers.filter((answer) => 'tenant' in answer)).toHaveLength(1);
  });

  it('counts no second time after the configuration was read again, nor at another gateway', async () => {
    const usedIds = remembering();
    const jwt = await token();
    const proof = await proofOf(jwt);
    identity = make({ usedIds });
    expect(await show(jwt, proof)).toMatchObject({ tenant: 'shop' });
    identity = make({ usedIds });
    expect(await show(jwt, proof)).toMatchObject(refused('used before'));
  });

  it('of another key may have the same jti', async () => {
    const claims = { jti: 'one' };
    const [mine, theirs] = [await token(), await token({ cnf: { jkt: thief.jkt } })];
    expect(await show(mine, await proofOf(mine, { claims }))).toMatchObject({ tenant: 'shop' });
    const other = await proofOf(theirs, { claims, header: { jwk: thief.jwk }, by: thief.privateKey });
    expect(await show(theirs, other)).toMatchObject({ tenant: 'shop' });
  });

  it('is remembered by its tenant for two minutes, and a bad one takes no room', async () => {
    const usedIds = remembering();
    identity = make({ usedIds });
    const jwt = await token();
    const stolen = await proofOf(jwt, { header: { jwk: thief.jwk }, by: thief.privateKey });
    for (let n = 0; n < 5; n++) expect(await show(jwt, stolen)).toMatchObject({ status: 401 });
    expect(usedIds.ids.size).toBe(0);
    await show(jwt, await proofOf(jwt));
    expect([...usedIds.ids]).toEqual([expect.stringMatching(/^\["shop","[\w-]{43}",120000\]$/)]);
  });

  it('is refused for now where nobody knows whether it was used, and the operator is told', async () => {
    const told: string[] = [];
    const away: UsedIds = { use: () => Promise.reject(new CountersUnavailable('the store is away')) };
    const jwt = await token();
    for (const usedIds of [away, undefined]) {
      identity = make({ usedIds: usedIds as UsedIds, unfit: (_, why) => void told.push(why) });
      const answer = await show(jwt, await proofOf(jwt));
      expect(answer).toMatchObject({ status: 503, error: 'temporarily_unavailable' });
      expect(await identity.authenticate(`Bearer ${await token({ cnf: undefined })}`)).toMatchObject({
        tenant: 'shop',
      });
    }
    expect(told).toEqual([expect.stringContaining('the store is away')]);
  });
});

describe('a proof where nonces are asked for', () => {
  const clock = { now: () => time };
  const nonces = createNonces(Buffer.alloc(32, 7), clock);
  const needed = { status: 401, error: 'use_dpop_nonce', description: expect.stringContaining('DPoP-Nonce') };
  const withNonce = async (jwt: string, nonce: unknown) => show(jwt, await proofOf(jwt, { claims: { nonce } }));
  beforeEach(() => (identity = make({ nonces }, { dpop_nonces: true })));

  it('needs one of ours, of any gateway, and counts with it', async () => {
    time += 0.25; // as the clock of a machine has it
    const jwt = await token();
    expect(await show(jwt, await proofOf(jwt))).toMatchObject(needed);
    const nonce = identity.nonce?.() ?? '';
    expect(nonce).toMatch(/^[\x21\x23-\x5b\x5d-\x7e]+$/); // RFC 9449, section 8.1
    expect(await withNonce(jwt, nonce)).toMatchObject({ tenant: 'shop' });
    identity = make({ nonces: createNonces(Buffer.alloc(32, 7), clock) }, { dpop_nonces: true });
    expect(await withNonce(jwt, nonce)).toMatchObject({ tenant: 'shop' });
  });

  it.each<[string, (good: string) => unknown]>([
    ['another one', () => 'another'],
    ['one without its MAC', (good) => good.split('.')[0]],
    ['one of another time', (good) => good.replace(/^[^.]+/, (time + 1).toString(36))],
    ['one with more behind it', (good) => `${good}x`],
    ['one in a list', (good) => [good]],
    ['one by another key', () => createNonces(Buffer.alloc(32, 8), clock).next()],
    ['one of long ago', () => createNonces(Buffer.alloc(32, 7), { now: () => time - 300_000 }).next()],
    ['one of the future', () => createNonces(Buffer.alloc(32, 7), { now: () => time + 61_000 }).next()],
    ['none', () => ''],
    ['null', () => null],
  ])('does not count with %s', async (_, nonceOf) => {
    const jwt = await token();
    expect(await withNonce(jwt, nonceOf(nonces.next()))).toMatchObject(needed);
  });

  it('that is bad otherwise is told so, and a good nonce makes it no better', async () => {
    const jwt = await token();
    const claims = { nonce: nonces.next(), htm: 'GET' };
    expect(await show(jwt, await proofOf(jwt, { claims }))).toMatchObject(refused('htm'));
  });

  it('needs one of this gateway where there is no key of all', async () => {
    identity = make({}, { dpop_nonces: true });
    const jwt = await token();
    expect(await withNonce(jwt, nonces.next())).toMatchObject(needed);
    expect(await withNonce(jwt, identity.nonce?.())).toMatchObject({ tenant: 'shop' });
  });
});

it('a development user has no key', async () => {
  identity = make({ users: [{ token: 'dev-ann', tenant: 'shop', subject: 'ann' }] });
  expect(await identity.authenticate('Bearer dev-ann')).toMatchObject({ tenant: 'shop' });
  expect(await show('dev-ann', await proofOf('dev-ann'))).toMatchObject({ status: 401, error: 'invalid_token' });
});
