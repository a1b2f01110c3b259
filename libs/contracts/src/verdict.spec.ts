import { isEnforcedDeny, isEnforcedHold, mustAnswer, type Verdict } from './index.ts';

const deny: Verdict = { guard: 'limits', effect: 'deny', reason: 'over_limit', advice: 'Wait.' };
const hold: Verdict = { guard: 'authorization', effect: 'hold', reason: 'approval_required', requirements: [] };
const pass: Verdict = { guard: 'limits', effect: 'pass' };
const shadow = true as const;

describe('mustAnswer', () => {
  it('asks nobody after a deny', () => {
    expect(mustAnswer('authorization', [deny])).toBe(false);
    expect(mustAnswer('confirmation', [hold, deny])).toBe(false);
  });

  it('asks confirmation only about a call that is held', () => {
    expect(mustAnswer('confirmation', [pass])).toBe(false);
    expect(mustAnswer('confirmation', [hold])).toBe(true);
  });

  it('asks every other station, whatever was said in shadow', () => {
    expect(mustAnswer('rate-limit', [])).toBe(true);
    expect(mustAnswer('authorization', [{ ...deny, shadow }, hold])).toBe(true);
    expect(mustAnswer('confirmation', [{ ...hold, shadow }])).toBe(false);
  });
});

it('counts a deny and a hold only where they are enforced', () => {
  expect([deny, hold, pass].map(isEnforcedDeny)).toEqual([true, false, false]);
  expect([deny, hold, pass].map(isEnforcedHold)).toEqual([false, true, false]);
  expect([isEnforcedDeny({ ...deny, shadow }), isEnforcedHold({ ...hold, shadow })]).toEqual([false, false]);
});
