import { jest } from '@jest/globals';
import { createFairPlaces, type PlaceOwner } from './fair-places.ts';

const ann: PlaceOwner = { tenant: 'acme', subject: 'acme/ann' };
const axel: PlaceOwner = { tenant: 'acme', subject: 'acme/axel' };
const bob: PlaceOwner = { tenant: 'brix', subject: 'brix/bob' };

describe('places among many', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  const places = () => createFairPlaces({ total: 4, perTenant: 3, perSubject: 2 });

  it('are not had beyond the share of a subject, however long it waits', async () => {
    const { take } = places();
    await take(ann, 100);
    await take(ann, 100);
    const third = take(ann, 100);
    jest.advanceTimersByTime(100);
    expect(await third).toBeNull();
  });

  it('are not had beyond the share of a tenant, and others still enter', async () => {
    const { take } = places();
    for (const owner of [ann, ann, axel]) await take(owner, 100);
    const fourth = take(axel, 100);
    expect(await take(bob, 100)).not.toBeNull();
    jest.advanceTimersByTime(100);
    expect(await fourth).toBeNull();
  });

  describe('are lent beyond the share of a subject', () => {
    const many = () => createFairPlaces({ total: 40, perTenant: 30, perSubject: 10 });
    /** How many of `count` come in at once. */
    const enter = async ({ take }: ReturnType<typeof many>, owner: PlaceOwner, count: number): Promise<number> => {
      const all = Array.from({ length: count }, () => take(owner, 100));
      jest.advanceTimersByTime(100);
      return (await Promise.all(all)).filter((leave) => leave !== null).length;
    };

    it('so that one who is alone has twenty at once', async () => {
      expect(await enter(many(), ann, 20)).toBe(20);
    });

    it('while a quarter stays free: of the tenant’s for its others, and of all for other tenants', async () => {
      const places = many();
      expect(await enter(places, ann, 100)).toBe(22);
      expect(await enter(places, axel, 100)).toBe(8);
      expect(await enter(places, bob, 100)).toBe(10);
    });

    it('and go to others first when they come back', async () => {
      const { take } = createFairPlaces({ total: 4, perTenant: 4, perSubject: 1 });
      const leaves = [await take(ann, 100), await take(ann, 100), await take(ann, 100)];
      await take(axel, 100);
      const [waits, other] = [take(ann, 100), take(bob, 100)];
      leaves.pop()?.();
      jest.advanceTimersByTime(100);
      expect(await waits).toBeNull();
      expect(await other).not.toBeNull();
    });
  });

  it('go to the one who holds fewest, before those who came earlier', async () => {
    const { take } = createFairPlaces({ total: 2, perTenant: 2, perSubject: 2 });
    const [leave] = [await take(ann, 100), await take(ann, 100)];
    const entered: string[] = [];
    const wait = (who: PlaceOwner) => take(who, 100).then((got) => got !== null && entered.push(who.subject));
    const waits = [wait(ann), wait(axel), wait(bob)];
    leave?.();
    jest.advanceTimersByTime(100);
    await Promise.all(waits);
    expect(entered).toEqual(['brix/bob']);
  });

  it('are given on when they are left, and one who gave up takes none', async () => {
    const { take } = createFairPlaces({ total: 1, perTenant: 1, perSubject: 1 });
    const leave = await take(ann, 100);
    const gaveUp = take(axel, 50);
    jest.advanceTimersByTime(50);
    const waits = take(bob, 100);
    leave?.();
    expect(await gaveUp).toBeNull();
    const left = await waits;
    expect(left).not.toBeNull();
    left?.();
    expect(await take(ann, 100)).not.toBeNull();
  });
});
