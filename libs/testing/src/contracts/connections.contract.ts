import type { ConnectionStore } from '@sallyport/contracts';

/** What every `ConnectionStore` must do. `create` gives one that has nothing of the tenants `acme` and `globex`. */
export function connectionsContract(name: string, create: () => Promise<ConnectionStore>): void {
  describe(`${name} keeps the contract of what is kept of sign-ins`, () => {
    it('replaces only what is expected, and says so', async () => {
      const store = await create();
      expect(await store.replace('acme', 'up/a', 'other', 'one')).toBe(false);
      expect(await store.find('acme', 'up/a')).toBeNull();
      expect(await store.replace('acme', 'up/a', null, 'one')).toBe(true);
      expect(await store.replace('acme', 'up/a', null, 'two')).toBe(false);
      expect(await store.replace('acme', 'up/a', 'zero', 'two')).toBe(false);
      expect(await store.replace('acme', 'up/a', 'one', 'two')).toBe(true);
      expect(await store.find('acme', 'up/a')).toBe('two');
      expect(await store.replace('acme', 'up/a', 'one', null)).toBe(false);
      expect(await store.replace('acme', 'up/a', 'two', null)).toBe(true);
      expect(await store.find('acme', 'up/a')).toBeNull();
    });

    it('lets one of those win who replace the same', async () => {
      const store = await create();
      await store.replace('acme', 'up/a', null, 'one');
      const tries = Array.from({ length: 8 }, (_, at) => store.replace('acme', 'up/a', 'one', `next-${at}`));
      const won = (await Promise.all(tries)).flatMap((isWon, at) => (isWon ? [`next-${at}`] : []));
      expect(won).toEqual([await store.find('acme', 'up/a')]);
    });

    it('keeps tenants apart', async () => {
      const store = await create();
      await store.replace('acme', 'up/b', null, 'of acme');
      await store.replace('acme', 'up/a', null, 'first');
      await store.replace('globex', 'up/b', null, 'of globex');
      expect(await store.find('globex', 'up/a')).toBeNull();
      expect(await store.find('globex', 'up/b')).toBe('of globex');
      expect(await store.list('acme')).toEqual([
        ['up/a', 'first'],
        ['up/b', 'of acme'],
      ]);
      expect(await store.list('nobody')).toEqual([]);
    });
  });
}
