import { createSecretKey, randomBytes } from 'node:crypto';
import type { Ids, Keys } from '@sallyport/contracts';
import { people } from '../testing/fake-gateway.ts';
import { createPages, type ListOf } from './pages.ts';

const { alice, bob, mallory } = people as Record<'alice' | 'bob' | 'mallory', NonNullable<(typeof people)[string]>>;
const ids: Ids = { ulid: () => 'x', random: (bytes) => randomBytes(bytes).toString('base64url') };
const keys: Keys = {
  digestKey: () => createSecretKey(Buffer.alloc(32, 1)),
  sealKey: (tenant) => Buffer.alloc(32, tenant),
};
const list = (length: number, word = 'a'): string =>
  JSON.stringify(Array.from({ length }, (_, at) => ({ name: `${word}${at}`, text: 'x'.repeat(40) })));
const mine: ListOf = { principal: alice, upstream: null, kind: 'prompt' };

describe('pages of a list', () => {
  const pages = createPages({ keys, ids });
  const first = (of = mine, text = list(250)) => pages.cut(of, text, undefined)?.next.nextCursor ?? 'none';

  it('take no cursor of somebody else, of another endpoint, kind or list, and none that is not ours', () => {
    const text = list(250);
    const cursor = first();
    expect(pages.cut({ ...mine, principal: bob }, text, cursor)).toBeNull();
    expect(pages.cut({ ...mine, principal: mallory }, text, cursor)).toBeNull();
    expect(pages.cut({ ...mine, upstream: 'shop' }, text, cursor)).toBeNull();
    expect(pages.cut({ ...mine, kind: 'resource' }, text, cursor)).toBeNull();
    expect(pages.cut(mine, list(250, 'b'), cursor)).toBeNull();
    expect(pages.cut(mine, list(3), cursor)).toBeNull();
    for (const odd of ['', '1', `${cursor}A`, cursor.slice(0, -4), 7, null, {}, [cursor]])
      expect(pages.cut(mine, text, odd as string)).toBeNull();
    expect(pages.cut(mine, text, cursor)).not.toBeNull();
  });

  it.each([0, 1, 99, 100, 101, 200, 250])('hold all of %i items, once and in order', (length) => {
    const text = list(length);
    const seen: unknown[] = [];
    let cursor: string | undefined;
    do {
      const page = pages.cut(mine, text, cursor);
      const items = JSON.parse(page?.items ?? 'null') as unknown[];
      expect(items.length).toBeLessThanOrEqual(100);
      seen.push(...items);
      cursor = page?.next.nextCursor;
    } while (cursor !== undefined);
    expect(JSON.stringify(seen)).toBe(text);
  });

  it('are of another gateway, too', () => {
    expect(createPages({ keys, ids }).cut(mine, list(250), first())?.next.nextCursor).toEqual(expect.any(String));
  });

  it('leave tools together, and numbers as they were written', () => {
    expect(pages.cut({ ...mine, kind: 'tool' }, list(900), undefined)).toEqual({ items: list(900), next: {} });
    const text = `[${Array(150).fill('{"name":"a","size":1.0}').join(',')}]`;
    expect(pages.cut(mine, text, undefined)?.items).toMatch(/^\[\{"name":"a","size":1\.0\},/);
  });
});
