import { sha256 } from '@sallyport/base';
import type { Digest, JsonObject } from '@sallyport/contracts';

/** By URI. */
export type Resources = ReadonlyMap<string, JsonObject>;

/** What upstreams listed of their single resources last. */
export interface ListedResources {
  /** Always the same map until the upstream lists others. */
  of(upstream: string): Resources;
  /** Says whether the list is another than before. */
  take(upstream: string, resources: readonly JsonObject[]): boolean;
}

const none: Resources = new Map();

/** Keeps the lists in memory: nothing of them is pinned, and each asking replaces them. */
export function createListedResources(): ListedResources {
  const lists = new Map<string, { readonly resources: Resources; readonly digest: Digest }>();
  return {
    of: (upstream) => lists.get(upstream)?.resources ?? none,
    take(upstream, listed) {
      const before = lists.get(upstream);
      if (before === undefined && listed.length === 0) return false;
      const digest = sha256(JSON.stringify(listed));
      if (before?.digest === digest) return false;
      lists.set(upstream, { resources: new Map(listed.map((one) => [String(one['uri']), one])), digest });
      return true;
    },
  };
}
