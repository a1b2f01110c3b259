import { BudgetsUnknown, type Counters, type LimitCheck, MOST_BUSY_MS, type SpentBudget } from '@sallyport/contracts';

/** Counters of their own, and a way to let time pass for them. */
export interface CountersUnderTest {
  readonly counters: Counters;
  /** Lets `ms` pass: at once where the clock is a fake, by waiting where it is the store's. */
  advance(ms: number): Promise<void> | void;
  /** Milliseconds until the next budget window of `periodMs` starts. */
  untilWindow(periodMs: number): Promise<number> | number;
  /** Milliseconds after which an unsettled reservation is given back. */
  readonly leaseMs: number;
  /** Counters over a store that was lost: nobody has told what was spent of budgets. Those of `counters` were told. */
  lost(): Promise<Counters> | Counters;
  /** Milliseconds since the epoch, by the counters' own clock. */
  nowMs(): number;
}

let used = 0;

/** A limit of one kind; keys are fresh unless given. */
export function sampleLimit(kind: LimitCheck['kind'], over: Partial<LimitCheck> = {}): LimitCheck {
  used++;
  return { id: kind, key: `key-${used}`, kind, settle: 'use', max: 3, periodMs: 6_000, burst: 3, cost: 1, ...over };
}

/** A reservation id of a call that was never heard of. */
export function freshId(): string {
  used++;
  return `call-${used}/limits`;
}

/** What every `Counters` must do. */
export function countersContract(name: string, create: () => Promise<CountersUnderTest> | CountersUnderTest): void {
  describe(`${name} keeps the counters' contract`, () => {
    refusals(create);
    retries(create);
    settlement(create);
    windows(create);
    losses(create);
  });
}

type Create = () => Promise<CountersUnderTest> | CountersUnderTest;

const KINDS = ['rate', 'budget', 'concurrent', 'identical'] as const;

async function reserve(counters: Counters, limits: readonly LimitCheck[], id = freshId(), tenant = 'shop') {
  return counters.reserve({ tenant, id, limits });
}

function refusals(create: Create): void {
  it.each(KINDS)('lets exactly 100 of 500 callers at once through a %s limit of 100', async (kind) => {
    const { counters } = await create();
    const limit = sampleLimit(kind, { max: 100, burst: 100, periodMs: 3_600_000 });
    const answers = await Promise.all(Array.from({ length: 500 }, () => reserve(counters, [limit])));
    expect(answers.filter(({ ok }) => ok)).toHaveLength(100);
  });

  it.each(KINDS)('moves nothing when another limit refuses: %s', async (kind) => {
    const { counters } = await create();
    const wide = sampleLimit(kind, { max: 2, burst: 2 });
    const shut = sampleLimit('budget', { max: 1, cost: 2 });
    for (let round = 0; round < 5; round++) {
      const refused = await reserve(counters, [wide, shut]);
      expect(refused).toMatchObject({
        ok: false,
        refusedBy: 1,
        retryMs: null,
        statuses: [{ remaining: 2 }, { remaining: 1 }],
      });
    }
    expect(await reserve(counters, [wide])).toMatchObject({ ok: true, statuses: [{ id: kind, remaining: 1 }] });
  });

  it.each(KINDS)('answers an id as it did before and charges nothing: %s', async (kind) => {
    const { counters } = await create();
    const limit = sampleLimit(kind, { max: 2, burst: 2, periodMs: 3_600_000 });
    const id = freshId();
    const first = await reserve(counters, [limit], id);
    for (let round = 0; round < 3; round++) expect(await reserve(counters, [limit], id)).toEqual(first);
    await counters.settle('shop', id, 'allowed');
    expect(await reserve(counters, [limit], id)).toEqual(first);
    expect(await reserve(counters, [limit])).toMatchObject({ ok: true, statuses: [{ remaining: 0 }] });
    const refusedId = freshId();
    const refused = await reserve(counters, [limit], refusedId);
    expect(refused).toMatchObject({ ok: false, refusedBy: 0 });
    await counters.settle('shop', id, 'finished');
    expect(await reserve(counters, [limit], refusedId)).toEqual(refused);
  });

  it.each(KINDS)('counts a tenant apart from another: %s', async (kind) => {
    const { counters } = await create();
    const limit = sampleLimit(kind, { max: 1, burst: 1 });
    const id = freshId();
    expect((await reserve(counters, [limit], id, 'shop')).ok).toBe(true);
    expect((await reserve(counters, [limit], id, 'bank')).ok).toBe(true);
    expect((await reserve(counters, [limit])).ok).toBe(false);
  });

  it('says never where the cost is above the maximum', async () => {
    const { counters } = await create();
    expect(await reserve(counters, [sampleLimit('rate', { cost: 4 })])).toMatchObject({ ok: false, retryMs: null });
    expect(await reserve(counters, [sampleLimit('budget', { cost: 4 })])).toMatchObject({ ok: false, retryMs: null });
    for (const kind of KINDS) {
      expect(await reserve(counters, [sampleLimit(kind, { max: 0 })])).toMatchObject({ ok: false, retryMs: null });
    }
  });
}

