import type { UsedIds } from '@sallyport/contracts';
import { freshId } from './counters.contract.ts';

export interface UsedIdsUnderTest {
  readonly usedIds: UsedIds;
  advance(ms: number): Promise<void>;
}

const FOR_MS = 300;

/** What every `UsedIds` must do. */
export function usedIdsContract(name: string, create: () => Promise<UsedIdsUnderTest>): void {
  describe(`${name} keeps the contract of used ids`, () => {
    it('says once that nobody had used one, also where many ask at a time', async () => {
      const { usedIds } = await create();
      const id = freshId();
      const answers = await Promise.all(Array.from({ length: 20 }, () => usedIds.use('shop', id, 60_000)));
      expect(answers.filter((isFirst) => isFirst)).toHaveLength(1);
      expect(await usedIds.use('shop', id, 60_000)).toBe(false);
    });

    it('tells ids and tenants apart', async () => {
      const { usedIds } = await create();
      const id = freshId();
      for (const [tenant, used] of [
        ['shop', id],
        ['shop', `${id}}`],
        ['shop2', id],
        ['', `shop:${id}`],
        ['shop:', id],
      ] as const)
        expect([tenant, used, await usedIds.use(tenant, used, 60_000)]).toEqual([tenant, used, true]);
    });

    it('remembers one for as long as it was told, and no longer', async () => {
      const { usedIds, advance } = await create();
      const id = freshId();
      expect(await usedIds.use('shop', id, FOR_MS)).toBe(true);
      expect(await usedIds.use('shop', id, FOR_MS)).toBe(false);
      await advance(FOR_MS);
      expect(await usedIds.use('shop', id, FOR_MS)).toBe(true);
    });
  });
}
