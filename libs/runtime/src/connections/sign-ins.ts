import type { ConnectionBook } from '@sallyport/adapter-mcp';
import type { SignIns } from '@sallyport/contracts';
import type { UpstreamSet } from '../upstream-set.ts';
import { type ConnectionBookParts, createConnectionBook } from './connection-book.ts';

/** Where users' sign-ins at an upstream are kept, for each upstream. */
export function connectionBooks(parts: ConnectionBookParts): (upstream: string) => ConnectionBook {
  return (upstream) => createConnectionBook(parts, upstream);
}

/** What the guard asks. Nobody has signed in at an upstream that is not there. */
export function signInsOf({ all }: Pick<UpstreamSet, 'all'>): SignIns {
  return { isConnected: async (upstream, caller) => (await all.get(upstream)?.signIn?.isConnected(caller)) ?? false };
}
