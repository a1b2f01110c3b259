import {
  callTool,
  connect,
  decisionOn,
  faultsIn,
  type Kind,
  makeShopScratch,
  recordedOf,
  serve,
  shopEffects,
  storyOf,
} from '@sallyport/testing/harness';

const ALICE = 'dev-alice';

describe('the caller’s own yes in the running shop', () => {
  const served = serve(() =>
    makeShopScratch((config) => ({
      ...config,
      limits: [],
      approvals: { refuse_again_for: '1ms' },
    })),
  );

  const votes = () => recordedOf(served.scratch.data, 'approval.voted').map(({ data }) => [data.answer, data.channel]);
  const consumed = () => recordedOf(served.scratch.data, 'approval.consumed');

  it.each<[Kind, string]>([
    ['v2 modern', '1001'],
    ['v2 legacy', '1002'],
    ['v1', '1003'],
  ])('asks through the client (%s): no does nothing, yes runs once', async (kind, order_id) => {
    const client = await connect(kind, served.sallyport.url, ALICE, { says: [false, true] });
    const before = shopEffects(served.scratch).length;
    const no = await client.call('orders__cancel_order', { order_id });
    expect(no.meta).toMatchObject({ decision: 'deny', reason: 'rejected' });
    expect(shopEffects(served.scratch)).toHaveLength(before);
    const yes = await client.call('orders__cancel_order', { order_id });
    expect(yes.meta?.decision).toBe('allow');
    expect(client.asked).toHaveLength(2);
    expect(client.asked[1]).toMatch(
      new RegExp(`^Sallyport asks: Cancel order "${order_id}" \\("\\d+ items?, [\\d.]+ EUR"\\)\\?$`),
    );
    expect(shopEffects(served.scratch).slice(before)).toMatchObject([{ tool: 'cancel_order', order: order_id }]);
    const again = await client.call('orders__cancel_order', { order_id });
    expect([again.meta?.decision, client.asked.length]).toEqual(['deny', 3]);
    expect(shopEffects(served.scratch)).toHaveLength(before + 1);
    const { data: used } = consumed().at(-1) ?? {};
    expect(used?.call_id).toBe(yes.meta?.id);
    expect(decisionOn(served.scratch.data, yes.meta?.id ?? '').approval).toEqual({
      id: used?.approval,
      act: 'consume',
    });
    expect(votes().slice(-3)).toEqual([
      ['reject', 'elicitation'],
      ['approve', 'elicitation'],
      ['reject', 'elicitation'],
    ]);
    await client.close();
  });

  it.each<[Kind, string]>([
    ['v2 modern', '1004'],
    ['v2 legacy', '1008'],
    ['v1', '1006'],
  ])('asks once more through the client (%s) where the box was left unticked', async (kind, order_id) => {
    const client = await connect(kind, served.sallyport.url, ALICE, { says: ['unticked', true] });
    const before = votes().length;
    const { meta } = await client.call('orders__cancel_order', { order_id });
    expect([meta?.decision, client.asked.length]).toEqual(['allow', 2]);
    expect(votes().slice(before)).toEqual([['approve', 'elicitation']]);
    await client.close();
  });

  it('runs a confirmed call once, however often it is sent at the same time', async () => {
    const held = await callTool(served.sallyport, 'dev-bob', ['orders__cancel_order', { order_id: '2003' }]);
    expect(held.meta).toMatchObject({ decision: 'hold', reason: 'approval_required' });
    const approval = held.meta?.approval ?? '';
    const { code } = await served.cli('approve', approval, '--yes', '--token', 'dev-bob');
    expect(code).toBe(0);
    const sent = Array.from({ length: 8 }, () =>
      callTool(served.sallyport, 'dev-bob', ['orders__cancel_order', { order_id: '2003' }]),
    );
    const decisions = (await Promise.all(sent)).map(({ meta }) => meta?.decision);
    expect(decisions.filter((decision) => decision === 'allow')).toHaveLength(1);
    expect(shopEffects(served.scratch).filter(({ order }) => order === '2003')).toHaveLength(1);
    expect(consumed().filter(({ data }) => data.approval === approval)).toHaveLength(1);
  });

  it('asks again when the arguments change: an approval is for one call', async () => {
    const one = await callTool(served.sallyport, ALICE, ['orders__refund_order', { order_id: '1007', amount: 120 }]);
    const two = await callTool(served.sallyport, ALICE, ['orders__refund_order', { order_id: '1007', amount: 121 }]);
    const same = await callTool(served.sallyport, ALICE, ['orders__refund_order', { amount: 120, order_id: '1007' }]);
    expect([one, two, same].map(({ meta }) => meta?.decision)).toEqual(['hold', 'hold', 'hold']);
    expect(two.meta?.approval).not.toBe(one.meta?.approval);
    expect(same.meta?.approval).toBe(one.meta?.approval);
    expect(storyOf(served.scratch.data, same.meta?.id ?? '')).toEqual(['hold', 'approval_required']);
  });

  it('does not take a state that belongs to another call, or was used', async () => {
    const capabilities = { elicitation: {} };
    const ask = await callTool(served.sallyport, ALICE, ['orders__cancel_order', { order_id: '1005' }], {
      capabilities,
    });
    const requestState = ask.result?.['requestState'] as string;
    expect(ask.result?.['resultType']).toBe('input_required');
    const inputResponses = { 'sallyport-confirm': { action: 'accept', content: { confirm: true } } };
    const params = { requestState, inputResponses };
    const options = { capabilities, params };
    const other = await callTool(served.sallyport, ALICE, ['orders__cancel_order', { order_id: '1004' }], options);
    const bob = await callTool(served.sallyport, 'dev-bob', ['orders__cancel_order', { order_id: '1005' }], options);
    expect([other.error?.code, bob.error?.code]).toEqual([-32602, -32602]);
    expect(shopEffects(served.scratch).filter(({ order }) => order === '1005')).toEqual([]);
    const yes = await callTool(served.sallyport, ALICE, ['orders__cancel_order', { order_id: '1005' }], options);
    expect(yes.meta?.decision).toBe('allow');
    const again = await callTool(served.sallyport, ALICE, ['orders__cancel_order', { order_id: '1005' }], options);
    expect(again.error?.code ?? again.meta?.decision).not.toBe('allow');
    expect(shopEffects(served.scratch).filter(({ order }) => order === '1005')).toHaveLength(1);
  });

  it('leaves a sound record', () => expect(faultsIn(served.scratch.data)).toEqual([]));
});
