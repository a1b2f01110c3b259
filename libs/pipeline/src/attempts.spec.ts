import { createAttempts } from './attempts.ts';

const ann = { tenant: 'shop', subject: { issuer: 'idp', id: 'ann' } };
const ben = { tenant: 'shop', subject: { issuer: 'idp', id: 'ben' } };

it('an attempt with a large request counts once for each 64 KiB, for its subject alone', () => {
  const size = { rate: { count: 1, periodMs: 1_000 }, burst: 20 };
  const attempts = createAttempts({ monotonic: () => 0 }, () => size);
  const take = (bytes: number) => attempts.take(ann, bytes);
  expect([take(1_048_576), take(262_145), attempts.wait(ann, 262_145), take(262_144), take(0)]).toEqual([
    0, 1_000, 1_000, 0, 1_000,
  ]);
  expect(attempts.take(ben, 1_048_576)).toBe(0);
  attempts.giveBack(ann, 1_048_576);
  expect([take(1_048_576), take(0)]).toEqual([0, 1_000]);
});
