import type { Call } from './call.ts';
import type { ResourceRule } from './config/resources.config.ts';
import type { JsonValue } from './json.ts';

/** What the gateway found out about a call before anyone judges it. A fact that can't be had is a fact: `unresolved`. */
export interface Facts {
  /** The largest number of objects that one declared resource argument names. Other arrays don't count. */
  readonly bulk: number;
  /** JSON pointers of arguments that hold a wildcard (`*`, `%`, `all`, padded or listed). */
  readonly wildcards: readonly string[];
  /** JSON pointers of empty filters and open ranges. */
  readonly unbounded: readonly string[];
  /** Size of the canonical arguments in bytes. */
  readonly bytes: number;
  /** Nesting depth of the arguments; a flat object is 1. */
  readonly depth: number;
  readonly resources: readonly ResourceFact[];
}

/** One object that an argument names, as its declared resolver described it. */
export interface ResourceFact {
  readonly type: string;
  readonly id: string;
  /** Where in the arguments the name stands (RFC 6901). */
  readonly pointer: string;
  readonly status: 'resolved' | 'unresolved';
  /** Subject id of the owner; null where unresolved. */
  readonly owner: string | null;
  readonly version: string | null;
  /** Further values that the resolver was told to read (`attributes` in the configuration). */
  readonly attributes: Readonly<Record<string, JsonValue>>;
}

/** One object that an argument names, before anybody looks it up. An id that is not exactly one name is empty, so that it stays unresolved. */
export interface NamedObject {
  readonly type: string;
  readonly id: string;
  /** Where in the arguments it stands (RFC 6901). */
  readonly pointer: string;
  readonly rule: ResourceRule;
}

/** What the arguments alone tell: the facts that need no lookup, and the objects to look up. */
export type ArgumentFacts = Omit<Facts, 'resources'> & { readonly objects: readonly NamedObject[] };

/** Gathers facts. Read-only towards upstreams, time-limited, never throws. */
export interface FactGatherer {
  gather(call: Call): Promise<Facts>;
}
