import {
  admin,
  ANN,
  anyTool,
  callTool,
  decisionOn,
  eventually,
  faultsIn,
  type Issuer,
  legacySession,
  modernHeaders,
  modernMeta,
  operatorToken,
  recordedOf,
  runCli,
  send,
  serveScripted,
  startIssuer,
  storyOf,
  textResult,
  trusted,
} from '@sallyport/testing/harness';

const AUDIENCE = 'http://127.0.0.1:8787/mcp';

/** An instance whose shared issuer takes the tenant from a claim, and which admits onboarded tenants alone. */
describe('tenants that are onboarded at run time', () => {
  let shared: Issuer;
  let own: Issuer;
  let operator: string;

  beforeAll(async () => {
    [shared, own] = await Promise.all([startIssuer(AUDIENCE), startIssuer(AUDIENCE)]);
  });
  const served = serveScripted({
    tools: ['run', 'other', 'slow'].map((name) => anyTool(name)),
    users: [ANN],
    config: (url) => ({
      ...trusted(url),
      identity: { issuers: [{ issuer: shared.url, audience: AUDIENCE, tenant: { claim: 'org' } }] },
      tenants: { admit: 'onboarded', private_issuers: [own.url] },
    }),
  });
  beforeAll(async () => {
    operator = operatorToken(served.scratch.data);
  });
  afterAll(() => Promise.all([shared.close(), own.close()]));

  const act = (method: string, path: string, body?: object) => admin(served.sallyport, operator, [method, path], body);
  const cli = (...args: string[]) =>
    runCli([...args, '--url', served.sallyport.url, '--json'], { cwd: served.scratch.directory, token: operator });
  const call = async (token: string, tool = 'run') => {
    const { meta } = await callTool(served.sallyport, token, [`up__${tool}`, {}]);
    return { id: meta?.id ?? '', short: meta?.decision === 'allow' ? 'allow' : (meta?.reason ?? 'none') };
  };
  const knock = async (token: string) => {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list', params: { _meta: modernMeta() } });
    const { status, text } = await send(served.sallyport, { headers: modernHeaders(token, 'tools/list'), body });
    return [status, (JSON.parse(text) as { error?: unknown }).error] as const;
  };
  /** Waits no longer than the second within which an act has to count. */
  const soon = async (token: string, expected: string, tool = 'run') =>
    eventually(async () => {
      const answer = await call(token, tool);
      return answer.short === expected ? answer : null;
    }, 1_000);

  it('refuses a good token of a tenant that is not onboarded', async () => {
    expect(await knock(await shared.token({ org: 'nobody' }))).toEqual([403, 'tenant_unknown']);
    expect(await knock(await own.token({ org: 'acme' }))).toEqual([401, 'invalid_token']);
  });

  it('says on the log why a tenant of a good token is none', async () => {
    const from = served.sallyport.log().length;
    for (const org of ['Acme', 'acme_1', '_system', '', ['acme'], 'acme\u0000'])
      expect(await knock(await shared.token({ org }))).toEqual([401, 'invalid_token']);
    await served.sallyport.logged('token_unfit', from);
    expect(served.sallyport.log().slice(from)).toContain('lower-case letters, digits and dashes');
    expect(served.sallyport.log().slice(from).split('token_unfit').length - 1).toBeLessThanOrEqual(2);
  });

  it('asks no private address that the operator does not name', async () => {
    const other = await startIssuer(AUDIENCE);
    const issuers = [{ issuer: other.url, audience: AUDIENCE }];
    const { status, body } = await act('POST', '/tenants', { id: 'inner', issuers });
    expect([status, String(body['message'])]).toEqual([422, expect.stringContaining('tenants.private_issuers')]);
    expect(other.asked()).toBe(0);
    await other.close();
  });

  it('takes up a tenant with an issuer of its own, without a restart', async () => {
    const args = ['--issuer', own.url, '--audience', AUDIENCE, '--reason', 'contract_signed'];
    const { code, stdout, stderr } = await cli('tenants', 'onboard', 'acme', ...args);
    expect([code, stderr]).toEqual([0, '']);
    expect(JSON.parse(stdout)).toMatchObject({ id: 'acme', state: 'active' });
    const { id, short } = await call(await own.token({ org: 'acme' }));
    expect(short).toBe('allow');
    expect(decisionOn(served.scratch.data, id).subject).toMatchObject({ issuer: own.url });
    expect(recordedOf(served.scratch.data, 'tenant.onboarded').map(({ tenant, data }) => [tenant, data.id])).toEqual([
      ['_system', 'acme'],
    ]);
  });

  it('takes a token of that issuer for its tenant alone, whatever it claims', async () => {
    await act('POST', '/tenants', { id: 'brix' });
    const { id } = await call(await own.token({ org: 'brix' }));
    expect(decisionOn(served.scratch.data, id).tenant).toBe('acme');
    expect(recordedOf(served.scratch.data, 'call.decided').filter(({ tenant }) => tenant === 'brix')).toEqual([]);
  });

  it('refuses a token of another issuer that claims that tenant, and takes it for a tenant without issuers', async () => {
    expect(await knock(await shared.token({ org: 'acme' }))).toEqual([401, 'invalid_token']);
    expect((await call(await shared.token({ org: 'brix' }))).short).toBe('allow');
  });

  it('gives no issuer to a second tenant, nor one that the configuration shares', async () => {
    for (const issuer of [own.url, shared.url]) {
      const { status, body } = await act('POST', '/tenants', { id: 'x', issuers: [{ issuer, audience: AUDIENCE }] });
      expect([status, body['error']]).toEqual([409, 'issuer_taken']);
    }
    expect((await act('POST', '/tenants', { id: 'acme' })).status).toBe(409);
    expect((await cli('tenants', 'onboard', 'acme')).code).toBe(1);
  });

  it('switches a tenant off and on within a second', async () => {
    const acme = await own.token();
    const brix = await shared.token({ org: 'brix' });
    expect((await cli('tenants', 'suspend', 'acme', '--reason', 'unpaid')).code).toBe(0);
    const { id } = await soon(acme, 'tenant_suspended');
    expect(storyOf(served.scratch.data, id)).toEqual(['deny', 'tenant_suspended']);
    expect((await call(brix)).short).toBe('allow');
    await act('PATCH', '/tenants/acme', { state: 'active' });
    await soon(acme, 'allow');
  });

  it('switches a tool off and on, for one tenant or for all', async () => {
    const acme = await own.token();
    const brix = await shared.token({ org: 'brix' });
    const ran = () => served.upstream.calls.filter(({ tool }) => tool === 'other').length;
    await act('PUT', '/switches/tool/up%2Fother?of=brix&reason=incident_7');
    const { id } = await soon(brix, 'tool_switched_off', 'other');
    const verdict = decisionOn(served.scratch.data, id).verdicts.find(({ guard }) => guard === 'kill-switch');
    expect(verdict).toMatchObject({ effect: 'deny', rules: ['tool/up/other'] });
    expect([(await call(acme, 'other')).short, (await call(brix)).short]).toEqual(['allow', 'allow']);
    const before = ran();
    expect((await cli('switch', 'off', 'tool', 'up/*')).code).toBe(0);
    await soon(acme, 'tool_switched_off', 'other');
    expect(ran()).toBe(before);
    await cli('switch', 'on', 'tool', 'up/*');
    await act('DELETE', '/switches/tool/up%2Fother?of=brix');
    await soon(brix, 'allow', 'other');
  });

  it('switches an agent off and on', async () => {
    const claude = await own.token({ client_id: 'claude' });
    const cursor = await own.token({ client_id: 'cursor' });
    await act('PUT', '/switches/agent/claude?reason=incident_8');
    await soon(claude, 'agent_switched_off');
    expect((await call(cursor)).short).toBe('allow');
    await act('DELETE', '/switches/agent/claude');
    await soon(claude, 'allow');
  });

  it('has every act on record, with actor and reason', () => {
    const switched = ['switch.thrown', 'switch.cleared'] as const;
    const story = switched.flatMap((type) =>
      recordedOf(served.scratch.data, type).map(({ data }) =>
        [type, data.what, data.name, data.of, data.reason].join(' '),
      ),
    );
    expect(story).toEqual([
      'switch.thrown tenant acme  unpaid',
      'switch.thrown tool up/other brix incident_7',
      'switch.thrown tool up/*  ',
      'switch.thrown agent claude  incident_8',
      'switch.cleared tenant acme  ',
      'switch.cleared tool up/*  ',
      'switch.cleared tool up/other brix ',
      'switch.cleared agent claude  ',
    ]);
    const acts = recordedOf(served.scratch.data, 'admin.acted').map(({ tenant, data }) => [
      tenant,
      data.act,
      data.allowed,
    ]);
    expect(acts.every(([tenant]) => tenant === '_system')).toBe(true);
    expect(acts).toEqual(expect.arrayContaining([['_system', 'tenant.onboard', false]]));
  });

  it('holds a tenant to its quotas, which stand in the verdict', async () => {
    const acme = await own.token();
    await act('PATCH', '/tenants/acme', { quotas: { calls: '3/h', concurrent: 2 } });
    const first = await call(acme);
    expect(first.short).toBe('allow');
    const limits = decisionOn(served.scratch.data, first.id).verdicts.find(({ guard }) => guard === 'limits')?.limits;
    expect(limits?.map(({ id }) => id)).toEqual(['tenant-quota/calls', 'tenant-quota/concurrent']);
    const rest = [await call(acme), await call(acme), await call(acme)];
    expect(rest.map(({ short }) => short)).toEqual(['allow', 'allow', 'limit_exceeded']);
    expect((await call(await shared.token({ org: 'brix' }))).short).toBe('allow');
  });

  it('holds a tenant to its calls at once', async () => {
    const acme = await own.token();
    await act('PATCH', '/tenants/acme', { quotas: { concurrent: 1 } });
    const endpoints: (() => void)[] = [];
    served.upstream.behaviour = () => new Promise((resolve) => endpoints.push(() => resolve(textResult('done'))));
    const running = call(acme, 'slow');
    await eventually(() => endpoints.length === 1);
    expect((await call(acme, 'slow')).short).toBe('too_many_in_flight');
    endpoints.forEach((open) => open());
    expect((await running).short).toBe('allow');
    served.upstream.behaviour = () => textResult('done');
  });

  it('proves in its self-check that switches and quotas fire', async () => {
    const { body } = await act('POST', '/check');
    const fires = new Map(
      (body['findings'] as { about: string; fires: boolean }[]).map((one) => [one.about, one.fires]),
    );
    for (const about of ['kill-switch/tenant', 'kill-switch/tool', 'kill-switch/agent', 'limits/tenant-quota/calls'])
      expect([about, fires.get(about)]).toEqual([about, true]);
  });

  it('remembers all of it over a restart', async () => {
    await act('PUT', '/switches/tenant/acme');
    await served.restart();
    expect((await call(await own.token())).short).toBe('tenant_suspended');
    expect(await knock(await shared.token({ org: 'acme' }))).toEqual([401, 'invalid_token']);
    await act('DELETE', '/switches/tenant/acme');
    expect((await call(await own.token())).short).toBe('allow');
  });

  it('keeps a session to the issuer’s tenant of the moment', async () => {
    const { headers } = await legacySession(served.sallyport, await own.token());
    await act('PATCH', '/tenants/acme', { issuers: [] });
    await act('PATCH', '/tenants/brix', { issuers: [{ issuer: own.url, audience: AUDIENCE }] });
    const list = JSON.stringify({ jsonrpc: '2.0', id: 2, method: 'tools/list', params: {} });
    expect((await send(served.sallyport, { headers, body: list })).status).toBe(404);
  });

  it('serves the document of its admin API to anyone who has a token', async () => {
    expect((await admin(served.sallyport, 'nonsense', ['GET', '/openapi.json'])).status).toBe(401);
    const { status, body } = await act('GET', '/openapi.json');
    expect([status, Object.keys(body['paths'] as object).includes('/admin/v1/tenants')]).toEqual([200, true]);
  });

  it('leaves a sound record without names of people', () => {
    expect(faultsIn(served.scratch.data, ['carla', 'eyJhbGciOi'])).toEqual([]);
  });
});
