import {
  admin,
  ANN,
  BEN,
  callTool,
  type CountingUpstream,
  eventually,
  faultsIn,
  launchSallyport,
  makeScratch,
  operatorToken,
  send,
  serve,
  startCountingUpstream,
  startSallyport,
  statefulProgram,
  type User,
} from '@sallyport/testing/harness';

const command = [process.execPath, statefulProgram];
const definitions = 'trust_on_first_use' as const;
/** Of another tenant, by the same name: who it is, is for the token to say. */
const EVE: User = { name: 'ann', tenant: 'brix', roles: ['staff'], token: 'dev-eve-token' };
const users = [ANN, BEN, EVE];

describe('what is kept for callers upstream', () => {
  let counting: CountingUpstream;

  beforeAll(async () => {
    counting = await startCountingUpstream();
  });
  const served = serve(() => {
    const url = { url: counting.url, definitions };
    return makeScratch({
      users,
      config: {
        upstreams: {
          each: { command, definitions, share: 'subject', max_programs: 2, idle: '1s' },
          firm: { command, definitions, share: 'tenant' },
          everybody: { command, definitions, share: 'all' },
          web: url,
          'web-tenant': { ...url, share: 'tenant' },
        },
      },
    });
  });
  afterAll(() => counting.close());

  const call = (user: User, tool: string, args = {}) => callTool(served.sallyport, user.token, [tool, args]);
  const said = async (user: User, tool: string, args = {}) => (await call(user, tool, args)).said;
  const metric = async (name: string, upstream: string) => {
    const { text } = await send(served.sallyport, { method: 'GET', path: '/metrics' });
    return Number(new RegExp(`^${name}{upstream="${upstream}"} (\\d+)$`, 'm').exec(text)?.[1]);
  };

  it('is not to be ended by somebody of another tenant: not a job, not under the same name', async () => {
    const job = call(ANN, 'firm__start', { name: 'long job' });
    await eventually(async () => (await said(BEN, 'firm__running')) === 'long job');
    expect(await said(EVE, 'firm__stop')).toBe('nothing runs');
    expect(await said(BEN, 'firm__stop')).toBe('stopped long job');
    expect((await job).said).toBe('long job was stopped');
  });

  it('is one subject’s in a program of its own, and kept between its calls', async () => {
    expect([await said(ANN, 'each__count'), await said(ANN, 'each__count'), await said(EVE, 'each__count')]).toEqual([
      '1',
      '2',
      '1',
    ]);
  });

  it('is shared by all where the operator says so', async () => {
    expect([await said(ANN, 'everybody__count'), await said(EVE, 'everybody__count')]).toEqual(['1', '2']);
  });

  it('is bounded: who finds every program in use is told so, and which setting says how many', async () => {
    const jobs = [call(ANN, 'each__start', { name: 'a' }), call(EVE, 'each__start', { name: 'e' })];
    await eventually(async () => (await metric('sallyport_upstream_programs', 'each')) === 3);
    await eventually(async () => (await call(BEN, 'each__pid')).meta?.reason === 'upstream_full');
    const { said: text } = await call(BEN, 'each__pid');
    expect(text).toContain('was not run');
    expect(text).toContain('max_programs');
    expect([await said(ANN, 'each__stop'), await said(EVE, 'each__stop')]).toEqual(['stopped a', 'stopped e']);
    expect((await Promise.all(jobs)).map((job) => job.said)).toEqual(['a was stopped', 'e was stopped']);
    expect(await said(BEN, 'each__count')).toBe('1');
  });

  it('fails for nobody else when one program ends', async () => {
    const pid = await said(EVE, 'firm__pid');
    expect((await call(ANN, 'firm__crash')).meta?.reason).toBe('outcome_unknown');
    expect(await said(EVE, 'firm__pid')).toBe(pid);
  });

  it('ends when it is idle', async () => {
    await said(ANN, 'each__count');
    await eventually(async () => (await metric('sallyport_upstream_programs', 'each')) === 1);
    expect(await said(ANN, 'each__count')).toBe('1');
  });

  it('is a session of its own at a URL, by subject or by tenant; lists use none of them', async () => {
    const answers = [];
    for (const user of [ANN, ANN, BEN, EVE]) answers.push(await said(user, 'web__count'));
    expect(answers.map((text) => text.split(' in ')[0])).toEqual(['1', '2', '1', '1']);
    const sessions = new Set(answers.map((text) => text.split(' in ')[1] ?? ''));
    expect(sessions.size).toBe(3);
    expect((await said(BEN, 'web-tenant__count')).startsWith('1 in')).toBe(true);
    expect((await said(ANN, 'web-tenant__count')).startsWith('2 in')).toBe(true);
    expect((await said(EVE, 'web-tenant__count')).startsWith('1 in')).toBe(true);
    for (const session of sessions) expect(counting.listed).not.toContain(session);
    await eventually(async () => (await metric('sallyport_upstream_sessions', 'web')) === 3);
  });

  it('ends with its tenant, and nobody else’s', async () => {
    const [, session = ''] = (await said(EVE, 'web__count')).split(' in ');
    const before = await said(ANN, 'firm__count');
    expect(
      (await admin(served.sallyport, operatorToken(served.scratch.data), ['POST', '/tenants'], { id: 'brix' })).status,
    ).toBeLessThan(300);
    await admin(served.sallyport, operatorToken(served.scratch.data), ['PATCH', '/tenants/brix'], {
      state: 'suspended',
    });
    await eventually(async () => counting.ended.includes(session));
    await eventually(async () => (await metric('sallyport_upstream_programs', 'firm')) === 2);
    expect(Number(await said(ANN, 'firm__count'))).toBe(Number(before) + 1);
  });

  it('ends with Sallyport, within its time', async () => {
    await said(ANN, 'each__pid');
    const pid = Number(await said(ANN, 'firm__pid'));
    const { code, ms } = await served.sallyport.stop();
    expect(code).toBe(0);
    expect(ms).toBeLessThan(10_000);
    expect(() => process.kill(pid, 0)).toThrow();
    expect(faultsIn(served.scratch.data)).toEqual([]);
  });
});

