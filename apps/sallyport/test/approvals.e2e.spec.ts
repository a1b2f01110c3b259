import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import {
  admin,
  callTool,
  eventually,
  faultsIn,
  makeShopScratch,
  recordedOf,
  type RunningSallyport,
  serve,
  shopEffects,
  storyOf,
} from '@sallyport/testing/harness';

const ALICE = 'dev-alice';
const ERIN = 'dev-erin';
const FRANK = 'dev-frank';
const TIMEOUT = 'dev-grace';

const vote = async (sallyport: RunningSallyport, approval: string, token: string) =>
  (await admin(sallyport, token, ['POST', `/approvals/${approval}/votes`], { answer: 'approve' })).status;

describe('the yes of others in the running shop', () => {
  const served = serve(() =>
    makeShopScratch((config) => ({
      ...config,
      limits: [],
      approvals: { decide_within: '10m', execute_within: '10m', refuse_again_for: '1h' },
    })),
  );

  const say = (answer: 'approve' | 'reject', approval: string, token: string) =>
    served.cli(answer, approval, '--yes', '--token', token);
  const refund = (amount: number, token = ALICE) =>
    callTool(served.sallyport, token, ['orders__refund_order', { order_id: '1007', amount }]);
  const heldAs = async (amount: number) => {
    const { meta, said } = await refund(amount);
    expect(meta).toMatchObject({ decision: 'hold', reason: 'approval_required' });
    const command = `approve ${meta?.approval} --url ${served.sallyport.url} --token <token>`;
    expect(said).toMatch(new RegExp(`^Waiting for 2 of finance \\(${meta?.approval}\\): each runs .*${command}`));
    return meta?.approval ?? '';
  };
  const refunds = () => shopEffects(served.scratch).filter(({ tool }) => tool === 'refund_order');

  it('needs two of finance, and the same call sent again finds them', async () => {
    const approval = await heldAs(101);
    expect((await say('approve', approval, ALICE)).code).not.toBe(0);
    expect((await say('approve', approval, 'dev-bob')).code).not.toBe(0);
    expect((await say('approve', approval, FRANK)).code).toBe(0);
    expect((await say('approve', approval, FRANK)).code).not.toBe(0);
    expect((await refund(101)).meta).toMatchObject({ decision: 'hold', approval });
    expect(refunds()).toEqual([]);
    expect((await say('approve', approval, TIMEOUT)).code).toBe(0);
    const { meta } = await refund(101);
    expect(storyOf(served.scratch.data, meta?.id ?? '')).toEqual(['allow', 'allowed', 'call.completed']);
    expect(refunds()).toHaveLength(1);
    const said = recordedOf(served.scratch.data, 'approval.voted').filter(({ data }) => data.approval === approval);
    expect(said.map(({ data }) => [data.answer, data.channel])).toEqual([
      ['approve', 'cli'],
      ['approve', 'cli'],
    ]);
    expect(new Set(said.map(({ data }) => data.voter.ref)).size).toBe(2);
    expect((await refund(101)).meta).toMatchObject({ decision: 'hold' });
  });

  it('is over with one no, and is not asked again at once', async () => {
    const approval = await heldAs(102);
    expect((await say('approve', approval, FRANK)).code).toBe(0);
    expect((await say('reject', approval, TIMEOUT)).code).toBe(0);
    const { meta } = await refund(102);
    expect(meta).toMatchObject({ decision: 'deny', reason: 'approval_rejected' });
    expect(refunds()).toHaveLength(1);
  });

  it('asks again when the object changed after it was asked about', async () => {
    const approval = await heldAs(105);
    for (const token of [FRANK, TIMEOUT]) expect(await vote(served.sallyport, approval, token)).toBe(200);
    const db = new DatabaseSync(join(served.scratch.directory, 'shop.db'), { timeout: 2_000 });
    db.exec(`UPDATE orders SET updated_at = '2026-11-11T11:11:11.111Z' WHERE id = '1007'`);
    db.close();
    // What a resolver found may be used again for a while, but never for a call that an approval is about to let run.
    const { meta } = await refund(105);
    expect(meta?.decision).toBe('hold');
    expect(meta?.approval).not.toBe(approval);
    expect(refunds()).toHaveLength(1);
  });

  it('lets nobody approve their own, whatever their role', async () => {
    const call = () =>
      callTool(served.sallyport, ERIN, ['orders__export_orders', { customer: 'alice', email: 'audit@shop.example' }]);
    const { meta } = await call();
    expect(meta).toMatchObject({ decision: 'hold' });
    expect((await say('approve', meta?.approval ?? '', ERIN)).code).not.toBe(0);
    expect((await call()).meta?.decision).toBe('hold');
    expect(shopEffects(served.scratch).filter(({ tool }) => tool === 'export_orders')).toEqual([]);
    expect((await say('approve', meta?.approval ?? '', FRANK)).code).toBe(0);
    expect((await call()).meta?.decision).toBe('allow');
    const refusedVotes = recordedOf(served.scratch.data, 'admin.acted').filter(
      ({ data }) => data.act === 'approval.vote' && !data.allowed,
    );
    expect(refusedVotes.length).toBeGreaterThan(2);
  });

  it('leaves a sound record', () => expect(faultsIn(served.scratch.data, ['audit@shop.example'])).toEqual([]));
});

describe('the yes of others that has little time', () => {
  const served = serve(() =>
    makeShopScratch((config) => ({
      ...config,
      limits: [],
      approvals: { decide_within: '5s', execute_within: '2s' },
    })),
  );

  const refund = async (amount: number) =>
    (await callTool(served.sallyport, ALICE, ['orders__refund_order', { order_id: '1007', amount }])).meta;
  const expired = (approval: string) =>
    eventually(
      () =>
        recordedOf(served.scratch.data, 'approval.expired').find(({ data }) => data.approval === approval)?.data.reason,
      20_000,
    );

  it('expires: votes that come too late do not count, and approvals not used in time neither', async () => {
    const late = (await refund(103))?.approval ?? '';
    await expired(late);
    expect(await vote(served.sallyport, late, FRANK)).not.toBe(200);
    const refused = recordedOf(served.scratch.data, 'admin.acted').filter(
      ({ data }) => data.act === 'approval.vote' && !data.allowed,
    );
    expect(refused).toHaveLength(1);
    const unused = (await refund(104))?.approval ?? '';
    for (const token of [FRANK, TIMEOUT]) expect(await vote(served.sallyport, unused, token)).toBe(200);
    expect(await expired(unused)).toBe('execute_by');
    const again = await refund(104);
    expect(again?.decision).toBe('hold');
    expect(again?.approval).not.toBe(unused);
    expect(shopEffects(served.scratch).filter(({ tool }) => tool === 'refund_order')).toEqual([]);
  });

  it('leaves a sound record', () => expect(faultsIn(served.scratch.data)).toEqual([]));
});
