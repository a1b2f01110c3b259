import { jest } from '@jest/globals';
import { type Endpoint, openSetup, type Servers, type Setup, sharedServers } from '@sallyport/cluster';
import {
  ANN,
  anyTool,
  BEN,
  callTool,
  eventually,
  faultsOf,
  OPEN,
  startScriptedUpstream,
  type User,
} from '@sallyport/testing/harness';

jest.setTimeout(240_000);

const CAT: User = { name: 'cat', tenant: 'brix', roles: ['staff'], token: 'dev-cat-token' };
let called = 0;
const numbered = (name: string) =>
  anyTool(name, { inputSchema: { type: 'object', properties: { n: { type: 'integer' } } } });
const MOST = 30;
const someTime = 60_000;

describe('budgets of services whose Redis is lost', () => {
  let servers: Servers;
  let setup: Setup;
  let endpoint: Endpoint;

  beforeAll(async () => {
    servers = await sharedServers();
    setup = await openSetup({
      servers,
      upstream: await startScriptedUpstream(['scarce', 'three', 'free'].map(numbered)),
      users: [ANN, BEN, CAT],
      policies: { 'all.cedar': OPEN },
      config: {
        limits: [
          { id: 'few', per: ['tenant'], tool: 'up/scarce', budget: { max: MOST, window: 'day' } },
          { id: 'three', per: ['subject'], tool: 'up/three', budget: { max: 3, window: 'day' } },
        ],
      },
      cluster: { decision_timeout: '8s' },
      shape: { audit: 1, 'rate-limit': 2, authorization: 1, confirmation: 1 },
    });
    [endpoint] = setup.endpoints;
  });
  afterAll(async () => {
    await setup?.close();
    await servers?.stop();
  });

  const call = async (tool: string, { token }: User = ANN) => {
    const { meta } = await callTool(endpoint, token, [`up__${tool}`, { n: (called += 1) }]);
    return meta?.decision === 'allow' ? 'allow' : meta?.reason;
  };
  const ran = (tool: string) => setup.upstream.calls.filter((one) => one.tool === tool).length;
  /** Calls until the budgets are known again; what was answered meanwhile. */
  const untilKnown = (tool: string, who: User = ANN) =>
    eventually(async () => {
      const answer = await call(tool, who);
      return answer === 'limits_unavailable' ? null : answer;
    }, someTime);

  it('are open at once in a new instance', async () => {
    expect(await call('three')).toBe('allow');
    expect(await call('three', CAT)).toBe('allow');
  });

  it.each([
    ['emptied while it runs', () => servers.redis.cli('FLUSHALL')],
    ['restarted', () => servers.redis.kill().then(() => servers.redis.resume())],
  ])('go on from the record when it was %s', async (_, lose) => {
    await untilKnown('three');
    for (let n = 0; n < 3; n += 1) await call('three');
    expect(await call('three')).toBe('budget_exceeded');
    await lose();
    for (let n = 0; n < 6; n += 1) expect(['limits_unavailable', 'budget_exceeded']).toContain(await call('three'));
    expect(await eventually(async () => (await call('free')) === 'allow', someTime)).toBe(true);
    expect(await untilKnown('three')).toBe('budget_exceeded');
    expect(ran('three')).toBeLessThanOrEqual(4); // with the one of another tenant
  });

  it('are not overspent by calls that are under way when it is lost', async () => {
    await untilKnown('scarce');
    let spending = true;
    const callers = [ANN, BEN, ANN, BEN, ANN, BEN, ANN, BEN].map(async (who) => {
      while (spending) await call('scarce', who);
    });
    await eventually(() => ran('scarce') > 8);
    await servers.redis.cli('FLUSHALL');
    // A refusal alone does not say that all is spent: calls that hold a part of it may come to nothing.
    expect(await eventually(() => ran('scarce') >= MOST, someTime)).toBe(true);
    expect(await call('scarce')).toBe('budget_exceeded');
    spending = false;
    await Promise.all(callers);
    expect(ran('scarce')).toBe(MOST);
  });

  it('leave a sound record', async () => expect(faultsOf(await setup.record())).toEqual([]));
});
