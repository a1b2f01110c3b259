import { JournalUnavailable, type Directory } from '@sallyport/contracts';
import { LRUCache } from 'lru-cache';
import type { WorkerChannel } from './worker-channel.ts';

/** 128 bits: nobody guesses one, no two meet. */
const REF_BYTES = 16;
/** Names whose pseudonym is cached. The least recently used name is dropped and looked up again. */
const MAX_CACHED = 20_000;

/** Forgets what it remembers, after something was erased. */
export interface Forgetful {
  forget(): void;
}

/** Tenant, kind and name. */
type Asked = Parameters<Directory['refOf']>;

/** Pseudonyms from the journal's database. A name that was seen lately is answered at once, without a promise. */
export function sqliteDirectory(channel: WorkerChannel, random: (bytes: number) => string): Directory & Forgetful {
  const refs = new LRUCache<string, string, Asked>({
    max: MAX_CACHED,
    ignoreFetchAbort: true, // what leaves the cache while it is asked for is answered all the same
    fetchMethod: (_key, _stale, { context }) => createCall(context),
  });

  async function createCall([tenant, kind, name]: Asked): Promise<string> {
    const reply = await channel.ask(['ref', tenant, kind, name, `${kind}_${random(REF_BYTES)}`]);
    if (typeof reply === 'object' && reply[0] === 'text' && reply[1] !== null) return reply[1];
    throw new JournalUnavailable('The directory gave no pseudonym.');
  }

  return {
    refOf(tenant, kind, name) {
      const key = `${kind}\0${tenant.length}\0${tenant}${name}`;
      return refs.get(key) ?? refs.forceFetch(key, { context: [tenant, kind, name] });
    },
    async nameOf(tenant, ref) {
      const reply = await channel.ask(['name', tenant, ref]);
      return typeof reply === 'object' && reply[0] === 'text' ? reply[1] : null;
    },
    forget: () => refs.clear(),
  };
}
