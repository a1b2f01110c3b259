import { countersContract, countersModelContract, type CountersUnderTest, sampleLimit } from '@sallyport/testing';
import { createMemoryCounters } from './memory-counters.ts';

const START = Date.UTC(2026, 10, 23, 9, 15, 2, 113);

function create(): Omit<CountersUnderTest, 'counters'> & {
  jumpWall(ms: number): void;
  counters: ReturnType<typeof createMemoryCounters>;
} {
  let passed = 0;
  let jumped = 0;
  const wall = () => START + passed + jumped;
  const leaseMs = 30_000;
  const options = { clock: { now: wall, monotonic: () => passed }, leaseMs, maxAnswers: 100 };
  return {
    counters: createMemoryCounters(options),
    lost: () => createMemoryCounters({ ...options, unspent: false }),
    nowMs: wall,
    advance: (ms) => void (passed += ms),
    untilWindow: (periodMs) => periodMs - (wall() % periodMs),
    jumpWall: (ms) => void (jumped += ms),
    leaseMs,
  };
}

countersContract('memory', create);
countersModelContract('memory', create);

describe('memory counters', () => {
  it('open no fresh budget window when the wall clock is set back, and block no rate', () => {
    const { counters, jumpWall } = create();
    const limits = [sampleLimit('budget', { max: 1, periodMs: 60_000 })];
    counters.reserve({ tenant: 'shop', id: 'A/limits', limits });
    jumpWall(-3_600_000);
    expect(counters.reserve({ tenant: 'shop', id: 'B/limits', limits }).ok).toBe(false);
    expect(counters.reserve({ tenant: 'shop', id: 'C/limits', limits: [sampleLimit('rate')] }).ok).toBe(true);
  });

  it('hold no more than what is in use, whatever floods them', () => {
    const { counters, advance } = create();
    for (let call = 0; call < 20_000; call++) {
      const limits = (['rate', 'budget', 'concurrent', 'identical'] as const).map((kind) => sampleLimit(kind));
      const id = `${call}/limits`;
      counters.reserve({ tenant: 'shop', id, limits });
      counters.settle('shop', id, call % 2 ? 'refused' : 'allowed');
      if (call % 4 === 0) counters.settle('shop', id, 'finished');
      advance(10);
    }
    expect(counters.size).toBeLessThan(10_000);
  });
});
