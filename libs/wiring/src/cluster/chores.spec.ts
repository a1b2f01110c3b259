import { createMemoryJournal } from '@sallyport/adapter-memory';
import type { Leases } from '@sallyport/contracts';
import { systemClock, systemIds } from '../system.ts';
import { createChores } from './chores.ts';

/** Chores whose lease is given when `grant` is called; `done` says in order what was done. */
function house() {
  const done: string[] = [];
  const asked = Promise.withResolvers<void>();
  const { journal, vault, directory, tenants } = createMemoryJournal();
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
  const chores = createChores({
    records: { clock, ids: systemIds(clock), keys: { digestKey, sealKey: digestKey }, directory },
    ...{ journal, vault, directory, tenants, leases },
    relay: { start: () => void done.push('relay started'), stop: async () => void done.push('relay stopped') },
    observer: { decided: () => undefined, finished: () => undefined, trouble: (what) => void done.push(what) },
    instance: 'audit-1',
  });
  return { chores, done, grant: () => asked.resolve() };
}

it('keeps neither lease nor relay when it is stopped while it asks for the lease', async () => {
  const { chores, done, grant } = house();
  const round = chores.tick();
  const stopped = chores.stop();
  grant();
  await Promise.all([round, stopped]);
  await chores.tick();
  expect(done).toEqual(['lease taken', 'relay started', 'relay stopped', 'lease given back']);
});