function retries(create: Create): void {
  it.each(KINDS)('allows after exactly the time that it names: %s', async (kind) => {
    const { counters, advance } = await create();
    const limit = sampleLimit(kind, { max: 3, burst: 2, periodMs: 700 });
    for (let taken = 0; (await reserve(counters, [limit])).ok; taken++) expect(taken).toBeLessThan(4);
    const refused = await reserve(counters, [limit]);
    const retryMs = refused.ok ? null : refused.retryMs;
    expect(retryMs).toBeGreaterThan(0);
    await advance(retryMs ?? 0);
    expect((await reserve(counters, [limit])).ok).toBe(true);
  });

  it('asks a caller back soon where calls run, since one of them can end at any time', async () => {
    const { counters } = await create();
    const limit = sampleLimit('concurrent', { max: 1, periodMs: 125_000 });
    await reserve(counters, [limit]);
    expect(await reserve(counters, [limit])).toMatchObject({ ok: false, retryMs: MOST_BUSY_MS });
  });

  it('names the limit that keeps the caller longest', async () => {
    const { counters } = await create();
    const soon = sampleLimit('rate', { max: 1, burst: 1, periodMs: 1_000 });
    const later = sampleLimit('identical', { max: 1, periodMs: 60_000 });
    await reserve(counters, [soon, later]);
    expect(await reserve(counters, [soon, later])).toMatchObject({ ok: false, refusedBy: 1 });
    expect(await reserve(counters, [later, soon])).toMatchObject({ ok: false, refusedBy: 0 });
  });

  it('names the latest call that was counted', async () => {
    const { counters } = await create();
    const limit = sampleLimit('identical', { max: 3 });
    for (const call of ['A', 'B', 'C', 'D']) await reserve(counters, [limit], `${call}/limits`);
    expect(await reserve(counters, [limit])).toMatchObject({ ok: false, earlier: 'C' });
    await counters.settle('shop', 'C/limits', 'refused');
    await counters.settle('shop', 'B/limits', 'allowed');
    await reserve(counters, [limit], 'E/limits');
    await counters.settle('shop', 'E/limits', 'allowed');
    expect(await reserve(counters, [limit])).toMatchObject({ ok: false, earlier: 'E' });
  });
}

function settlement(create: Create): void {
  it.each(KINDS)('gives a use back on refusal, once, and keeps it on allowance: %s', async (kind) => {
    const { counters } = await create();
    const limit = sampleLimit(kind, { max: 2, burst: 2, periodMs: 3_600_000 });
    const [kept, refused] = [freshId(), freshId()];
    await reserve(counters, [limit], kept);
    await counters.settle('shop', kept, 'allowed');
    await reserve(counters, [limit], refused);
    for (let round = 0; round < 3; round++) await counters.settle('shop', refused, 'refused');
    await counters.settle('shop', 'never-heard-of', 'refused');
    expect((await reserve(counters, [limit])).ok).toBe(true);
    expect((await reserve(counters, [limit])).ok).toBe(false);
  });

  it.each(['rate', 'budget', 'identical'] as const)('keeps an attempt whatever is decided: %s', async (kind) => {
    const { counters } = await create();
    const limit = sampleLimit(kind, { settle: 'attempt', max: 1, burst: 1, periodMs: 3_600_000 });
    const id = freshId();
    await reserve(counters, [limit], id);
    await counters.settle('shop', id, 'refused');
    expect((await reserve(counters, [limit])).ok).toBe(false);
  });

  it.each(['attempt', 'use'] as const)(
    'holds a lease from allowed to finished, frees it on refused: %s',
    async (settle) => {
      const { counters } = await create();
      const limit = sampleLimit('concurrent', { settle, max: 1, periodMs: 60_000 });
      const [first, second] = [freshId(), freshId()];
      await reserve(counters, [limit], first);
      await counters.settle('shop', first, 'allowed');
      expect((await reserve(counters, [limit])).ok).toBe(false);
      await counters.settle('shop', first, 'finished');
      expect((await reserve(counters, [limit], second)).ok).toBe(true);
      await counters.settle('shop', second, 'refused');
      expect((await reserve(counters, [limit])).ok).toBe(true);
    },
  );

  it.each(['budget', 'concurrent', 'identical'] as const)(
    'gives back what nobody settles, after its lease: %s',
    async (kind) => {
      const { counters, advance, leaseMs } = await create();
      const limit = sampleLimit(kind, { max: 1, periodMs: 86_400_000 });
      await reserve(counters, [limit]);
      expect((await reserve(counters, [limit])).ok).toBe(false);
      await advance(leaseMs);
      expect((await reserve(counters, [limit])).ok).toBe(true);
    },
  );
}

