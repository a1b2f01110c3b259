import type { LimitCheck } from '@sallyport/contracts';
import { createLocalCounters } from './local-counters.ts';

const base = { id: 'x', key: 'k', settle: 'use', burst: 0, cost: 1 } as const;
const rate = (more: Partial<LimitCheck> = {}): LimitCheck =>
  ({ ...base, kind: 'rate', max: 2, periodMs: 1_000, ...more }) as LimitCheck;

function counters(at = 10_500) {
  const clock = { time: at };
  return { clock, ...createLocalCounters({ now: () => clock.time }) };
}

describe('a process that counts alone', () => {
  it('refuses beyond the limit, says until when, and charges nothing of the call', () => {
    const { clock, take } = counters();
    const other = rate({ key: 'other', max: 3 });
    expect([take('t', [other, rate()]), take('t', [other, rate()])]).toEqual([null, null]);
    clock.time += 400;
    expect(take('t', [other, rate()])).toEqual({ refusedBy: 1, retryMs: 600 });
    expect(take('t', [other])).toBeNull();
    expect(take('t', [other])).toMatchObject({ refusedBy: 0 });
  });

  it('begins a window with the first call, and the next one when it is over', () => {
    const { clock, take } = counters();
    take('t', [rate({ cost: 2 })]);
    clock.time += 999;
    expect(take('t', [rate()])).toEqual({ refusedBy: 0, retryMs: 1 });
    clock.time += 1;
    expect(take('t', [rate()])).toBeNull();
  });

  it('has the windows of budgets where the store has them', () => {
    const { take } = counters(10_500);
    const budget = rate({ kind: 'budget', max: 1 });
    take('t', [budget]);
    expect(take('t', [budget])).toEqual({ refusedBy: 0, retryMs: 500 });
  });

  it('takes what fits to the last, and refuses at once what never fits', () => {
    const { take } = counters();
    expect(take('t', [rate({ cost: 2.01 })])).toMatchObject({ refusedBy: 0 });
    expect(take('t', [rate({ cost: 2 })])).toBeNull();
    expect(take('t', [rate({ cost: 0 })])).toBeNull();
  });

  it('keeps tenants apart, however they are called', () => {
    const { take } = counters();
    take('a', [rate({ key: 'b","c', max: 1 })]);
    expect(take('a","b', [rate({ key: 'c', max: 1 })])).toBeNull();
    expect(take('b', [rate({ key: 'b","c', max: 1 })])).toBeNull();
    expect(take('a', [rate({ key: 'b","c', max: 1 })])).toMatchObject({ refusedBy: 0 });
  });

  it('refuses rather than forgets where there are too many, until some are over', () => {
    const { clock, take } = counters();
    for (let at = 0; at < 10_000; at++) take('t', [rate({ key: `${at}` })]);
    expect(take('t', [rate({ key: 'one more' })])).toMatchObject({ refusedBy: 0 });
    clock.time += 1_000;
    expect(take('t', [rate({ key: 'one more' })])).toBeNull();
  });
});
