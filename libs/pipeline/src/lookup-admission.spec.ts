import { createLookupAdmission, type LookupRequest } from './lookup-admission.ts';

const ann = { tenant: 'acme', subject: 'ann' };
const bob = { tenant: 'acme', subject: 'bob' };

function admissionAt(time: { ms: number }, limits = { per_subject: 20, in_flight: 4 }) {
  return createLookupAdmission<string>({ clock: { now: () => 0, monotonic: () => time.ms }, limits });
}

const asking = (fetch: LookupRequest<string>['fetch'], more: Partial<LookupRequest<string>> = {}) => ({
  ...{ key: 'order 1', owner: ann, ttlMs: 1_000, waitMs: 1_000, fetch },
  ...more,
});

describe('lookups', () => {
  it.each([
    ['nothing', async () => null],
    ['an error', () => Promise.reject(new Error('down'))],
  ])('that came to %s are not remembered: the next call asks again', async (_, failing) => {
    const gate = admissionAt({ ms: 0 });
    expect(await gate.through(asking(failing))).toBeNull();
    expect(await gate.through(asking(async () => 'ann'))).toBe('ann');
  });

  it('that fail do not take away what was found before, nor make it last longer', async () => {
    const time = { ms: 0 };
    const gate = admissionAt(time);
    await gate.through(asking(async () => 'ann'));
    expect(await gate.through(asking(async () => null, { ttlMs: 0 }))).toBeNull();
    time.ms = 999;
    expect(await gate.through(asking(async () => 'new'))).toBe('ann');
    time.ms = 1_000;
    expect(await gate.through(asking(async () => 'new'))).toBe('new');
  });

  it('count their age from when they were asked, and an older answer that comes late replaces no newer one', async () => {
    const time = { ms: 0 };
    const gate = admissionAt(time);
    const { promise, resolve: answer } = Promise.withResolvers<string>();
    const asked = Promise.withResolvers<void>();
    const slow = gate.through(asking(() => (asked.resolve(), promise)));
    await asked.promise;
    time.ms = 500;
    await gate.through(asking(async () => 'new', { ttlMs: 0, owner: bob }));
    answer('old');
    expect(await slow).toBe('old');
    expect(await gate.through(asking(async () => 'newest', { owner: bob }))).toBe('new');
  });

  it('of one subject leave places for another', async () => {
    const gate = admissionAt({ ms: 0 });
    const never = new Promise<string>(() => undefined);
    for (let at = 0; at < 20; at += 1) void gate.through(asking(() => never, { key: `slow ${at}` }));
    expect(await gate.through(asking(async () => 'bob', { owner: bob }))).toBe('bob');
  });

  it('beyond the budget of a subject are not made', async () => {
    const gate = admissionAt({ ms: 0 }, { per_subject: 1, in_flight: 4 });
    const look = (at: number) => gate.through(asking(async () => 'ann', { key: `${at}` }));
    expect([await look(1), await look(2), await look(3)]).toEqual(['ann', 'ann', null]);
  });

  it('that wait do not hold up the same lookup of somebody else', async () => {
    const gate = admissionAt({ ms: 0 });
    const never = new Promise<string>(() => undefined);
    for (const key of ['slow', 'too']) void gate.through(asking(() => never, { key }));
    void gate.through(asking(() => never)); // waits: ann has her place and one that is lent
    expect(await gate.through(asking(async () => 'ann', { owner: bob }))).toBe('ann');
  });
});
