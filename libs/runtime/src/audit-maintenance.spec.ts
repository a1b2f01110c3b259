import { createMemoryJournal } from '@sallyport/adapter-memory';
import { type Journal, JournalUnavailable, type Leases } from '@sallyport/contracts';
import { createMaintenance } from './audit-maintenance.ts';
import { systemClock, systemIds } from './system.ts';

/** Maintenance whose lease is given when `grant` is called; `done` says in order what was done. */
function fixture(unreadable?: string) {
  const done: string[] = [];
  const asked = Promise.withResolvers<void>();
  const { journal: memory, vault, directory, tenants } = createMemoryJournal();
  const journal: Journal = {
    ...memory,
    readAll: (tenant, options) =>
      tenant === unreadable && options.kind !== 'approval'
        ? Promise.reject(new JournalUnavailable('too long'))
        : memory.readAll(tenant, options),
  };
  const leases: Leases = {
    async take() {
      await asked.promise;
      done.push('lease taken');
      return { slot: 0, held: () => true, release: async () => void done.push('lease given back') };
    },
    holders: async () => [],
  };
  const clock = systemClock;
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
  return { maintenance, journal: memory, done, grant: () => asked.resolve() };
}

it('keeps neither lease nor relay when it is stopped while it asks for the lease', async () => {
  const { maintenance, done, grant } = fixture();
  const round = maintenance.tick();
  const stopped = maintenance.stop();
  grant();
  await Promise.all([round, stopped]);
  await maintenance.tick();
  expect(done).toEqual(['lease taken', 'relay started', 'relay stopped', 'lease given back']);
});

it('sweeps the other tenants when the log of one can’t be read', async () => {
  const { maintenance, journal, done, grant } = fixture('bank');
  for (const tenant of ['bank', 'shop']) {
    const data = { tenant, boot: 'gone' };
    const event = { id: tenant, type: 'gateway.stopped', time: '2026-11-24T00:00:00.000Z', source: '/test' } as const;
    const events = [{ ...event, traceparent: null, data }];
    const writes = [{ stream: `tenant/${tenant}`, expectedVersion: 0, events }];
    await journal.commit({ tenant, commandId: tenant, writes });
  }
  grant();
  await maintenance.tick();
  await maintenance.stop();
  expect(done).toContain('sweep_failed');
  const types = (await journal.readStream('shop', 'tenant/shop')).map(({ type }) => type);
  expect(types).toEqual(['gateway.stopped', 'calls.swept']);
});