describe('a program whose configuration does not say who shares it', () => {
  it('keeps an instance of several tenants from starting, and the error says what to write', async () => {
    const scratch = makeScratch({ users, config: { upstreams: { up: { command, definitions } } } });
    const launched = launchSallyport(scratch);
    const { code } = await launched.ended;
    expect(code).not.toBe(0);
    expect(launched.log()).toContain('upstreams.up: tenants acme, brix would share this program');
    expect(launched.log()).toContain('share: subject');
    scratch.remove();
  });

  it('keeps a second tenant from being onboarded, until the configuration says who', async () => {
    const config = { upstreams: { up: { command, definitions } } };
    const scratch = makeScratch({ config });
    const sallyport = await startSallyport(scratch);
    const onboard = () => admin(sallyport, operatorToken(scratch.data), ['POST', '/tenants'], { id: 'brix' });
    const refused = await onboard();
    expect([refused.status, JSON.stringify(refused.body)]).toEqual([422, expect.stringContaining('share: subject')]);
    scratch.configure({ upstreams: { up: { command, definitions, share: 'all' } } });
    expect((await admin(sallyport, operatorToken(scratch.data), ['POST', '/reload'])).status).toBe(200);
    expect((await onboard()).status).toBeLessThan(300);
    await sallyport.stop();
    scratch.remove();
  });

  it('has no effect without a word: bounds of programs where there is only one are an error', async () => {
    const scratch = makeScratch({ config: { upstreams: { up: { command, max_programs: 3 } } } });
    const launched = launchSallyport(scratch);
    await launched.ended;
    expect(launched.log()).toContain('upstreams.up.max_programs: all share one program');
    scratch.remove();
  });
});
