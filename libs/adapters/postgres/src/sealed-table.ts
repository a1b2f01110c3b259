import { JournalUnavailable, type SealedTable, type Subjects } from '@sallyport/contracts';
import { LRUCache } from 'lru-cache';
import type { Remembering } from './erasures.ts';
import { storable } from './postgres-directory.ts';
import type { Queries } from './queries.ts';

/** Subjects whose wrapped key is cached. The least recently used one is dropped and looked up again. */
const MAX_CACHED = 20_000;

interface Asked {
  readonly tenant: string;
  readonly subject: string;
  readonly offer: () => Promise<string>;
}

/** Sealed values in the database. */
export function sealedTable(queries: Queries): SealedTable & Remembering {
  const keys = new LRUCache<string, string, Asked>({
    max: MAX_CACHED,
    ignoreFetchAbort: true, // what leaves the cache while it is asked for is answered all the same
    async fetchMethod(_key, _stale, { context: { tenant, subject, offer } }) {
      const values = [tenant, subject, await offer()];
      const key = await queries.text('key_of', 'SELECT sallyport.key_of($1, $2, $3)', values);
      if (key === null) throw new JournalUnavailable('The journal gave no key.');
      return key;
    },
  });

  return {
    async read(tenant, event) {
      const rows = await queries.rows('open_sealed', 'SELECT * FROM sallyport.open_sealed($1, $2)', [tenant, event]);
      return rows.map(([field, salt, value, subject, key, wrapped]) => ({
        ...{ event, field: String(field), salt: String(salt), value: String(value) },
        ...{ subject: textOrNull(subject), key: textOrNull(key), wrapped: textOrNull(wrapped) },
      }));
    },
    keyOf(tenant, subject, offer) {
      const key = `${tenant}\0${subject}`;
      return keys.get(key) ?? keys.forceFetch(key, { context: { tenant, subject, offer } });
    },
    forget: () => keys.clear(),
  };
}

export function subjectsOf(queries: Queries): Subjects {
  return {
    find: (tenant, name) =>
      queries.text('find_ref', 'SELECT sallyport.find_ref($1, $2, $3)', [tenant, 'sub', storable(name)]),
    kept: async (tenant, ref) =>
      (await queries.text('kept_of', 'SELECT sallyport.kept_of($1, $2)', [tenant, ref])) === 'true',
  };
}

function textOrNull(value: unknown): string | null {
  return value === null || value === undefined ? null : String(value);
}
