import { copyOf, newPin } from './pin.ts';
import type { ValidatorCache } from './validator-cache.ts';
import { viewOf } from './view.ts';

test('warnings are looked for once, and only where somebody reads them or a note that tells of them', () => {
  const cache: Partial<ValidatorCache> = {
    problemOf: () => null,
    approvedProblemOf: () => null,
    leftOutOf: () => [],
    configured: () => undefined,
  };
  const pin = {
    ...newPin({ upstream: 'shop', kind: 'tool', tool: 'run' }),
    version: 1,
    offered: copyOf({ name: 'run' }),
  };
  let looked = 0;
  const view = viewOf(cache as ValidatorCache, pin, () => [`look ${(looked += 1)}`]);
  expect([view.tool, view.problem, looked]).toEqual(['run', null, 0]);
  const told = { note: expect.stringContaining('with a warning'), warnings: ['look 1'] };
  expect(JSON.parse(JSON.stringify(view))).toMatchObject(told);
  expect(view.warnings).toEqual(['look 1']);
});
