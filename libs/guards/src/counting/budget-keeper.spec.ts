import { createMemoryCounters, createMemoryJournal } from '@sallyport/adapter-memory';
import { BudgetsUnknown, type Journal, JournalUnavailable, type LimitCheck, personName } from '@sallyport/contracts';
import { createBudgetKeeper } from './budget-keeper.ts';
import { checkOf } from './limit-checks.ts';
import { limitsIn } from './limits.config.ts';
import { configOf, DEFINITION } from '../cases/fixture.ts';
import { probeEnvelope } from '../probe-envelope.ts';

const DAY = 86_400_000;
const NOON = Date.UTC(2026, 10, 23, 12);
const digest = `hmac-sha256:${'A'.repeat(43)}`;

const config = configOf({
  limits: [
    { id: 'money', per: ['subject'], tool: 'orders/pay', budget: { argument: '/amount', max: 3, window: 'day' } },
    { id: 'hourly', per: ['tenant', 'tool'], budget: { max: 100, window: 'hour' } },
    { id: 'rate', per: ['tenant'], rate: '1000/s' },
  ],
});

function setUp({ settledMs = 0, journal: change = (real: Journal) => real } = {}) {
  const memory = createMemoryJournal();
  let now = NOON;
  const clock = { now: () => now, monotonic: () => now };
  let written = 0;
  const paused: number[] = [];
  const incidents: string[] = [];
  let whilePaused = async (): Promise<void> => undefined;
  const counters = createMemoryCounters({ clock, unspent: false });
  const keeper = createBudgetKeeper({
    counters,
    journal: change(memory.journal),
    directory: memory.directory,
    clock,
    observer: { incident: (what) => void incidents.push(what) },
    config: () => config,
    settledMs,
    async pause(ms) {
      paused.push(ms);
      await whilePaused();
    },
  });

  /** Puts an allowed call on record that took this of the budgets. */
  async function spend(at: number, spent: { id: string; amount: number }[], { who = 'ann', decision = 'allow' } = {}) {
    const before = now;
    now = at;
    const subject = { issuer: 'i', id: who };
    const id = String((written += 1)).padStart(26, '0');
    const verdict = { guard: 'limits', effect: 'pass' as const, spent };
    const data = {
      tenant: 'shop',
      decision: decision as 'allow',
      reason: 'allowed',
      guard: 'authorization',
      subject: { ref: await memory.directory.refOf('shop', 'sub', personName(subject)), issuer: 'i' },
      agent: { ref: 'cli_x', verified: false },
      session: null,
      flow: null,
      action: 'tools/call' as const,
      upstream: 'orders',
      tool: 'pay',
      definition: DEFINITION,
      call: digest,
      arguments: { digest, commitment: DEFINITION, bytes: 2 },
      resources: [],
      facts: { digest, bulk: 0, wildcards: [], unbounded: [], depth: 1 },
      verdicts: [verdict],
      policy: DEFINITION,
      guards: DEFINITION,
      gateway: { boot: 'b', counter: written },
      approval: null,
      elapsed_us: 1,
    };
    const time = new Date(at).toISOString();
    const event = { id, type: 'call.decided' as const, time, source: '/audit', traceparent: null, data };
    await memory.journal.commit({
      tenant: 'shop',
      commandId: id,
      writes: [{ stream: `call/${id}`, expectedVersion: 0, events: [event] }],
    });
    now = before;
  }

  let asked = 0;
  async function pay(amount: number, who = 'ann') {
    const tool = { upstream: 'orders', name: 'pay', digest: DEFINITION };
    const call = {
      ...probeEnvelope({ tool }).call,
      arguments: { amount },
      subject: { id: who, issuer: 'i', roles: [] },
    };
    const checks = limitsIn(config).map((limit) => checkOf(limit, call, { call_timeout: 1_000 }) as LimitCheck);
    const id = `call-${(asked += 1)}/limits`;
    const answer = await keeper.counters.reserve({ tenant: 'shop', id, limits: checks });
    if (answer.ok) await keeper.counters.settle('shop', id, 'allowed');
    return answer;
  }

  return {
    ...{ keeper, spend, pay, paused, incidents, counters },
    during: (what: () => Promise<void>) => void (whilePaused = what),
    pass: (ms: number) => void (now += ms),
  };
}

