import { join } from 'node:path';
import { createMemoryCounters, createMemoryUsedIds } from '@sallyport/adapter-memory';
import { openFileKeys, openFileSpool, openSqliteJournal } from '@sallyport/adapter-sqlite';
import type { Clock, Journal, Observer } from '@sallyport/contracts';
import type { Stores } from '@sallyport/runtime';
import { measuredJournal } from './measured.ts';

type Listener = Parameters<Stores['subscribe']>[0];

/**
 * Opens the data directory of an instance in one process: the journal and its side tables on disk, the counters in memory.
 *
 * @throws when another process has it open, or it can't be read or written
 */
export async function openStores(data: string, clock: Clock, observer: Observer): Promise<Stores> {
  const {
    journal: written,
    close,
    ...opened
  } = await openSqliteJournal({
    directory: data,
    onCommits: (count) => observer.measured?.('commit_size', '', count),
  });
  const journal = measuredJournal(written, { observer, clock });
  const listeners = new Set<Listener>();
  const observed: Journal = {
    async commit(commit) {
      const committed = await journal.commit(commit);
      if (committed.status === 'committed') {
        const size = committed.first + commit.writes.flatMap(({ events }) => events).length - 1;
        for (const listener of listeners) listener(commit.tenant, size);
      }
      return committed;
    },
    readStream: (tenant, stream) => journal.readStream(tenant, stream),
    readAll: (tenant, options) => journal.readAll(tenant, options),
  };
  return {
    ...opened,
    journal: observed,
    spool: await openFileSpool({ directory: join(data, 'spool') }),
    keys: await openFileKeys({ directory: data }),
    counters: createMemoryCounters({ clock, unspent: false }),
    usedIds: createMemoryUsedIds({ clock }),
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close,
  };
}
