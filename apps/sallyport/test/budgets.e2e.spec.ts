import {
  ANN,
  anyTool,
  BEN,
  callTool,
  faultsIn,
  recordedOf,
  send,
  serveScripted,
  trusted,
  type User,
} from '@sallyport/testing/harness';

const EVE: User = { name: 'eve', tenant: 'brix', roles: ['staff'], token: 'dev-eve-token' };
const POLICY = `@id("all") permit (principal, action, resource is Tool);
@id("never") @hard forbid (principal, action == Action::"up/pay", resource)
when { context.arguments has n && context.arguments.n == 13 };`;
const paid = (name: string) =>
  anyTool(name, {
    inputSchema: { type: 'object', properties: { amount: { type: 'number' }, n: { type: 'integer' } } },
  });

describe('budgets over a restart of the running product', () => {
  const served = serveScripted({
    tools: ['pay', 'scarce'].map(paid),
    users: [ANN, BEN, EVE],
    policies: { 'all.cedar': POLICY },
    config: (url) => ({
      ...trusted(url),
      limits: [
        { id: 'money', per: ['subject'], tool: 'up/pay', budget: { argument: '/amount', max: 3, window: 'day' } },
        { id: 'few', per: ['tenant'], tool: 'up/scarce', budget: { max: 3, window: 'day' } },
      ],
    }),
  });

  const call = async (tool: string, args: Record<string, number> = {}, { token }: User = ANN) => {
    const { meta } = await callTool(served.sallyport, token, [`up__${tool}`, args]);
    return meta?.decision === 'allow' ? 'allow' : meta?.reason;
  };

  it.each([
    ['in order', 'SIGTERM'],
    ['killed', 'SIGKILL'],
  ] as const)('goes on from what was spent: %s', async (_, signal) => {
    await served.restart();
    const first = signal === 'SIGTERM';
    if (first) for (const amount of [0.1, 0.2, 2.2]) expect(await call('pay', { amount })).toBe('allow');
    if (first) for (let n = 0; n < 3; n += 1) expect(await call('scarce', { n })).toBe('allow');
    expect(await call('pay', { amount: 0.1, n: 13 })).toBe('forbidden');
    await served.restart(signal);
    for (let n = 3; n < 9; n += 1) expect(await call('scarce', { n })).toBe('budget_exceeded');
    expect(await call('scarce', {}, BEN)).toBe('budget_exceeded');
    expect(await call('pay', { amount: 0.51 })).toBe('budget_exceeded');
    if (!first) return;
    expect(await call('pay', { amount: 3 }, BEN)).toBe('allow');
    expect(await call('scarce', {}, EVE)).toBe('allow');
  });

  it('lets exactly what is left pass, also for many at once', async () => {
    await served.restart('SIGKILL');
    const all = await Promise.all(Array.from({ length: 20 }, (_, n) => call('pay', { amount: 0.1, n: n + 20 })));
    expect(all.filter((answer) => answer === 'allow')).toHaveLength(5);
  });

  it('is ready, and says what each call took on record', async () => {
    const answer = await send(served.sallyport, { method: 'GET', path: '/readyz' });
    expect(answer.text).toContain('budgets');
    expect(answer.status).toBe(200);
    const taken = recordedOf(served.scratch.data, 'call.decided')
      .filter(({ data }) => data.decision === 'allow')
      .flatMap(({ data }) => data.verdicts.flatMap(({ spent = [] }) => spent));
    expect(taken).toContainEqual({ id: 'money', amount: 2.2 });
    expect(taken.filter(({ id }) => id === 'few')).toHaveLength(4);
  });

  it('leaves a sound record', () => expect(faultsIn(served.scratch.data)).toEqual([]));
});
