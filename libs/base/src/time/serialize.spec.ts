import { serialize } from './serialize.ts';

it('begins an act after the one before, also where that fails; each caller hears of its own', async () => {
  const done: string[] = [];
  const turn = serialize();
  const gate = Promise.withResolvers<void>();
  const first = turn(async () => {
    await gate.promise;
    done.push('first');
    throw new Error('a bad edit');
  });
  const second = turn(async () => done.push('second'));
  await new Promise(setImmediate);
  expect(done).toEqual([]);
  gate.resolve();
  await expect(first).rejects.toThrow('a bad edit');
  await expect(second).resolves.toBe(2);
  expect(done).toEqual(['first', 'second']);
});
