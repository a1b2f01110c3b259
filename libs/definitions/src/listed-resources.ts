import { sha256 } from '@sallyport/base';
import type { Digest, JsonObject } from '@sallyport/contracts';

/** What upstreams listed of their single resources last. */
export interface ListedResources {
  of(upstream: string): readonly JsonObject[];
  /** Says whether the list is another than before. */
  take(upstream: string, resources: readonly JsonObject[]): boolean;
}

const none: readonly JsonObject[] = [];

/** Keeps the lists in memory: nothing of them is pinned, and each asking replaces them. */
export function createListedResources(): ListedResources {
  const lists = new Map<string, { readonly resources: readonly JsonObject[]; readonly digest: Digest }>();
  return {
    of: (upstream) => lists.get(upstream)?.resources ?? none,
    take(upstream, resources) {
      const before = lists.get(upstream);
      if (before === undefined && resources.length === 0) return false;
      const digest = sha256(JSON.stringify(resources));
      if (before?.digest === digest) return false;
      lists.set(upstream, { resources, digest });
      return true;
    },
  };
}
