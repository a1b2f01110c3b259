import fc from 'fast-check';
import { createFairQueue } from './fair-queue.ts';

/** A task that ends when it is told to. */
function held(order: string[], name: string) {
  let finish = (): void => undefined;
  const done = new Promise<void>((resolve) => (finish = resolve));
  const task = (): Promise<void> => {
    order.push(name);
    return done;
  };
  return { task, finish: () => finish() };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('fair queue', () => {
  it('refuses at once what is more than may wait, and touches nobody else', async () => {
    const queue = createFairQueue({ underWay: 1, waiting: 1, total: 10 });
    const order: string[] = [];
    const first = held(order, 'a1');
    const runs = [queue.run('a', first.task), queue.run('a', held(order, 'a2').task)];
    expect(await queue.run('a', held(order, 'a3').task)).toBe(false);
    void queue.run('b', held(order, 'b1').task);
    await turn();
    expect(order).toEqual(['a1', 'b1']);
    first.finish();
    expect(await runs[0]).toBe(true);
    expect(order).toEqual(['a1', 'b1', 'a2']);
  });

  it('goes on behind a task that fails', async () => {
    const queue = createFairQueue({ underWay: 1, waiting: 1, total: 1 });
    await expect(queue.run('a', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await queue.run('a', async () => undefined)).toBe(true);
  });

  it('lets no tenant wait for more than one turn of each other one', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 1, maxLength: 60 }),
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 1, max: 4 }),
        async (arrivals, underWay, total) => {
          const queue = createFairQueue({ underWay, waiting: 100, total });
          const order: string[] = [];
          const plug = Array.from({ length: total }, (_, at) => held([], `plug${at}`));
          const plugs = plug.map((one, at) => queue.run(`plug${at}`, one.task));
          const runs = arrivals.map((tenant) => queue.run(tenant, async () => void order.push(tenant)));
          plug.forEach((one) => one.finish());
          await Promise.all([...plugs, ...runs]);
          expect([...order].sort()).toEqual([...arrivals].sort());
          // Between two turns of one tenant each other one that waits has its own.
          for (const tenant of new Set(arrivals)) {
            const place = order.indexOf(tenant);
            for (const other of new Set(order.slice(0, place)))
              expect(order.slice(0, place).filter((name) => name === other).length).toBeLessThanOrEqual(1 + total);
          }
        },
      ),
      { numRuns: 100 },
    );
  });

  it('never has more under way than it may', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 50 }), async (arrivals) => {
        const queue = createFairQueue({ underWay: 2, waiting: 100, total: 4 });
        const now = new Map<string, number>();
        let most = 0;
        await Promise.all(
          arrivals.map((tenant) =>
            queue.run(tenant, async () => {
              now.set(tenant, (now.get(tenant) ?? 0) + 1);
              most = Math.max(
                most,
                [...now.values()].reduce((sum, one) => sum + one, 0),
              );
              expect(now.get(tenant)).toBeLessThanOrEqual(2);
              await turn();
              now.set(tenant, (now.get(tenant) ?? 0) - 1);
            }),
          ),
        );
        expect(most).toBeLessThanOrEqual(4);
      }),
      { numRuns: 30 },
    );
  });
});
