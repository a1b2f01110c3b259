import { ANN, anyTool, callTool, OPEN, serveScripted } from '@sallyport/testing/harness';

const pay = anyTool('pay', { inputSchema: { type: 'object', properties: { amount: { type: 'number' } } } });
const limit = `@id("at-most-250") @hard
forbid (principal, action == Action::"bank/pay", resource)
when { context.arguments has amount && context.arguments.amount.greaterThan(decimal("250.00")) };
@id("no-tiny-range") @hard
forbid (principal, action == Action::"bank/pay", resource)
when { context.arguments has amount && context.arguments.amount.greaterThan(decimal("7.0")) && context.arguments.amount.lessThan(decimal("7.0001")) };`;

describe('amounts with more places than policies have', () => {
  const served = serveScripted({
    tools: [pay],
    config: (url) => ({ upstreams: { bank: { url, definitions: 'trust_on_first_use' } } }),
    policies: { 'all.cedar': `${OPEN}${limit}` },
  });

  it.each([
    [250.000001, 'forbidden'],
    [249.999999, 'allowed'],
    [1.1 * 1.1, 'allowed'],
    [-3e-12, 'allowed'],
  ])('%d is %s', async (amount, reason) => {
    const before = served.upstream.calls.length;
    const { meta } = await callTool(served.sallyport, ANN.token, ['bank__pay', { amount }]);
    expect(meta).toMatchObject({ reason });
    expect(served.upstream.calls.slice(before).map(({ args }) => args)).toEqual(
      reason === 'allowed' ? [{ amount }] : [],
    );
  });

  it('are refused by name where the policies leave no room to tell them apart', async () => {
    const { meta, said } = await callTool(served.sallyport, ANN.token, ['bank__pay', { amount: 7.00005 }]);
    expect(meta).toMatchObject({ decision: 'deny', reason: 'policy_error' });
    expect(said).toContain('the value of /amount');
  });
});
