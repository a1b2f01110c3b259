import type { Call, JsonObject } from '@sallyport/contracts';
import { configOf } from '../cases/fixture.ts';
import { completeConfigSchema } from '../complete-config.ts';
import { noSuchTool, probeEnvelope } from '../probe-envelope.ts';
import { checkOf } from './limit-checks.ts';
import { type LimitConfig, limitsIn } from './limits.config.ts';

const call_timeout = 60_000;
const call = (more: Partial<Call> = {}): Call => ({ ...probeEnvelope({ tool: noSuchTool }).call, ...more });

function limitOf(parts: object): LimitConfig {
  const [limit] = limitsIn(configOf({ limits: [{ id: 'x', per: ['tenant'], ...parts }] }));
  if (limit === undefined) throw new Error('no limit');
  return limit;
}

const check = (parts: object, more: Partial<Call> = {}) => checkOf(limitOf(parts), call(more), { call_timeout });

describe('a budget', () => {
  const money = { budget: { argument: '/order/amount', max: 100, window: 'day' } };
  const spending = (amount: unknown) => check(money, { arguments: { order: { amount } } as JsonObject });

  it.each([-1, -0.01, Number.NaN, Number.POSITIVE_INFINITY, '5', '', null, true, [5], { value: 5 }, undefined])(
    'has no price in %j',
    (amount) => expect(spending(amount)).toBeNull(),
  );

  it('has none in what is not there, also where every object has a member of that name', () => {
    expect(check(money)).toBeNull();
    expect(check(money, { arguments: { order: 5 } })).toBeNull();
    expect(check({ budget: { argument: '/constructor/length', max: 1, window: 'day' } })).toBeNull();
  });

  it.each([0, 0.01, 5, 1e9])('is charged %d to the letter', (amount) =>
    expect(spending(amount)).toMatchObject({ kind: 'budget', settle: 'use', cost: amount, max: 100 }),
  );

  it('without an argument counts calls, whatever they say', () => {
    const calls = { budget: { max: 3, window: 'hour' } };
    expect(check(calls, { arguments: { amount: -5 } })).toMatchObject({ cost: 1, max: 3, periodMs: 3_600_000 });
  });
});

describe('what a limit takes of a call', () => {
  it('is as many at once as its rate, where it says nothing else', () => {
    expect(check({ rate: '5/min' })).toMatchObject({ kind: 'rate', settle: 'attempt', max: 5, burst: 5 });
    expect(check({ rate: '5/min', burst: 1, kind: 'use' })).toMatchObject({
      settle: 'use',
      burst: 1,
      periodMs: 60_000,
    });
  });

  it('is a place that is kept for longer than the longest call', () => {
    expect(check({ concurrent: 2 })).toMatchObject({ kind: 'concurrent', max: 2, periodMs: call_timeout + 5_000 });
  });

  it('of repeats is of this very call', () => {
    const key = (digest: string) => check({ identical: '3/min' }, { digest })?.key;
    expect(key('sha256:a')).not.toBe(key('sha256:b'));
    expect(key('sha256:a')).toBe(key('sha256:a'));
  });
});

describe('a limit that is no bound is refused with the configuration', () => {
  it.each<[string, object]>([
    ['nothing to hold to', {}],
    ['two kinds in one', { rate: '5/min', concurrent: 2 }],
    ['a rate of nothing', { rate: '0/min' }],
    ['a rate without a time', { rate: '5' }],
    ['a negative burst', { rate: '5/min', burst: -1 }],
    ['no place at all', { concurrent: 0 }],
    ['half a place', { concurrent: 1.5 }],
    ['a budget below nothing', { budget: { max: -1, window: 'day' } }],
    ['an unknown window', { budget: { max: 1, window: 'year' } }],
    ['an argument that is no pointer', { budget: { argument: 'amount', max: 1, window: 'day' } }],
    ['an unknown dimension', { per: ['ip'], rate: '5/min' }],
    ['what to do without a store, misspelt', { rate: '5/min', store_down: 'permit' }],
    ['a name of a quota', { id: 'tenant-quota/calls', rate: '5/min' }],
  ])('%s', (_, parts) => {
    const limits = [{ id: 'x', per: ['tenant'], ...parts }];
    const { error } = completeConfigSchema.safeParse({ upstreams: {}, limits });
    expect(error?.issues.map(({ path }) => path.slice(0, 2))).toContainEqual(['limits', 0]);
  });
});
