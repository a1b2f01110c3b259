import { setTimeout as rest } from 'node:timers/promises';
import { serialize } from './serialize.ts';

it('begins an act after the one before, also where that fails; each caller hears of its own', async () => {
  const done: string[] = [];
  const turn = serialize();
  const first = turn(async () => {
    await rest(20);
    done.push('first');
    throw new Error('a bad edit');
  });
  const second = turn(async () => done.push('second'));
  await expect(first).rejects.toThrow('a bad edit');
  await expect(second).resolves.toBe(2);
  expect(done).toEqual(['first', 'second']);
});
