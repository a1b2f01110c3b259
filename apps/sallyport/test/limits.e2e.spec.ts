import {
  ANN,
  anyTool,
  BEN,
  callTool,
  decisionOn,
  eventually,
  faultsIn,
  legacySession,
  OPEN,
  recordedOf,
  serveScripted,
  storyOf,
  textResult,
  trusted,
} from '@sallyport/testing/harness';

const POLICY = `${OPEN}
@id("never") @hard @advice("Never.") forbid (principal, action == Action::"up/scarce", resource)
when { context.arguments has n && context.arguments.n == 13 };
@id("ask") @confirm("other") @ask("Really?") forbid (principal, action == Action::"up/scarce", resource)
when { context.arguments has n && context.arguments.n == 14 };
`;
const TRUSTED = `@id("trusted") @hard forbid (principal, action == Action::"up/trusted", resource)
unless { context.agent == "trusted-client" };`;
const numbered = (name: string) =>
  anyTool(name, {
    inputSchema: {
      type: 'object',
      properties: { n: { type: 'integer' }, amount: { type: 'number' } },
      additionalProperties: false,
    },
  });

describe('limits in the running instance', () => {
  const served = serveScripted({
    tools: ['tried', 'scarce', 'pay', 'slow', 'same', 'calm', 'named', 'renamed', 'trusted'].map(numbered),
    policies: { 'all.cedar': POLICY, 'trusted.cedar': TRUSTED },
    config: (url) => ({
      ...trusted(url),
      limits: [
        { id: 'tries', per: ['tenant', 'subject'], tool: 'up/tried', rate: '3/h', kind: 'attempt' },
        { id: 'uses', per: ['tenant', 'subject'], tool: 'up/scarce', rate: '2/h', kind: 'use' },
        {
          id: 'money',
          per: ['tenant'],
          tool: 'up/pay',
          budget: { argument: '/amount', max: 100, window: 'day' },
        },
        { id: 'in-flight', per: ['tenant', 'subject'], tool: 'up/slow', concurrent: 2 },
        { id: 'by-session', per: ['session', 'subject'], tool: 'up/named', rate: '2/h' },
        { id: 'by-agent', per: ['agent'], tool: 'up/renamed', identical: '2/h' },
        { id: 'again', per: ['tenant', 'subject'], tool: 'up/same', identical: '2/h' },
      ],
    }),
  });

  const call = async (tool: string, args: Record<string, number> = {}, token = ANN.token) => {
    const answer = await callTool(served.sallyport, token, [`up__${tool}`, args]);
    const { decision, reason } = answer.meta ?? {};
    return { ...answer, short: decision === 'allow' ? 'allow' : reason };
  };
  const ran = (tool: string) => served.upstream.calls.filter((one) => one.tool === tool).length;

  it('counts attempts, also refused ones, for each person alone, and says when to come back', async () => {
    const answers = [];
    for (let n = 0; n < 4; n += 1) answers.push(await call('tried', { n }));
    expect(answers.map(({ short }) => short)).toEqual(['allow', 'allow', 'allow', 'limit_exceeded']);
    const meta = answers[3]?.meta;
    const id = meta?.id ?? '';
    expect(meta?.retryAfterMs).toBeGreaterThan(60_000);
    expect(storyOf(served.scratch.data, id)).toEqual(['deny', 'limit_exceeded']);
    const limits = decisionOn(served.scratch.data, id).verdicts.find(({ guard }) => guard === 'limits')?.limits ?? [];
    expect(limits.map((limit) => limit.id)).toEqual(['tries']);
    expect((await call('tried', {}, BEN.token)).short).toBe('allow');
    expect(ran('tried')).toBe(4);
  });

  it('takes no use for a call that is denied or held', async () => {
    for (let time = 0; time < 3; time += 1) expect((await call('scarce', { n: 13 })).short).toBe('forbidden');
    for (let time = 0; time < 3; time += 1) expect((await call('scarce', { n: 14 })).short).toBe('approval_required');
    expect((await call('scarce', { n: 1 })).short).toBe('allow');
    expect((await call('scarce', { n: 2 })).short).toBe('allow');
    expect((await call('scarce', { n: 3 })).short).toBe('limit_exceeded');
    expect(ran('scarce')).toBe(2);
  });

  it('keeps a budget by the numbers in the arguments, over all people of a tenant', async () => {
    expect((await call('pay', { amount: 60 })).short).toBe('allow');
    expect((await call('pay', { amount: 60 }, BEN.token)).short).toBe('budget_exceeded');
    expect((await call('pay', { amount: -60 })).short).toBe('budget_exceeded');
    expect((await call('pay', {})).short).toBe('budget_exceeded');
    expect((await call('pay', { amount: 40 }, BEN.token)).short).toBe('allow');
    expect((await call('pay', { amount: 0.01 })).short).toBe('budget_exceeded');
    expect(ran('pay')).toBe(2);
  });

  it.each(['named', 'renamed'])(
    'opens no fresh counter for another name of the client or another session: %s',
    async (tool) => {
      const answers = [];
      for (let client = 0; client < 4; client += 1) {
        const session = await legacySession(served.sallyport, ANN.token, `client-${client}`);
        answers.push((await session.call(`up__${tool}`, { n: 1 }))?.reason);
      }
      const refusal = tool === 'named' ? 'limit_exceeded' : 'repeated_call';
      expect(answers).toEqual(['allowed', 'allowed', refusal, refusal]);
      expect((await call(tool, { n: 1 })).short).toBe(refusal);
    },
  );

  it('does not take a client for the one that a policy trusts because it says so', async () => {
    const session = await legacySession(served.sallyport, ANN.token, 'trusted-client');
    expect((await session.call('up__trusted', {}))?.reason).toBe('forbidden');
  });

  it('does not let two calls at once spend the same money', async () => {
    const all = await Promise.all(Array.from({ length: 20 }, (_, n) => call('tried', { n }, BEN.token)));
    expect(all.filter(({ short }) => short === 'allow')).toHaveLength(2);
  });

  it('lets only so many run at once, and gives the place back', async () => {
    const endpoints: (() => void)[] = [];
    served.upstream.behaviour = () => new Promise((resolve) => endpoints.push(() => resolve(textResult('done'))));
    const first = [call('slow', { n: 1 }), call('slow', { n: 2 })];
    await eventually(() => endpoints.length === 2);
    expect((await call('slow', { n: 3 })).short).toBe('too_many_in_flight');
    endpoints.splice(0).forEach((open) => open());
    expect((await Promise.all(first)).map(({ short }) => short)).toEqual(['allow', 'allow']);
    served.upstream.behaviour = () => textResult('done');
    expect((await call('slow', { n: 4 })).short).toBe('allow');
  });

  it('refuses the very same call the third time, and says which limit, which call was the latest, and when it is possible again', async () => {
    const one = await call('same', { n: 1, amount: 2 });
    const two = await callTool(served.sallyport, ANN.token, ['up__same', '{"amount":2.0,"n":1}']);
    const three = await call('same', { n: 1, amount: 2 });
    expect([one.short, two.meta?.decision, three.short]).toEqual(['allow', 'allow', 'repeated_call']);
    expect(three.said).toContain(
      `of the limit again says, last as ${two.meta?.id}. Change the arguments, or wait. Try again in `,
    );
    expect((await call('same', { n: 2 })).short).toBe('allow');
    expect((await call('same', { n: 1, amount: 2 }, BEN.token)).short).toBe('allow');
    expect(storyOf(served.scratch.data, three.meta?.id ?? '')).toEqual(['deny', 'repeated_call']);
  });

  it('puts a flood of refusals on record as a few events with their count', async () => {
    const before = recordedOf(served.scratch.data, 'call.decided').length;
    for (let burst = 0; burst < 10; burst += 1)
      await Promise.all(Array.from({ length: 50 }, (_, n) => call('tried', { n })));
    const coalesced = await eventually(() => {
      const events = recordedOf(served.scratch.data, 'call.refusals_coalesced');
      const told = events.reduce((sum, { data }) => sum + data.count, 0);
      const single = recordedOf(served.scratch.data, 'call.decided').length - before;
      return told + single === 500 ? { told, single } : null;
    }, 20_000);
    expect(coalesced.told).toBeGreaterThan(300);
    expect((await call('calm')).short).toBe('allow');
  });

  it('leaves a sound record', () => expect(faultsIn(served.scratch.data)).toEqual([]));
});
