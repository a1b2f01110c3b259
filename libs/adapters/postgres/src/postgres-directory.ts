import { JournalUnavailable, type Directory } from '@sallyport/contracts';
import { sha256 } from '@sallyport/base';
import { LRUCache } from 'lru-cache';
import type { Remembering } from './erasures.ts';
import type { Queries } from './queries.ts';

/** 128 bits: nobody guesses one, no two meet. */
const REF_BYTES = 16;
/** Names whose pseudonym is cached. The least recently used name is dropped and looked up again. */
const MAX_CACHED = 20_000;
/** An index takes no entry above a third of its page, which is 8 KiB; the tenant is in it, too. */
const MAX_NAME_BYTES = 1_024;

/** Tenant, kind and name. */
type Asked = Parameters<Directory['refOf']>;

/** Pseudonyms from the database. A name that was seen lately is answered at once, without a promise. */
export function postgresDirectory(queries: Queries, random: (bytes: number) => string): Directory & Remembering {
  const refs = new LRUCache<string, string, Asked>({
    max: MAX_CACHED,
    ignoreFetchAbort: true, // what leaves the cache while it is asked for is answered all the same
    fetchMethod: (_key, _stale, { context }) => createCall(context),
  });

  async function createCall([tenant, kind, name]: Asked): Promise<string> {
    const created = `${kind}_${random(REF_BYTES)}`;
    const values = [tenant, kind, storable(name), created];
    const ref = await queries.text('ref_of', 'SELECT sallyport.ref_of($1, $2, $3, $4)', values);
    if (ref === null) throw new JournalUnavailable('The directory gave no pseudonym.');
    return ref;
  }

  return {
    refOf(tenant, kind, name) {
      const key = `${kind}\0${tenant.length}\0${tenant}${name}`;
      return refs.get(key) ?? refs.forceFetch(key, { context: [tenant, kind, name] });
    },
    nameOf: (tenant, ref) => queries.text('name_of', 'SELECT sallyport.name_of($1, $2)', [tenant, ref]),
    forget: () => refs.clear(),
  };
}

/**
 * The name as the table can hold it. A client may name objects as it likes, and what the database refuses would leave the
 * decision without a record: a name with a zero byte, or one that is too long, stands there by its digest. So does one
 * that looks like a digest, lest two names share a pseudonym.
 */
export function storable(name: string): string {
  const unfit = name.includes('\0') || name.startsWith('sha256:') || Buffer.byteLength(name) > MAX_NAME_BYTES;
  return unfit ? sha256(name) : name;
}
