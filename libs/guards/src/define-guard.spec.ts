import { defineGuard } from './define-guard.ts';
import { guards } from './guards.ts';
import { guardsDigest } from './guards-digest.ts';
import { deny, hold, pass } from './opinions.ts';

const base = { id: 'x', station: 'gateway', grants: false, reads: [], probes: () => [] } as const;

test('a reason that is not declared does not compile', () => {
  // @ts-expect-error 'other' is not among the reasons
  defineGuard({ ...base, reasons: ['one'], create: () => () => deny('other', 'Stop.') });
  // @ts-expect-error nor for a hold
  defineGuard({ ...base, reasons: ['one'], create: () => () => hold('other', []) });
  const either = () => (Date.now() > 0 ? pass() : deny('other', 'Stop.'));
  // @ts-expect-error nor on one of several ways, asynchronously
  defineGuard({ ...base, reasons: ['one'], create: () => async () => either() });
  const sound = defineGuard({ ...base, reasons: ['one', 'two'], create: () => () => deny('two', 'Stop.') });
  expect(sound.reasons).toEqual(['one', 'two']);
});

test('the digest of the list tells order, place and who may grant', () => {
  const digest = guardsDigest(guards);
  expect(digest).toMatch(/^sha256:/);
  expect(guardsDigest([...guards].reverse())).not.toBe(digest);
  expect(guardsDigest(guards.slice(1))).not.toBe(digest);
  expect(guardsDigest(guards.map((guard) => ({ ...guard, grants: true })))).not.toBe(digest);
  expect(guardsDigest(guards.map((guard) => ({ ...guard, station: 'gateway' })))).not.toBe(digest);
});

test('only authorization may grant', () => {
  expect(guards.filter(({ grants }) => grants).map(({ id }) => id)).toEqual(['authorization']);
});

test('a guard that grants is never in shadow, for nobody else could', () => {
  expect(guards.filter((guard) => guard.grants && guard.neverInShadow === undefined)).toEqual([]);
});
