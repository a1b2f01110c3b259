import type { LogSizes } from '@sallyport/contracts';
import { createGrowth } from './growth.ts';

/** Answers in turn, and what was asked. */
function answering(...answers: readonly LogSizes[]) {
  const asked: (string | null)[] = [];
  const sizes = async (since: string | null): Promise<LogSizes> => {
    const answer = answers[asked.push(since) - 1];
    if (answer === undefined) throw new Error('away');
    return answer;
  };
  return { asked, sizes };
}

const answer = (until: string | null, sizes: Readonly<Record<string, number>>): LogSizes => ({
  until,
  sizes: new Map(Object.entries(sizes)),
});

/** What one look gives. */
async function look({ each }: ReturnType<typeof createGrowth>, unreadable?: string) {
  const taken: [string, number][] = [];
  await each((tenant, size) => {
    if (tenant === unreadable) throw new Error('unreadable');
    taken.push([tenant, size]);
  });
  return taken;
}

it('gives a log that could not be taken, and those behind it, again, it after all others, from where it asked before', async () => {
  const sizes = { bank: 2, shop: 3, zoo: 1 };
  const tenants = answering(answer('10', {}), answer('20', sizes), answer('21', sizes));
  const growth = createGrowth(tenants);
  await look(growth);
  await expect(look(growth, 'shop')).rejects.toThrow('unreadable');
  expect(await look(growth)).toEqual([
    ['zoo', 1],
    ['shop', 3],
  ]);
  expect(tenants.asked).toEqual([null, '10', '10']);
});

it('asks again from where it was when the journal was away', async () => {
  const tenants = answering(answer('10', { shop: 1 }));
  const growth = createGrowth(tenants);
  expect(await look(growth)).toEqual([['shop', 1]]);
  await expect(look(growth)).rejects.toThrow('away');
  await expect(look(growth)).rejects.toThrow('away');
  expect(tenants.asked).toEqual([null, '10', '10']);
});

it('gives only what is not as long as before, also where every answer is of all logs', async () => {
  const growth = createGrowth(
    answering(
      answer(null, { shop: 1, bank: 1 }),
      answer(null, { shop: 1, bank: 2 }),
      answer(null, { shop: 1, bank: 2 }),
    ),
  );
  expect(await look(growth)).toHaveLength(2);
  expect(await look(growth)).toEqual([['bank', 2]]);
  expect(await look(growth)).toEqual([]);
});

it('asks for all logs now and then', async () => {
  const tenants = answering(...Array.from({ length: 65 }, (_, at) => answer(String(at), {})));
  const growth = createGrowth(tenants);
  for (let left = 65; left > 0; left -= 1) await look(growth);
  expect(tenants.asked.filter((since) => since === null)).toHaveLength(2);
});
