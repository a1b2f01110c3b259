import { configSchema, type TenantIssuer, tenantIssuer } from '@sallyport/contracts';
import { createIdentity } from './index.ts';

const audience = 'https://mcp.example/mcp';
const acme = 'https://login.acme.example';
const brix = 'https://login.brix.example';
const shared = 'https://shared.example';
const invalid = { status: 401, error: 'invalid_token' };

describe('tokens of tenants’ issuers that say nothing by themselves', () => {
  let asked: { readonly at: string; readonly who: string; readonly token: string }[];
  let answer: (token: string, origin: string) => Response;
  let time: number;

  beforeEach(() => {
    [asked, time] = [[], Date.now()];
    answer = (_, origin) =>
      Response.json({ active: true, iss: origin, aud: audience, sub: 'ann', exp: Math.floor(time / 1000) + 300 });
  });

  const fetch = async (input: string | URL | Request, init?: RequestInit) => {
    const { origin, pathname } = new URL(String(input));
    if (pathname !== '/introspect')
      return Response.json({ issuer: origin, introspection_endpoint: `${origin}/introspect` });
    const token = new URLSearchParams(String(init?.body)).get('token') ?? '';
    const basic = new Headers(init?.headers).get('authorization')?.replace('Basic ', '') ?? '';
    asked.push({ at: origin, who: decodeURIComponent(Buffer.from(basic, 'base64').toString()), token });
    return answer(token, origin);
  };

  function fixture(...introspected: string[]) {
    const owners = new Map<string, { tenant: string; config: TenantIssuer }>();
    const introspection = introspected.map((issuer) => ({ issuer, client_id: 'us', client_secret: { env: 'X' } }));
    const own = {
      issuer: shared,
      audience,
      tenant: { claim: 'org' },
      introspection: { client_id: 'us', client_secret: { env: 'X' } },
    };
    const { identity: config, tenants } = configSchema.parse({
      upstreams: {},
      identity: { issuers: [own] },
      tenants: { introspection },
    });
    const register = {
      version: 0,
      has: () => true,
      issuersOf: (tenant: string) =>
        [...owners.values()].filter((owner) => owner.tenant === tenant).map((owner) => owner.config),
      ownerOf: (issuer: string) => owners.get(issuer),
    };
    const clientSecrets = new Map([...introspected, shared].map((issuer) => [issuer, `of-${new URL(issuer).host}`]));
    const clock = { now: () => time, monotonic: () => time };
    const identity = createIdentity({
      ...{ config, tenants, register, clientSecrets, clock, listen: '0.0.0.0:1' },
      fetch: fetch as typeof globalThis.fetch,
      timing: { retryMs: 0 },
    });
    const at = (tenant: string | null, token = 'opaque') => {
      const url = tenant === null ? audience : `${audience}/t/${tenant}`;
      const shown = { method: 'POST', url, proof: undefined, tenant };
      return identity.authenticate(`Bearer ${token}`, tenant === null ? undefined : url, shown);
    };
    const onboard = (tenant: string, ...issuers: string[]) => {
      for (const [issuer, owner] of owners) if (owner.tenant === tenant) owners.delete(issuer);
      for (const issuer of issuers)
        owners.set(issuer, { tenant, config: tenantIssuer.parse({ issuer, audience, owns: true }) });
      register.version += 1;
    };
    return { at, onboard, identity };
  }

  it('are shown to the issuer of the tenant at whose endpoint they are, with its secret, and to no other', async () => {
    const { at, onboard } = fixture(acme, brix);
    onboard('acme', acme);
    onboard('brix', brix);
    expect(await at('acme')).toMatchObject({ tenant: 'acme', subject: { id: 'ann', issuer: acme } });
    expect(await at('brix')).toMatchObject({ tenant: 'brix', subject: { issuer: brix } });
    expect(asked).toEqual([
      { at: acme, who: 'us:of-login.acme.example', token: 'opaque' },
      { at: brix, who: 'us:of-login.brix.example', token: 'opaque' },
    ]);
  });

  it('are of that tenant, whatever the issuer says of them', async () => {
    const { at, onboard } = fixture(acme);
    onboard('acme', acme);
    const exp = Math.floor(time / 1000) + 300;
    answer = () => Response.json({ active: true, aud: audience, sub: 'ann', exp, org: 'brix', tenant: 'brix' });
    expect(await at('acme')).toMatchObject({ tenant: 'acme' });
    answer = () => Response.json({ active: true, iss: brix, aud: audience, sub: 'ann', exp });
    expect(await at('acme', 'other')).toMatchObject(invalid);
  });

  it('are shown to the issuer of the configuration at the endpoints of all, and of tenants without one', async () => {
    const { at, onboard, identity } = fixture(acme);
    onboard('acme', acme);
    await at(null);
    await at('plain');
    await identity.authenticate('Bearer opaque-2');
    expect(asked.map((each) => each.at)).toEqual([shared, shared]);
  });

  it('are shown to nobody where the tenant has two that could be asked', async () => {
    const { at, onboard } = fixture(acme, brix);
    onboard('acme', acme, brix);
    expect(await at('acme')).toMatchObject({
      ...invalid,
      description: expect.stringContaining('tenants.introspection'),
    });
    expect(asked).toEqual([]);
  });

  it('count no more once their issuer is taken away, and are shown to it no more', async () => {
    const { at, onboard } = fixture(acme);
    onboard('acme', acme);
    expect(await at('acme')).toMatchObject({ tenant: 'acme' });
    onboard('acme');
    asked = [];
    expect(await at('acme')).toMatchObject(invalid);
    expect(asked.map((each) => each.at)).toEqual([shared]);
    onboard('brix', acme);
    expect(await at('acme')).toMatchObject(invalid);
    expect(await at('brix')).toMatchObject({ tenant: 'brix' });
  });

  it('that can’t be asked about are refused for now, and counted for nothing', async () => {
    const { at, onboard } = fixture(acme);
    onboard('acme', acme);
    answer = () => new Response('', { status: 500 });
    expect(await at('acme')).toMatchObject({ status: 503, error: 'temporarily_unavailable' });
    time += 1;
    answer = () => Response.json({ active: false });
    expect(await at('acme')).toMatchObject(invalid);
  });

  it('are kept no longer than half a minute and their `exp`', async () => {
    const { at, onboard } = fixture(acme);
    onboard('acme', acme);
    await at('acme');
    time += 29_999;
    await at('acme');
    expect(asked).toHaveLength(1);
    time += 1;
    await at('acme');
    expect(asked).toHaveLength(2);
  });
});

describe('tenants.introspection', () => {
  const one = { issuer: acme, client_id: 'us', client_secret: { file: 'secret' } };
  const faults = (introspection: object[], issuers: object[] = []) =>
    configSchema
      .safeParse({ upstreams: {}, identity: { issuers }, tenants: { introspection } })
      .error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? [];

  it.each<[string, object[], string]>([
    ['an issuer twice', [one, one], 'twice'],
    ['an endpoint in the clear', [{ ...one, endpoint: 'http://login.acme.example/i' }], 'endpoint: it is sent tokens'],
    ['a secret in the clear', [{ ...one, client_secret: 'plain' }], 'client_secret'],
  ])('refuses %s', (_, introspection, why) => expect(faults(introspection)).toEqual([expect.stringContaining(why)]));

  it('refuses an issuer that the configuration has, and says where it goes', () => {
    expect(faults([one])).toEqual([]);
    expect(faults([one], [{ issuer: acme, audience, tenant: { fixed: 'a' } }])).toEqual([
      expect.stringContaining('identity.issuers'),
    ]);
  });
});