function losses(create: Create): void {
  const budget = (over: Partial<LimitCheck> = {}) =>
    sampleLimit('budget', { key: 'money', max: 3, periodMs: 86_400_000, ...over });
  const spentOf = (nowMs: number, amount: number, over: Partial<SpentBudget> = {}): SpentBudget => {
    const periodMs = 86_400_000;
    return { key: 'money', periodMs, window: Math.floor(nowMs / periodMs), amount, ...over };
  };

  it('starts no budget from zero when its store was lost, and charges nothing beside it', async () => {
    const { lost } = await create();
    const counters = await lost();
    const rate = sampleLimit('rate', { max: 1, burst: 1, periodMs: 3_600_000 });
    for (let call = 0; call < 3; call++)
      await expect(async () => reserve(counters, [rate, budget()])).rejects.toThrow(BudgetsUnknown);
    expect((await reserve(counters, [rate])).ok).toBe(true);
    expect((await reserve(counters, [rate])).ok).toBe(false);
  });

  it('goes on from what it was told, to the cent, and takes 20 at once for no more than what is left', async () => {
    const { lost, nowMs } = await create();
    const counters = await lost();
    await counters.restore('shop', [spentOf(nowMs(), 2.1), spentOf(nowMs(), 8, { key: 'other' })]);
    const tenth = budget({ cost: 0.1 });
    const answers = await Promise.all(Array.from({ length: 20 }, () => reserve(counters, [tenth])));
    expect(answers.filter(({ ok }) => ok)).toHaveLength(9);
    expect(await reserve(counters, [budget({ key: 'other', max: 10, cost: 3 })])).toMatchObject({
      ok: false,
      statuses: [{ remaining: 2 }],
    });
    expect((await reserve(counters, [budget({ key: 'unspent' })])).ok).toBe(true);
  });

  it.each([1e15 + 0.5, 123_456_789.123_456, 1.7e308])('keeps a sum of %d as it is', async (amount) => {
    const { lost, nowMs } = await create();
    const counters = await lost();
    await counters.restore('shop', [spentOf(nowMs(), amount)]);
    expect((await reserve(counters, [budget({ max: amount, cost: amount / 1e6 })])).ok).toBe(false);
    expect((await reserve(counters, [budget({ max: amount, cost: 0 })])).ok).toBe(true);
  });

  it('counts nothing of a window that is over, and is told once for each tenant', async () => {
    const { lost, nowMs } = await create();
    const counters = await lost();
    const { window } = spentOf(nowMs(), 0);
    await counters.restore('shop', [spentOf(nowMs(), 3, { window: window - 1 })]);
    await counters.restore('shop', [spentOf(nowMs(), 3)]);
    expect((await reserve(counters, [budget({ cost: 3 })])).ok).toBe(true);
    await expect(async () => reserve(counters, [budget()], freshId(), 'bank')).rejects.toThrow(BudgetsUnknown);
  });
}

function windows(create: Create): void {
  it('starts a budget again with each window', async () => {
    const { counters, advance, untilWindow } = await create();
    const limit = sampleLimit('budget', { max: 10, cost: 6, periodMs: 1_000 });
    await advance(await untilWindow(1_000));
    expect(await reserve(counters, [limit])).toMatchObject({ ok: true, statuses: [{ remaining: 4 }] });
    expect((await reserve(counters, [limit])).ok).toBe(false);
    await advance(await untilWindow(1_000));
    expect(await reserve(counters, [limit])).toMatchObject({ ok: true, statuses: [{ remaining: 4 }] });
  });

  it('does not let twice the rate through at the edge of a window', async () => {
    const { counters, advance } = await create();
    const limit = sampleLimit('rate', { max: 10, burst: 10, periodMs: 1_000 });
    const take = async () => {
      let taken = 0;
      while ((await reserve(counters, [limit])).ok) taken++;
      return taken;
    };
    expect(await take()).toBe(10);
    await advance(200);
    expect(await take()).toBeLessThanOrEqual(3);
  });
}
