import { setTimeout } from 'node:timers/promises';
import { watchErasures } from './erasures.ts';
import type { Queries } from './queries.ts';

/** What was forgotten at each look, where the looks find these counts; null is a database that can't be asked. */
async function forgottenAt(counts: readonly (string | null)[]): Promise<boolean[]> {
  const looks: boolean[] = [];
  const text = async () => {
    const count = counts[looks.push(false) - 1] ?? null;
    if (count === null) throw new Error('away');
    return count;
  };
  const stop = watchErasures({ text } as unknown as Queries, [{ forget: () => (looks[looks.length - 1] = true) }]);
  while (looks.length < counts.length) await setTimeout(50);
  stop();
  await setTimeout(0);
  return looks;
}

describe('what may be erased', () => {
  it('is forgotten twice once the count moved, and at every look that fails: other questions may still be answered', async () => {
    const forgotten = await forgottenAt(['1', '1', '1', null, null, null]);
    expect(forgotten).toEqual([true, true, false, true, true, true]);
  }, 10_000);
});
