import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { configSchema, type TenantIssuer, tenantIssuer, type TenantRegister } from '@sallyport/contracts';
import { createIdentity } from './index.ts';

const clock = { now: () => Date.now(), monotonic: () => performance.now() };
const audience = 'https://mcp.example';
const { privateKey, publicKey } = await generateKeyPair('ES256');
const jwk = { ...(await exportJWK(publicKey)), kid: 'k', alg: 'ES256' };

/** Answers for every issuer with the same key, and remembers what was asked for. */
function network(jwksOf = (origin: string) => `${origin}/jwks`) {
  const asked: string[] = [];
  const fetch = (input: string | URL | Request) => {
    const url = new URL(input instanceof Request ? input.url : input);
    asked.push(url.href);
    const { origin, pathname } = url;
    return Promise.resolve(
      Response.json(pathname === '/jwks' ? { keys: [jwk] } : { issuer: origin, jwks_uri: jwksOf(origin) }),
    );
  };
  return { asked, fetch: fetch as typeof globalThis.fetch };
}

/** A register that a test changes. */
function registerOf() {
  const owners = new Map<string, { tenant: string; config: TenantIssuer }>();
  const onboarded = new Set<string>();
  const register = {
    version: 0,
    has: (tenant: string) => onboarded.has(tenant),
    issuersOf: (tenant: string) =>
      [...owners.values()].filter((owner) => owner.tenant === tenant).map(({ config }) => config),
    ownerOf: (issuer: string) => owners.get(issuer),
  } satisfies TenantRegister;
  return {
    register,
    onboard(tenant: string, ...issuers: string[]) {
      onboarded.add(tenant);
      for (const [issuer, owner] of owners) if (owner.tenant === tenant) owners.delete(issuer);
      for (const issuer of issuers) owners.set(issuer, { tenant, config: tenantIssuer.parse({ issuer, audience }) });
      register.version += 1;
    },
  };
}

const shared = 'https://shared.example';
const bound = 'https://bound.example';
const { identity: config } = configSchema.parse({
  upstreams: {},
  identity: {
    issuers: [
      { issuer: shared, audience, tenant: { claim: 'org' } },
      { issuer: bound, audience, tenant: { fixed: 'acme' } },
    ],
  },
});

function fixture(admit: 'any' | 'onboarded' = 'any', { fetch, asked } = network()) {
  const { register, onboard } = registerOf();
  const identity = createIdentity({ config, listen: '127.0.0.1:1', clock, fetch, register, tenants: { admit } });
  const ask = async (iss: string, org: string) => {
    const claims = new SignJWT({ iss, org, aud: audience, sub: 'ann', exp: Math.floor(Date.now() / 1000) + 300 });
    const token = await claims.setProtectedHeader({ alg: 'ES256', kid: 'k' }).sign(privateKey);
    return { token: `Bearer ${token}`, answer: await identity.authenticate(`Bearer ${token}`) };
  };
  return { identity, onboard, ask, asked };
}

const own = 'https://login.acme.example';

describe('issuers of onboarded tenants', () => {
  test('are unknown before, and known at once', async () => {
    const { ask, onboard } = fixture();
    expect((await ask(own, 'acme')).answer).toMatchObject({ status: 401 });
    onboard('acme', own);
    expect((await ask(own, 'acme')).answer).toMatchObject({ tenant: 'acme', subject: { issuer: own } });
  });

  test('speak for their tenant alone, whatever their tokens claim', async () => {
    const { ask, onboard } = fixture();
    onboard('acme', own);
    expect((await ask(own, 'brix')).answer).toMatchObject({ tenant: 'acme' });
  });

  test('are the only ones to speak for it, but for those that are bound to it', async () => {
    const { ask, onboard } = fixture();
    expect((await ask(shared, 'acme')).answer).toMatchObject({ tenant: 'acme' });
    onboard('acme', own);
    expect((await ask(shared, 'acme')).answer).toMatchObject({ status: 401 });
    expect((await ask(shared, 'brix')).answer).toMatchObject({ tenant: 'brix' });
    expect((await ask(bound, 'brix')).answer).toMatchObject({ tenant: 'acme' });
  });

  test('that the configuration names too are believed by nobody', async () => {
    const { ask, onboard } = fixture();
    onboard('acme', shared);
    for (const org of ['acme', 'brix']) expect((await ask(shared, org)).answer).toMatchObject({ status: 401 });
  });

  test('that were taken away count no more, though the token was remembered', async () => {
    const { identity, ask, onboard } = fixture();
    onboard('acme', own);
    const { token } = await ask(own, 'acme');
    onboard('acme');
    expect(await identity.authenticate(token)).toMatchObject({ status: 401 });
    onboard('brix', own);
    expect(await identity.authenticate(token)).toMatchObject({ tenant: 'brix' });
  });

  test('that were taken away while a token was verified are not remembered', async () => {
    const { fetch } = network();
    const [asked, answered] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const slow: typeof fetch = async (input) => {
      asked.resolve();
      await answered.promise;
      return fetch(input);
    };
    const { identity, ask, onboard } = fixture('any', { fetch: slow, asked: [] });
    onboard('acme', own);
    const asking = ask(own, 'acme');
    await asked.promise;
    onboard('acme');
    expect(await identity.authenticate('Bearer x')).toMatchObject({ status: 401 });
    answered.resolve();
    const { token } = await asking;
    expect(await identity.authenticate(token)).toMatchObject({ status: 401 });
  });

  test('that send us elsewhere by http are not followed', async () => {
    const inside = network(() => 'http://169.254.169.254/jwks');
    const { ask, onboard } = fixture('any', inside);
    onboard('acme', own);
    expect((await ask(own, 'acme')).answer).toMatchObject({ status: 503 });
    expect(inside.asked.filter((url) => url.startsWith('http:'))).toEqual([]);
  });
});

describe('admission', () => {
  test('of onboarded tenants alone refuses all others with 403', async () => {
    const { identity, ask, onboard } = fixture('onboarded');
    const { token, answer } = await ask(shared, 'brix');
    expect(answer).toMatchObject({ status: 403, error: 'tenant_unknown' });
    onboard('brix');
    expect(await identity.authenticate(token)).toMatchObject({ tenant: 'brix' });
    expect((await ask(shared, 'constructor')).answer).toMatchObject({ status: 403 });
  });
});