describe('budgets after their counters were lost', () => {
  it('go on from the record: what allowed calls of this window took, exactly, each person alone', async () => {
    const { spend, pay } = setUp();
    for (let time = 0; time < 10; time += 1) await spend(NOON - time * 60_000, [{ id: 'money', amount: 0.1 }]);
    await spend(NOON, [
      { id: 'money', amount: 1.8 },
      { id: 'hourly', amount: 1 },
    ]);
    await spend(NOON - DAY, [{ id: 'money', amount: 3 }]);
    await spend(NOON, [{ id: 'money', amount: 3 }], { decision: 'deny' });
    await spend(NOON, [{ id: 'gone', amount: 3 }]);
    expect(await pay(0.21)).toMatchObject({
      ok: false,
      statuses: [{ id: 'money', remaining: 0.2 }, { remaining: 99 }, {}],
    });
    expect((await pay(0.2)).ok).toBe(true);
    expect((await pay(0.000_01)).ok).toBe(false);
    expect((await pay(3, 'ben')).ok).toBe(true);
  });

  it('read no further back than the window, however long the record is', async () => {
    let pages = 0;
    const journal = (real: Journal): Journal => ({
      ...real,
      readAll(tenant, options) {
        if (options.limit > 1) pages += 1;
        return real.readAll(tenant, options);
      },
    });
    const { spend, pay, keeper } = setUp({ journal });
    for (let day = 3_000; day > 0; day -= 1) await spend(NOON - DAY - day * 60_000, [{ id: 'money', amount: 3 }]);
    await spend(NOON, [{ id: 'money', amount: 2 }]);
    await keeper.restoreAll(['shop']);
    expect(pages).toBe(1);
    expect([(await pay(2)).ok, (await pay(1)).ok]).toEqual([false, true]);
  });

  it('of many callers at once are read once, and none passes before', async () => {
    const { spend, pay, keeper } = setUp();
    await spend(NOON, [{ id: 'money', amount: 1 }]);
    const answers = await Promise.all(Array.from({ length: 10 }, () => pay(1)));
    expect(answers.filter(({ ok }) => ok)).toHaveLength(2);
    expect(keeper.reading()).toEqual([]);
  });

  it('wait for calls that were charged before the loss and are not on record yet', async () => {
    const { spend, pay, paused, during } = setUp({ settledMs: 6_000 });
    await spend(NOON, [{ id: 'money', amount: 1 }]);
    during(() => spend(NOON, [{ id: 'money', amount: 1 }]));
    expect([(await pay(1)).ok, (await pay(1)).ok]).toEqual([true, false]);
    expect(paused).toEqual([6_000]);
  });

  it('that nobody spent lately are known at once', async () => {
    const { spend, pay, paused } = setUp({ settledMs: 6_000 });
    await spend(NOON - 3_600_000, [{ id: 'money', amount: 1 }]);
    expect((await pay(2)).ok).toBe(true);
    expect(paused).toEqual([]);
  });

  it('stay shut while the record can not be read, and open when it can', async () => {
    let away = true;
    const journal = (real: Journal): Journal => ({
      ...real,
      readAll: (tenant, options) =>
        away ? Promise.reject(new JournalUnavailable('away')) : real.readAll(tenant, options),
    });
    const { spend, pay, incidents } = setUp({ journal });
    await spend(NOON, [{ id: 'money', amount: 2 }]);
    await expect(pay(1)).rejects.toThrow(BudgetsUnknown);
    expect(incidents).toEqual(['budgets_not_read']);
    away = false;
    expect([(await pay(1)).ok, (await pay(1)).ok]).toEqual([true, false]);
  });

  it('keep counting a person who was erased, for what all share', async () => {
    const { spend, pay } = setUp();
    await spend(NOON, [{ id: 'hourly', amount: 100 }], { who: 'erased' });
    expect(await pay(0)).toMatchObject({ ok: false, statuses: [{}, { id: 'hourly', remaining: 0 }, {}] });
  });
});
