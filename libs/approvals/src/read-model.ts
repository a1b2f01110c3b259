import type { Digest } from '@sallyport/contracts';
import { approval } from './approval.decider.ts';
import type { ApprovalEvent, ApprovalState, AskedState } from './approval-state.ts';

/** An approval and the number of events in its stream. */
export interface Entry {
  readonly state: AskedState;
  readonly version: number;
  /** Id of the event that asked: its sealed values hold the question. */
  readonly asked: string;
}

export interface NumberedEvent {
  readonly id: string;
  readonly version: number;
  readonly event: ApprovalEvent;
}

/** All open approvals, each no that still refuses its call, and the latest closed ones, in memory. Every lookup is by map. */
export interface ReadModel {
  /** Folds the events that are next for their approval in; false where one is missing before them. */
  apply(tenant: string, id: string, events: readonly NumberedEvent[]): boolean;
  get(tenant: string, id: string): Entry | undefined;
  /** Newest first. */
  byDigest(tenant: string, digest: Digest): readonly Entry[];
  /** Newest first. */
  all(tenant: string): readonly Entry[];
  /** Takes in that a requester opened one question more: so many by now. */
  opened(tenant: string, requester: string, total: number): void;
  /** How many questions a requester ever opened. */
  openedBy(tenant: string, requester: string): number;
  /** Approvals that can still change, of all tenants. */
  open(): readonly Entry[];
  /** Rejected approvals that still refuse their calls. */
  refusing(tenant: string): readonly Entry[];
}

interface Tenant {
  readonly entries: Map<string, Entry>;
  readonly digests: Map<Digest, Set<string>>;
  /** Ids of rejected approvals that refused their calls at the last look, oldest first. None of them is forgotten. */
  readonly refusing: Set<string>;
  /** Ids of all other closed approvals, oldest first. */
  readonly closed: Set<string>;
}

export interface ReadModelOptions {
  /** How many closed approvals of a tenant are remembered beside those that refuse their calls. */
  readonly keepClosed: number;
  /** Whether an approval is a no that still refuses its call. */
  readonly isRefusing: (state: AskedState) => boolean;
}

/** Makes an empty read model. */
export function createReadModel({ keepClosed, isRefusing }: ReadModelOptions): ReadModel {
  const tenants = new Map<string, Tenant>();
  const live = new Map<string, Entry>();
  const openings = new Map<string, number>();

  function put(tenantId: string, id: string, entry: Entry): void {
    const tenant = tenants.get(tenantId) ?? emptyTenant();
    tenants.set(tenantId, tenant);
    tenant.entries.set(id, entry);
    const { digest } = entry.state.question;
    tenant.digests.set(digest, (tenant.digests.get(digest) ?? new Set()).add(id));
    if (isOpen(entry.state)) return void live.set(`${tenantId}\0${id}`, entry);
    live.delete(`${tenantId}\0${id}`);
    release(tenant);
    (isRefusing(entry.state) ? tenant.refusing : tenant.closed).add(id);
    forgetOldest(tenant, keepClosed);
  }

  /** What refused its call for long enough is a closed approval like others. */
  function release({ entries, refusing, closed }: Tenant): void {
    for (const id of refusing) {
      const entry = entries.get(id);
      if (entry !== undefined && isRefusing(entry.state)) return;
      refusing.delete(id);
      closed.add(id);
    }
  }

  const get = (tenant: string, id: string): Entry | undefined => tenants.get(tenant)?.entries.get(id);

  return {
    get,
    apply(tenant, id, events) {
      const folded = fold(get(tenant, id), events);
      if (folded.entry !== null) put(tenant, id, folded.entry);
      return folded.isWhole;
    },
    byDigest(tenant, digest) {
      const ids = tenants.get(tenant)?.digests.get(digest) ?? new Set<string>();
      return newestFirst([...ids].map((id) => get(tenant, id)).filter((entry) => entry !== undefined));
    },
    all: (tenant) => newestFirst([...(tenants.get(tenant)?.entries.values() ?? [])]),
    opened(tenant, requester, total) {
      const key = `${tenant}\0${requester}`;
      openings.set(key, Math.max(total, openings.get(key) ?? 0));
    },
    openedBy: (tenant, requester) => openings.get(`${tenant}\0${requester}`) ?? 0,
    open: () => [...live.values()],
    refusing: (tenant) =>
      [...(tenants.get(tenant)?.refusing ?? [])]
        .map((id) => get(tenant, id))
        .filter((entry) => entry !== undefined)
        .filter(({ state }) => isRefusing(state)),
  };
}

function emptyTenant(): Tenant {
  return { entries: new Map(), digests: new Map(), refusing: new Set(), closed: new Set() };
}

/** Folds events onto an entry, skipping those that it holds already. Stops at a gap. */
export function fold(
  before: Entry | undefined,
  events: readonly NumberedEvent[],
): { readonly entry: Entry | null; readonly isWhole: boolean } {
  let folded: Folded = before ?? { state: approval.initialState, version: 0, asked: '' };
  for (const next of events) {
    if (next.version <= folded.version) continue;
    if (next.version > folded.version + 1) return { entry: entryOf(folded), isWhole: false };
    folded = {
      state: approval.evolve(folded.state, next.event),
      version: next.version,
      asked: next.event.type === 'approval.requested' ? next.id : folded.asked,
    };
  }
  return { entry: entryOf(folded), isWhole: true };
}

interface Folded extends Omit<Entry, 'state'> {
  readonly state: ApprovalState;
}

function entryOf({ state, version, asked }: Folded): Entry | null {
  return state.status === 'none' ? null : { state, version, asked };
}

/** Says whether an approval can still change. */
export function isOpen({ status }: ApprovalState): boolean {
  return status === 'requested' || status === 'approved';
}

function forgetOldest({ entries, digests, closed }: Tenant, keep: number): void {
  for (const id of closed) {
    if (closed.size <= keep) return;
    closed.delete(id);
    const digest = entries.get(id)?.state.question.digest ?? '';
    entries.delete(id);
    const ids = digests.get(digest);
    ids?.delete(id);
    if (ids?.size === 0) digests.delete(digest);
  }
}

function newestFirst(entries: readonly Entry[]): readonly Entry[] {
  return [...entries].sort(
    ({ state: a }, { state: b }) =>
      b.question.requestedAt - a.question.requestedAt || (a.question.id < b.question.id ? 1 : -1),
  );
}
