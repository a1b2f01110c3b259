import { createHash, randomUUID } from 'node:crypto';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { customFetch, DPoP, isDPoPNonceError, protectedResourceRequest } from 'oauth4webapi';
import {
  callTool,
  type Issuer,
  modernHeaders,
  modernMeta,
  send,
  serveScripted,
  startIssuer,
  trusted,
} from '@sallyport/testing/harness';

const AUDIENCE = 'https://tools.example/mcp';
const { privateKey, publicKey } = await generateKeyPair('ES256');
const jwk = await exportJWK(publicKey);
const jkt = await calculateJwkThumbprint(jwk);

/** Sallyport that takes tokens of one issuer, for the tests of this block. */
function serveIssuer(more: { readonly dpop_nonces?: boolean } = {}) {
  const started = { issuer: {} as Issuer };
  beforeAll(async () => void (started.issuer = await startIssuer(AUDIENCE)));
  const served = serveScripted({
    config: (url) => ({
      ...trusted(url),
      public_url: AUDIENCE,
      allowed_origins: ['https://app.example'],
      identity: { ...more, issuers: [{ issuer: started.issuer.url, audience: AUDIENCE, tenant: { claim: 'org' } }] },
    }),
  });
  afterAll(() => started.issuer.close());
  return { served, token: (claims?: Record<string, unknown>) => started.issuer.token(claims) };
}

describe('tokens that are bound to a key', () => {
  const { served, token: tokenOf } = serveIssuer();

  const bound = () => tokenOf({ cnf: { jkt }, jti: randomUUID() });
  const proofOf = (token: string, claims: Record<string, unknown> = {}) =>
    new SignJWT({ htm: 'POST', htu: AUDIENCE, jti: randomUUID(), ath: hash(token), ...claims })
      .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk })
      .setIssuedAt()
      .sign(privateKey);
  const hash = (text: string) => createHash('sha256').update(text).digest('base64url');
  const call = (token: string, headers: Record<string, string>, path = '/mcp') =>
    callTool(served.sallyport, token, [path === '/mcp' ? 'up__run' : 'run', {}], {
      path,
      headers: { authorization: `DPoP ${token}`, ...headers },
    });
  const knock = async (headers: Record<string, string>, path = '/mcp') => {
    const { status, headers: answer, text } = await send(served.sallyport, { headers, path, method: 'GET' });
    return { status, text, challenge: String(answer['www-authenticate']) };
  };

  it('open nothing without a proof, and the challenge says what is needed', async () => {
    const token = await bound();
    const stolen = await knock({ authorization: `Bearer ${token}`, dpop: await proofOf(token, { htm: 'GET' }) });
    expect(stolen).toMatchObject({ status: 401, text: expect.stringContaining('bound to a key') });
    expect(stolen.challenge).toMatch(/^Bearer resource_metadata=".*error="invalid_token".*, DPoP algs="ES256 /);
    const none = await knock({ authorization: `DPoP ${token}` });
    expect(none.challenge).toMatch(/^Bearer resource_metadata="[^,]*", DPoP algs="ES256 .*error="invalid_dpop_proof"/);
    const metadata = await fetch(`${served.sallyport.url}/.well-known/oauth-protected-resource/mcp`);
    expect(await metadata.json()).toMatchObject({
      dpop_signing_alg_values_supported: expect.arrayContaining(['ES256', 'EdDSA']),
    });
  });

  it('open what a proof is for, once', async () => {
    const token = await bound();
    const dpop = await proofOf(token);
    expect((await call(token, { dpop })).meta?.decision).toBe('allow');
    expect((await call(token, { dpop })).status).toBe(401);
    expect((await call(token, { authorization: `Bearer ${token}`, dpop })).status).toBe(401);
    expect((await call(token, {})).status).toBe(401);
    expect((await call(token, { dpop: await proofOf(token) })).meta?.decision).toBe('allow');
  });

  it('open no other endpoint and method than the proof is for', async () => {
    const token = await bound();
    const there = { htu: `${AUDIENCE}/up` };
    expect((await call(token, { dpop: await proofOf(token) }, '/mcp/up')).status).toBe(401);
    expect((await call(token, { dpop: await proofOf(token, there) })).status).toBe(401);
    expect((await call(token, { dpop: await proofOf(token, { htm: 'DELETE' }) })).status).toBe(401);
    expect((await call(token, { dpop: await proofOf(token, { htu: `${served.sallyport.url}/mcp` }) })).status).toBe(
      401,
    );
    expect((await call(token, { dpop: await proofOf(token, there) }, '/mcp/up')).meta?.decision).toBe('allow');
  });

  it('are not taken by the admin API, which says so', async () => {
    const token = await bound();
    const dpop = await proofOf(token, { htm: 'GET', htu: 'https://tools.example/admin/v1/approvals' });
    const asked = await knock({ authorization: `DPoP ${token}`, dpop }, '/admin/v1/approvals');
    expect(asked).toMatchObject({ status: 401, text: expect.stringContaining('taken at /mcp alone') });
    expect((await knock({ authorization: `Bearer ${token}` }, '/admin/v1/approvals')).status).toBe(401);
    const free = await tokenOf();
    expect((await knock({ authorization: `Bearer ${free}` }, '/admin/v1/approvals')).status).toBe(200);
  });

  it('stay here, and so do proofs', async () => {
    const token = await bound();
    const dpop = await proofOf(token);
    expect((await call(token, { dpop })).meta?.decision).toBe('allow');
    const told = served.upstream.heard.join('\n') + served.sallyport.log();
    for (const part of [...token.split('.').slice(1), ...dpop.split('.')]) expect(told).not.toContain(part);
  });
});

describe('tokens that are bound to a key, where proofs need a nonce', () => {
  const { served, token: tokenOf } = serveIssuer({ dpop_nonces: true });

  it('are accepted from a client that the answer gave one (oauth4webapi)', async () => {
    const handle = DPoP({}, { privateKey, publicKey });
    const token = await tokenOf({ cnf: { jkt }, jti: randomUUID() });
    const ask = async () => {
      const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list', params: { _meta: modernMeta() } });
      const headers = new Headers(modernHeaders('', 'tools/list'));
      headers.delete('authorization');
      return protectedResourceRequest(token, 'POST', new URL(AUDIENCE), headers, body, {
        DPoP: handle,
        [customFetch]: (_, { headers: sent, method, body: text }) =>
          fetch(`${served.sallyport.url}/mcp`, { headers: sent, method, body: text as string }),
      });
    };
    const refusal = await ask().catch((error: unknown) => error);
    expect(isDPoPNonceError(refusal)).toBe(true);
    expect((await ask()).status).toBe(200);
    expect((await ask()).status).toBe(200);
  });

  it('are told one that pages of another origin can read, and bearer tokens none', async () => {
    const knock = async (authorization: string) =>
      (await send(served.sallyport, { method: 'GET', headers: { authorization, origin: 'https://app.example' } }))
        .headers;
    const told = await knock('DPoP abc');
    expect(told['dpop-nonce']).toMatch(/^[\w.-]+$/);
    expect(told['access-control-expose-headers']).toContain('dpop-nonce');
    expect(await knock('Bearer abc')).not.toHaveProperty('dpop-nonce');
  });
});
