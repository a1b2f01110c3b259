import type { Agent, ClientSession, Clock, Ids, JsonObject, Principal } from '@sallyport/contracts';
import { type PendingClientRequests, createPendingClientRequests } from './pending-client-requests.ts';

/** A client of a revision with a handshake: what it said of itself, and what is under way for it. */
export interface LegacySession extends ClientSession {
  readonly version: string;
  readonly agent: Agent;
  readonly asks: PendingClientRequests;
  /** Requests that run, so that `notifications/cancelled` finds them. Keyed by `runningKey`. */
  readonly running: Map<string, AbortController>;
  /** Index into `logLevels`: less severe log messages are not sent. */
  logLevel: number;
  /** Monotonic, milliseconds. */
  usedAt: number;
}

export type NewSession = Pick<LegacySession, 'version' | 'agent' | 'principal' | 'capabilities'>;

export interface Sessions {
  open(session: NewSession): LegacySession;
  /** The session of that id, if it is this subject's own and was used of late. A stranger finds nothing. */
  find(id: string | undefined, principal: Principal): LegacySession | undefined;
  /** Ends a session of one's own; false where there is none. */
  end(id: string | undefined, principal: Principal): boolean;
  readonly size: number;
}

export interface SessionLimits {
  /** Milliseconds without a request after which a session ends. */
  readonly idleMs?: number;
  /** Sessions of one subject; the one that rested longest ends first. */
  readonly perSubject?: number;
  /** Sessions in all; the one that rested longest of the tenant with the most ends first. */
  readonly total?: number;
  /** Told the id of each session that ends, so that upstreams can end what they keep for it. */
  readonly ended?: (id: string) => void;
}

/** Makes a session that no table keeps: for a connection that is a session by itself. */
export function freeSession(session: NewSession, id: string): LegacySession {
  return { ...session, id, asks: createPendingClientRequests(), running: new Map(), logLevel: 0, usedAt: 0 };
}

/**
 * Sessions of legacy clients. Ids are random; a session counts only together with the tenant, issuer and subject that
 * opened it, so that knowing an id is worth nothing.
 */
export function createSessions(
  { clock, ids }: { readonly clock: Clock; readonly ids: Ids },
  { idleMs = 1_800_000, perSubject = 64, total = 10_000, ended = () => undefined }: SessionLimits = {},
): Sessions {
  const byId = new Map<string, LegacySession>(); // the one that rested longest comes first

  function open(session: NewSession): LegacySession {
    makeRoom(session.principal);
    const opened = freeSession(session, ids.random(24));
    opened.usedAt = clock.monotonic();
    byId.set(opened.id, opened);
    return opened;
  }

  function makeRoom(principal: Principal): void {
    const expired = clock.monotonic() - idleMs;
    const own: LegacySession[] = [];
    for (const session of byId.values()) {
      if (session.usedAt < expired && session.running.size === 0) drop(session);
      else if (isOwn(session, principal)) own.push(session);
    }
    if (own.length >= perSubject) dropOne(own);
    if (byId.size >= total) dropOne(ofLargestTenant(byId.values(), principal.tenant));
  }

  /** Of those given, the one that rested longest; one where something runs only if nothing else is left. */
  function dropOne(sessions: readonly LegacySession[]): void {
    const dropped = sessions.find(({ running }) => running.size === 0) ?? sessions[0];
    if (dropped !== undefined) drop(dropped);
  }

  function drop(session: LegacySession): void {
    byId.delete(session.id);
    ended(session.id);
    for (const controller of session.running.values()) controller.abort();
  }

  function find(id: string | undefined, principal: Principal): LegacySession | undefined {
    const session = id === undefined ? undefined : byId.get(id);
    if (session === undefined || !isOwn(session, principal)) return undefined;
    const now = clock.monotonic();
    if (now - session.usedAt > idleMs && session.running.size === 0) {
      drop(session);
      return undefined;
    }
    session.usedAt = now;
    byId.delete(session.id);
    byId.set(session.id, session);
    return session;
  }

  function end(id: string | undefined, principal: Principal): boolean {
    const session = find(id, principal);
    if (session !== undefined) drop(session);
    return session !== undefined;
  }

  return {
    open,
    find,
    end,
    get size() {
      return byId.size;
    },
  };
}

/** A tenant that has fewer than others loses none to them; where several have the most, it is the newcomer's tenant. */
function ofLargestTenant(sessions: Iterable<LegacySession>, newcomer: string): readonly LegacySession[] {
  const byTenant = Map.groupBy(sessions, ({ principal }) => principal.tenant);
  return [...byTenant.values()].reduce(
    (most, some) => (some.length > most.length ? some : most),
    byTenant.get(newcomer) ?? [],
  );
}

function isOwn({ principal }: LegacySession, { tenant, subject }: Principal): boolean {
  const opener = principal.subject;
  return principal.tenant === tenant && opener.issuer === subject.issuer && opener.id === subject.id;
}

const keys = new WeakMap<Principal, string>();

/** One string per tenant, issuer and subject; none of them can hold a line break. */
export function subjectKey(principal: Principal): string {
  let key = keys.get(principal);
  if (key === undefined) {
    const { tenant, subject } = principal;
    key = `${tenant}\n${subject.issuer}\n${subject.id}`;
    keys.set(principal, key);
  }
  return key;
}

/** The key of a running request: 1 and "1" are different ids. */
export function runningKey(id: unknown): string {
  return `${typeof id}:${String(id)}`;
}

/** An agent from a token's client, or else from what the client says of itself. */
export function agentOf(principal: Principal, clientName: string | null): Agent {
  if (principal.client !== null) return { id: principal.client, verified: true };
  const name = (clientName ?? '').replace(/[^\x20-\x7e]/g, '').slice(0, 128);
  return { id: name === '' ? 'unknown' : name, verified: false };
}

export const noCapabilities: JsonObject = Object.freeze({});
