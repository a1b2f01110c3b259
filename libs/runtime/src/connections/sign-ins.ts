import type { ConnectionBook } from '@sallyport/adapter-mcp';
import type { LoadedConfig } from '@sallyport/config';
import type { SignIns } from '@sallyport/contracts';
import type { RecordParts } from '@sallyport/pipeline';
import type { Stores } from '../stores.ts';
import type { UpstreamSet } from '../upstream-set.ts';
import { createConnectionBook } from './connection-book.ts';
import { createConnectionSeal } from './connection-seal.ts';

/** Where users' sign-ins at an upstream are kept, for each upstream. */
export function connectionBooks(
  records: RecordParts,
  stores: Pick<Stores, 'connections' | 'journal'>,
  loaded: () => LoadedConfig,
): (upstream: string) => ConnectionBook {
  const seal = createConnectionSeal(records, loaded);
  return (upstream) => createConnectionBook({ ...records, ...stores, seal }, upstream);
}

/** What the guard asks. Nobody has signed in at an upstream that is not there. */
export function signInsOf({ all }: Pick<UpstreamSet, 'all'>): SignIns {
  return { isConnected: async (upstream, caller) => (await all.get(upstream)?.signIn?.isConnected(caller)) ?? false };
}
