import type { Verdict } from '@sallyport/contracts';
import { createSettingsAgreement, disagreementText } from './settings-agreement.ts';

const guards = [{ id: 'limits', station: 'rate-limit' }] as const;

/** What the gateway, the station and audit have. */
function compared(agreement: ReturnType<typeof createSettingsAgreement>, ...[gateway, station, audit]: string[]) {
  const verdict: Verdict = { guard: 'limits', effect: 'pass', ...(station && { settings: station }) };
  return agreement.compare({ settings: { limits: gateway ?? '' }, verdicts: [verdict] }, { limits: audit ?? '' });
}

describe('the program that lags', () => {
  it('is who has what all had before, while another has something new', () => {
    const agreement = createSettingsAgreement(guards);
    expect(compared(agreement, 'old', 'old', 'old')).toBeNull();
    expect(compared(agreement, 'new', 'old', 'new')?.lags).toEqual(['rate-limit']);
    expect(compared(agreement, 'new', 'old', 'old')?.lags).toEqual(['rate-limit', 'audit']);
    expect(compared(agreement, 'new', 'new', 'old')?.lags).toEqual(['audit']);
  });

  it('is a gateway that was not reloaded when another was', () => {
    const agreement = createSettingsAgreement(guards);
    for (const all of ['old', 'new']) expect(compared(agreement, all, all, all)).toBeNull();
    expect(compared(agreement, 'old', 'new', 'new')?.lags).toEqual(['gateway']);
  });

  it('is who has the later one of two, once all went back to the first', () => {
    const agreement = createSettingsAgreement(guards);
    for (const all of ['first', 'later', 'first']) expect(compared(agreement, all, all, all)).toBeNull();
    expect(compared(agreement, 'first', 'later', 'first')?.lags).toEqual(['rate-limit']);
  });

  it('is nobody by name where nothing was agreed on before', () => {
    expect(compared(createSettingsAgreement(guards), 'a', 'b', 'b')?.lags).toEqual([]);
  });
});

test('a disagreement is told with the guard, every program and its digest', () => {
  const agreement = createSettingsAgreement(guards);
  compared(agreement, 'old', 'old', 'old');
  const found = compared(agreement, 'new', 'old', 'new');
  expect(found && disagreementText(found)).toBe(
    'guard limits: gateway has new, rate-limit has old, audit has new; behind: rate-limit',
  );
});
