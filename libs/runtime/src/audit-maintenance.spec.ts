import { createMemoryJournal } from '@sallyport/adapter-memory';
import { type Journal, JournalUnavailable, type Leases, type NewEvent } from '@sallyport/contracts';
import { createMaintenance } from './audit-maintenance.ts';
import { systemClock, systemIds } from './system.ts';

/** Maintenance whose lease is given when `grant` is called; `done` says in order what was done. */
function fixture({ unreadable, kinds = [undefined] }: { unreadable?: string; kinds?: readonly unknown[] } = {}) {
  const done: string[] = [];
  const read: string[] = [];
  const alive: string[] = [];
  const time = { ms: 0 };
  const asked = Promise.withResolvers<void>();
  const { journal: memory, vault, directory, tenants } = createMemoryJournal();
  const journal: Journal = {
    ...memory,
    readAll(tenant, options) {
      read.push(tenant);
      return tenant === unreadable && kinds.includes(options.kind)
        ? Promise.reject(new JournalUnavailable('too long'))
        : memory.readAll(tenant, options);
    },
  };
  const leases: Leases = {
    async take() {
      await asked.promise;
      done.push('lease taken');
      return { slot: 0, held: () => true, release: async () => void done.push('lease given back') };
    },
    holders: async () => alive,
  };
  const clock = { ...systemClock, monotonic: () => time.ms };
  const digestKey = (): never => {
    throw new Error('nothing is digested here');
  };
  const maintenance = createMaintenance({
    records: { clock, ids: systemIds(clock), keys: { digestKey, sealKey: digestKey }, directory },
    ...{ journal, vault, directory, tenants, leases },
    relay: { start: () => void done.push('relay started'), stop: async () => void done.push('relay stopped') },
    observer: { decided: () => undefined, finished: () => undefined, incident: (what) => void done.push(what) },
    notices: () => ({ round: () => undefined, findings: () => [], stop: () => undefined }),
    instance: 'audit-1',
    overdueMs: 60_000,
  });
  return { maintenance, journal: memory, done, read, alive, time, grant: () => asked.resolve() };
}

const eventOf = (type: NewEvent['type'], data: object): NewEvent =>
  ({ id: type, type, time: new Date().toISOString(), source: '/test', traceparent: null, data }) as NewEvent;

it('keeps neither lease nor relay when it is stopped while it asks for the lease', async () => {
  const { maintenance, done, grant } = fixture();
  const round = maintenance.tick();
  const stopped = maintenance.stop();
  grant();
  await Promise.all([round, stopped]);
  await maintenance.tick();
  expect(done).toEqual(['lease taken', 'relay started', 'relay stopped', 'lease given back']);
});

it.each([
  ['sweep_failed', [undefined]],
  ['maintenance_failed', ['approval']],
])('sweeps the other tenants when the log of one can’t be read: %s', async (incident, kinds) => {
  const { maintenance, journal, done, grant } = fixture({ unreadable: 'bank', kinds });
  for (const tenant of ['bank', 'shop']) {
    const events = [eventOf('gateway.stopped', { tenant, boot: 'gone' })];
    const writes = [{ stream: `tenant/${tenant}`, expectedVersion: 0, events }];
    await journal.commit({ tenant, commandId: tenant, writes });
  }
  grant();
  await maintenance.tick();
  await maintenance.stop();
  expect(done).toContain(incident);
  const types = (await journal.readStream('shop', 'tenant/shop')).map(({ type }) => type);
  expect(types).toEqual(['gateway.stopped', 'calls.swept']);
});

it('reads the logs that grew and those with a call that may be under way, no others', async () => {
  const { maintenance, journal, read, alive, time, grant } = fixture();
  const commit = (tenant: string, stream: string, event: NewEvent) =>
    journal.commit({ tenant, commandId: stream, writes: [{ stream, expectedVersion: 0, events: [event] }] });
  for (const tenant of ['bank', 'zoo'])
    await commit(tenant, `tenant/${tenant}`, eventOf('gateway.stopped', { tenant, boot: 'g' }));
  await commit(
    'shop',
    'call/1',
    eventOf('call.decided', { tenant: 'shop', decision: 'allow', gateway: { boot: 'g' } }),
  );
  alive.push('g');
  grant();
  /** A sweep: whose log is read. */
  async function swept(): Promise<readonly string[]> {
    read.length = 0;
    time.ms += 30_000;
    await maintenance.tick();
    return [...new Set(read)].sort();
  }
  expect(await swept()).toEqual(['bank', 'shop', 'zoo']);
  expect(await swept()).toEqual(['bank', 'shop', 'zoo']); // that they were swept is on record
  expect(await swept()).toEqual(['shop']);
  await commit('zoo', 'tenant/more', eventOf('gateway.stopped', { tenant: 'zoo', boot: 'g' }));
  expect(await swept()).toEqual(['shop', 'zoo']);
  // The gateway of the call is gone, and nothing is written.
  alive.length = 0;
  await swept();
  expect((await journal.readStream('shop', 'call/1')).map(({ type }) => type)).toEqual([
    'call.decided',
    'call.outcome_unknown',
  ]);
  await maintenance.stop();
});
