import type { LimitCheck, Reservation } from '@sallyport/contracts';
import fc from 'fast-check';
import { type CountersUnderTest, sampleLimit } from './counters.contract.ts';
import { CountersModel, type Expected } from './counters.model.ts';

const DAY_MS = 86_400_000;
const OUTCOMES = ['allowed', 'refused', 'finished'] as const;

/** A few limits that meet often; every period divides a day. */
const LIMITS: readonly LimitCheck[] = [
  sampleLimit('rate', { settle: 'attempt', max: 4, burst: 3, periodMs: 4_000 }),
  sampleLimit('rate', { settle: 'use', max: 2, burst: 2, periodMs: 5_000, cost: 2 }),
  sampleLimit('rate', { settle: 'use', max: 8, burst: 5, periodMs: 20_000 }),
  sampleLimit('budget', { settle: 'use', max: 10, periodMs: 6_000, cost: 3 }),
  sampleLimit('budget', { settle: 'attempt', max: 30, periodMs: 12_000, cost: 5 }),
  sampleLimit('concurrent', { settle: 'use', max: 2, periodMs: 5_000 }),
  sampleLimit('identical', { settle: 'use', max: 2, periodMs: 6_000 }),
];

type Step =
  | { readonly do: 'reserve'; readonly limits: readonly LimitCheck[]; readonly repeat: number | null }
  | { readonly do: 'settle'; readonly which: number; readonly outcome: (typeof OUTCOMES)[number] }
  | { readonly do: 'wait'; readonly ms: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('reserve' as const),
      limits: fc.subarray([...LIMITS], { minLength: 1 }),
      repeat: fc.option(fc.nat(20), { freq: 6 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('settle' as const),
      which: fc.nat(20),
      outcome: fc.constantFrom(...OUTCOMES),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.nat(3_000) }) },
);

/** Any history of reservations, settlements and time gives what a naive model gives. For counters whose time is a fake. */
export function countersModelContract(
  name: string,
  create: () => CountersUnderTest | Promise<CountersUnderTest>,
): void {
  it(`${name} answers any history as a naive model does`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 60 }), async (steps) => {
        const tested = await create();
        await tested.advance(await tested.untilWindow(DAY_MS));
        const history = new History(tested);
        for (const each of steps) await history.take(each);
      }),
      { numRuns: 300 },
    );
  });
}

class History {
  readonly #tested: CountersUnderTest;
  readonly #model: CountersModel;
  readonly #answers = new Map<string, { answer: Reservation; at: number; settled: boolean }>();

  constructor(tested: CountersUnderTest) {
    this.#tested = tested;
    this.#model = new CountersModel(tested.leaseMs);
  }

  async take(step: Step): Promise<void> {
    if (step.do === 'wait') {
      await this.#tested.advance(step.ms);
      this.#model.now += step.ms;
      return;
    }
    this.#model.expire();
    if (step.do === 'reserve') await this.#reserve(step);
    else await this.#settle(step);
  }

  async #reserve({ limits, repeat }: Extract<Step, { do: 'reserve' }>): Promise<void> {
    const known = repeat === null ? undefined : [...this.#answers.keys()].at(-1 - repeat);
    const id = known ?? `call${this.#answers.size}/limits`;
    const first = this.#answers.get(id);
    if (first && first.at + this.#tested.leaseMs <= this.#model.now) return; // may have been forgotten
    const answer = await this.#tested.counters.reserve({ tenant: 'shop', id, limits });
    if (first) {
      expect(answer).toEqual(first.answer);
      return;
    }
    this.#expect(answer, limits);
    this.#answers.set(id, { answer, at: this.#model.now, settled: false });
    if (answer.ok) this.#model.charge(id, limits);
  }

  #expect(answer: Reservation, limits: readonly LimitCheck[]): void {
    const expected = limits.map((check) => this.#model.judge(check));
    const refusedBy = strictest(expected);
    const remaining = expected.map((each, index) => each.remaining - (refusedBy < 0 ? (limits[index]?.cost ?? 0) : 0));
    expect({ ok: answer.ok, remaining: answer.statuses.map((status) => status.remaining) }).toEqual({
      ok: refusedBy < 0,
      remaining,
    });
    const check = limits[refusedBy];
    if (answer.ok || !check) return;
    const earlier = check.kind === 'identical' ? this.#model.latest(check)?.split('/')[0] : undefined;
    const { refusedBy: by, retryMs, earlier: named } = answer;
    expect({ by, retryMs, named }).toEqual({ by: refusedBy, retryMs: expected[refusedBy]?.retryMs, named: earlier });
  }

  async #settle({ which, outcome }: Extract<Step, { do: 'settle' }>): Promise<void> {
    const id = [...this.#answers.keys()].at(-1 - which);
    if (id === undefined) return;
    await this.#tested.counters.settle('shop', id, outcome);
    this.#model.settle(id, outcome);
  }
}

function strictest(expected: readonly Expected[]): number {
  const waits = expected.map(({ fits, retryMs }) => (fits ? -1 : (retryMs ?? Infinity)));
  const longest = Math.max(...waits);
  return longest < 0 ? -1 : waits.indexOf(longest);
}
