import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { openFileKeys, openSqliteJournal } from '@sallyport/adapter-sqlite';
import { admin, callTool, makeShopScratch, operatorToken, playShop, startSallyport } from '@sallyport/testing/harness';
import { type JudgedAgain, judgedAgain } from './judged-again.ts';

const nobodyLists = `@id("nobody-lists") @hard
forbid (principal, action == Action::"orders/list_orders", resource) when { resource has owner };
`;

/**
 * Plays the shop, then once more under another policy, erases those who are named, and judges all of it again when only the
 * data directory is left.
 */
async function played(...erased: readonly string[]): Promise<readonly JudgedAgain[]> {
  const scratch = makeShopScratch();
  const { data: directory } = scratch;
  const sallyport = await startSallyport(scratch);
  await playShop(sallyport);
  scratch.write('policies/more.cedar', nobodyLists);
  await admin(sallyport, operatorToken(directory), ['POST', '/reload']);
  await callTool(sallyport, 'dev-alice', ['orders__list_orders', { customer: 'alice' }]);
  for (const subject of erased)
    await admin(sallyport, operatorToken(directory), ['POST', '/erasures'], { tenant: 'shop', subject });
  await sallyport.stop();
  for (const name of ['policies', 'sallyport.yaml', 'users.yaml'])
    rmSync(join(scratch.directory, name), { recursive: true });

  const { close, ...record } = await openSqliteJournal({ directory });
  try {
    return await judgedAgain({ ...record, keys: await openFileKeys({ directory }) }, 'shop');
  } finally {
    await close();
    scratch.remove();
  }
}

test('every verdict of the policies in the shop’s history comes out again from the record alone', async () => {
  const judged = await played();
  for (const { recorded, again } of judged) {
    if (again === 'erased') throw new Error('nobody was erased');
    const { reason, requirements } = { reason: undefined, requirements: undefined, ...again };
    const asked = requirements?.map(({ who, count, group, rule }) => ({ who, count, group, rule }));
    expect({ ...again, reason, rules: again.rules?.toSorted(), requirements: asked }).toMatchObject({
      effect: recorded.effect,
      reason: recorded.reason,
      rules: recorded.rules?.toSorted(),
      requirements: recorded.requirements,
      engine: recorded.engine,
    });
  }
  const effects = judged.map(({ recorded: { effect } }) => effect);
  expect(Object.groupBy(effects, (effect) => effect)).toMatchObject({
    allow: expect.any(Array),
    hold: expect.any(Array),
    deny: expect.any(Array),
  });
  expect(judged.length).toBeGreaterThan(15);
  expect(judged.at(-1)?.recorded).toMatchObject({ effect: 'deny', rules: ['nobody-lists'] });
});

test('what an erased person did is judged as erased, and all others’ as before', async () => {
  const judged = await played('alice');
  const again = Object.groupBy(judged, (one) => (one.again === 'erased' ? 'erased' : 'judged'));
  expect(again.erased?.length).toBeGreaterThan(5);
  expect(again.judged?.length).toBeGreaterThan(3);
  for (const { again: opinion, recorded } of again.judged ?? [])
    expect(opinion).toMatchObject({ effect: recorded.effect });
});
