import { atMost } from './at-most.ts';

it('begins no act before one of those that run has ended, also where that fails; each caller hears of its own', async () => {
  const next = atMost(2);
  const begun: number[] = [];
  const gates = Array.from({ length: 5 }, () => Promise.withResolvers<number>());
  const all = gates.map(({ promise }, at) => next(() => (begun.push(at), promise)));
  await new Promise(setImmediate);
  expect(begun).toEqual([0, 1]);
  gates[1]?.reject(new Error('away'));
  await expect(all[1]).rejects.toThrow('away');
  expect(begun).toEqual([0, 1, 2]);
  for (const [at, { resolve }] of gates.entries()) resolve(at);
  expect(await Promise.all([all[0], all[2], all[3], all[4]])).toEqual([0, 2, 3, 4]);
  expect(begun).toEqual([0, 1, 2, 3, 4]);
  expect(await next(async () => 'more')).toBe('more');
});
