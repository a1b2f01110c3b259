import type { Verdict } from '@sallyport/contracts';
import fc from 'fast-check';
import { decide, type GuardRole } from './decide.ts';

const list: GuardRole[] = [
  { id: 'strict-input', grants: false, station: 'gateway' },
  { id: 'limits', grants: false, station: 'rate-limit' },
  { id: 'authorization', grants: true, station: 'authorization' },
  { id: 'confirmation', grants: false, station: 'confirmation' },
];

const pass = (guard: string): Verdict => ({ guard, effect: 'pass' });
const allow = (guard: string): Verdict => ({ guard, effect: 'allow' });
const deny = (guard: string): Verdict => ({ guard, effect: 'deny', reason: 'no', advice: 'No.' });
const hold = (guard: string): Verdict => ({ guard, effect: 'hold', reason: 'approval_required', requirements: [] });
const consume: Verdict = {
  guard: 'confirmation',
  effect: 'pass',
  approval: { id: 'A-1', act: 'consume', version: 2 },
  satisfies: ['authorization'],
};
const good = [pass('strict-input'), pass('limits'), allow('authorization'), pass('confirmation')];

const anyVerdict: fc.Arbitrary<Verdict> = fc
  .tuple(fc.constantFrom(...list.map(({ id }) => id)), fc.constantFrom(pass, allow, deny, hold), fc.boolean())
  .map(([guard, make, shadow]) => (shadow ? { ...make(guard), shadow: true as const } : make(guard)));

describe('the decision', () => {
  it.each<[string, Verdict[], string]>([
    ['nobody answered', [], 'guard_missing'],
    ['a guard is missing', good.slice(1), 'guard_missing'],
    ['nobody was asked to confirm what is held', [...good.slice(0, 2), hold('authorization')], 'guard_missing'],
    ['one guard denies', [...good.slice(0, 3), deny('confirmation')], 'no'],
    [
      'nobody grants',
      [pass('strict-input'), pass('limits'), pass('authorization'), pass('confirmation')],
      'nobody_granted',
    ],
    [
      'a guard grants that may not',
      [allow('strict-input'), pass('limits'), pass('authorization'), pass('confirmation')],
      'may_not_grant',
    ],
    ['a stranger answers', [...good, allow('stranger')], 'unknown_verdict'],
    [
      'an effect is unknown',
      [...good.slice(0, 3), { ...pass('confirmation'), effect: 'maybe' as 'pass' }],
      'unknown_verdict',
    ],
    [
      'only a shadow grants',
      [pass('strict-input'), pass('limits'), { ...allow('authorization'), shadow: true }, pass('confirmation')],
      'nobody_granted',
    ],
  ])('denies when %s', (_case, verdicts, reason) => {
    expect(decide(list, { verdicts })).toMatchObject({ effect: 'deny', reason });
  });

  it('holds while a hold is not satisfied, and says which approval it waits for', () => {
    const waiting: Verdict = { ...hold('confirmation'), approval: { id: 'A-1', act: 'wait', version: 1 } } as Verdict;
    expect(decide(list, { verdicts: [...good.slice(0, 2), hold('authorization'), waiting] })).toMatchObject({
      effect: 'hold',
      approval: { id: 'A-1' },
    });
  });

  it('does not take a satisfaction from any other station', () => {
    const forged = { ...consume, guard: 'limits' };
    const verdicts = [pass('strict-input'), forged, hold('authorization'), pass('confirmation')];
    expect(decide(list, { verdicts }).effect).toBe('hold');
  });

  it('does not wait for confirmation where nothing holds', () => {
    expect(decide(list, { verdicts: good.slice(0, 3) })).toMatchObject({ effect: 'allow', guard: 'authorization' });
    const shadow: Verdict = { ...hold('limits'), shadow: true };
    const verdicts = [pass('strict-input'), shadow, allow('authorization')];
    expect(decide(list, { verdicts })).toMatchObject({ effect: 'allow' });
  });

  it('allows when all pass and one that may grant does', () => {
    expect(decide(list, { verdicts: good })).toMatchObject({ effect: 'allow', guard: 'authorization', approval: null });
  });

  it('allows a satisfied hold of a granting guard, with the approval to consume', () => {
    const verdicts = [...good.slice(0, 2), hold('authorization'), consume];
    expect(decide(list, { verdicts })).toMatchObject({ effect: 'allow', approval: { id: 'A-1', act: 'consume' } });
  });

  it('is never turned into an allow by one more deny, wherever it stands', () => {
    fc.assert(
      fc.property(
        fc.array(anyVerdict),
        fc.nat(),
        fc.constantFrom(...list.map(({ id }) => id)),
        (verdicts, at, guard) => {
          const place = at % (verdicts.length + 1);
          const worse = [...verdicts.slice(0, place), deny(guard), ...verdicts.slice(place)];
          expect(decide(list, { verdicts: worse }).effect).toBe('deny');
        },
      ),
    );
  });

  it('allows only when every guard answered, none that counts denied, and a granting one granted', () => {
    fc.assert(
      fc.property(fc.array(anyVerdict, { maxLength: 8 }), (verdicts) => {
        if (decide(list, { verdicts }).effect !== 'allow') return;
        const counted = verdicts.filter(({ shadow }) => shadow !== true);
        const held = counted.some(({ effect }) => effect === 'hold');
        const needed = list.filter(({ station }) => held || station !== 'confirmation');
        expect(needed.every(({ id }) => verdicts.some(({ guard }) => guard === id))).toBe(true);
        expect(counted.some(({ effect }) => effect === 'deny')).toBe(false);
        expect(
          counted.some(({ guard, effect }) => guard === 'authorization' && (effect === 'allow' || effect === 'hold')),
        ).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });
});
