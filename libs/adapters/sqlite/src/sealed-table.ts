import { JournalUnavailable, type SealedTable, type Subjects } from '@sallyport/contracts';
import { LRUCache } from 'lru-cache';
import type { Forgetful } from './sqlite-directory.ts';
import type { Request } from './wire.ts';
import type { WorkerChannel } from './worker-channel.ts';

/** Subjects whose wrapped key is cached. The least recently used one is dropped and looked up again. */
const MAX_CACHED = 20_000;

interface Asked {
  readonly tenant: string;
  readonly subject: string;
  readonly offer: () => Promise<string>;
}

/** Sealed values in the journal's database. */
export function sealedTable(channel: WorkerChannel): SealedTable & Forgetful {
  const keys = new LRUCache<string, string, Asked>({
    max: MAX_CACHED,
    ignoreFetchAbort: true, // what leaves the cache while it is asked for is answered all the same
    async fetchMethod(_key, _stale, { context: { tenant, subject, offer } }) {
      const key = await textOf(channel, ['key', tenant, subject, await offer()]);
      if (key === null) throw new JournalUnavailable('The journal gave no key.');
      return key;
    },
  });

  return {
    async read(tenant, event) {
      const reply = await channel.ask(['vault', tenant, event]);
      if (typeof reply !== 'object' || reply[0] !== 'sealed')
        throw new JournalUnavailable('The journal gave no values.');
      return reply[1].map(([field, salt, value, subject, key, wrapped]) => ({
        event,
        field,
        salt,
        value,
        subject,
        key,
        wrapped,
      }));
    },
    keyOf(tenant, subject, offer) {
      const key = `${tenant}\0${subject}`;
      return keys.get(key) ?? keys.forceFetch(key, { context: { tenant, subject, offer } });
    },
    forget: () => keys.clear(),
  };
}

export function subjectsOver(channel: WorkerChannel): Subjects {
  return {
    find: (tenant, name) => textOf(channel, ['found', tenant, 'sub', name]),
    kept: async (tenant, ref) => (await textOf(channel, ['kept', tenant, ref])) !== null,
  };
}

async function textOf(channel: WorkerChannel, request: Request): Promise<string | null> {
  const reply = await channel.ask(request);
  return typeof reply === 'object' && reply[0] === 'text' ? reply[1] : null;
}
