import { jest } from '@jest/globals';
import {
  incidents,
  metricOf,
  openSetup,
  programOf,
  type Servers,
  type Service,
  type Setup,
  startServers,
} from '@sallyport/cluster';
import {
  admin,
  ANN,
  anyTool,
  BEN,
  callTool,
  eventually,
  OPEN,
  startScriptedUpstream,
} from '@sallyport/testing/harness';

jest.setTimeout(240_000);

const minute = 60_000;
const ASK = `${OPEN}@id("ask") @confirm("1 of finance") @ask("Really?")
forbid (principal, action == Action::"up/held", resource);
`;
/** Every second program is a minute ahead, the others are a minute behind; nobody is right. */
const clocks: Readonly<Record<Service, number>> = {
  gateway: -minute,
  'rate-limit': minute,
  authorization: -minute,
  confirmation: minute,
  audit: minute,
};

describe.each(['kafkajs', 'platformatic'])('programs whose clocks are two minutes apart, over %s', (client) => {
  let servers: Servers;
  let setup: Setup;

  beforeAll(async () => {
    servers = await startServers();
    setup = await openSetup({
      servers,
      upstream: await startScriptedUpstream(['run', 'held'].map((name) => anyTool(name))),
      policies: { 'all.cedar': ASK },
      // Shorter than the clocks are apart.
      config: { approvals: { decide_within: '50s', execute_within: '50s' } },
      cluster: { kafka: { client }, decision_timeout: '5s' },
      clocks,
    });
  });
  afterAll(async () => {
    await setup?.close();
    await servers?.stop();
  });

  const call = async (tool: string) => {
    const { meta, error } = await callTool(setup.endpoints[0], ANN.token, [`up__${tool}`, {}]);
    return { approval: meta?.approval ?? '', reason: meta?.reason ?? error?.message };
  };

  it('allow every call, and drop none', async () => {
    const answers: unknown[] = [];
    for (let count = 0; count < 18; count += 1) answers.push((await call('run')).reason);
    expect(answers).toEqual(Array(18).fill('allowed'));
    for (const program of setup.cluster.programs) expect(await incidents(program, 'past_deadline')).toBe(0);
  });

  it('agree on until when people may say yes, and what they allowed may run', async () => {
    const { approval, reason } = await call('held');
    expect(reason).toBe('approval_required');
    const vote = await admin(setup.endpoints[0], BEN.token, ['POST', `/approvals/${approval}/votes`], {
      answer: 'approve',
    });
    expect(vote.status).toBeLessThan(300);
    expect((await call('held')).reason).toBe('allowed');
  });

  it('have one time on record', async () => {
    const times = (await setup.record()).map(({ bytes }) => Date.parse(JSON.parse(bytes.toString('utf8')).time));
    // What a program wrote before it had heard the broker is by its own clock.
    const calls = (await setup.recordOf('call.decided')).map(({ data }) => data.elapsed_us);
    expect(Math.max(...calls)).toBeLessThan(minute * 1_000);
    expect(times.filter((time) => Math.abs(time - Date.now()) < minute / 2).length).toBeGreaterThan(calls.length);
  });

  it.each(Object.entries(clocks) as [Service, number][])('say so: %s', async (service, ms) => {
    const program = programOf(setup, service);
    const skew = await eventually(() => metricOf(program, 'sallyport_clock_skew_seconds'), 5_000);
    expect(Math.abs(Number(skew) - ms / 1_000)).toBeLessThan(2);
    expect(await incidents(program, 'clock_skewed')).toBeGreaterThan(0);
    expect(program.log()).toMatch(/this machine's clock is (59|60|61)\.\d s (ahead of|behind) the broker's/);
  });
});
