import type { Agent, ClientSession, Ids, JsonObject, Keys, Principal } from '@sallyport/contracts';
import { BoundedMap, isObject, sha256 } from '@sallyport/base';
import { BATCHES } from './batch.ts';
import { createPendingClientRequests, type PendingClientRequests } from './pending-client-requests.ts';
import { ResourceUpdates } from './resource-updates.ts';
import { createRunning, type Running } from './running.ts';
import { createSeal, type Seal } from './seal.ts';

/** What a client of a revision with a handshake said of itself. */
export interface NewSession {
  /** The revision that was settled on. */
  readonly version: string;
  readonly principal: Principal;
  /** As the client names itself; null where it doesn't. */
  readonly clientName: string | null;
  readonly capabilities: JsonObject;
  /** Whether it may subscribe to resources. */
  readonly subscribes?: boolean;
}

/** A session as gateways name it to each other. */
export interface SessionName {
  /** As upstreams and the record know it. Null for what all clients of a subject share that have no session. */
  readonly id: string | null;
  /** What the client sends as `Mcp-Session-Id`; null where it needs none. */
  readonly sealed: string | null;
  /** Whose it is: tenant, issuer and subject, and the endpoint where their token is for one alone. */
  readonly holder: string;
}

/** A client of a revision with a handshake, and what is under way for it. */
export interface LegacySession extends NewSession, SessionName {
  readonly asks: PendingClientRequests;
  readonly running: Running;
  /** The resources that it is subscribed to: at this gateway, for as long as it is remembered. */
  readonly updates: ResourceUpdates;
  /** Index into `logLevels`: less severe log messages are not sent. */
  logLevel: number;
}

export interface Sessions {
  /** How many this gateway remembers. */
  readonly size: number;
  open(session: NewSession): LegacySession;
  /**
   * The session of an `Mcp-Session-Id`, of this gateway or another; without an id what the subject's clients share that
   * have none. Undefined for an id that is not this subject's own, or that was ended here.
   */
  find(sealed: string | undefined, principal: Principal): LegacySession | undefined;
  /** What is under way here for a session that another gateway opened from its id; undefined where nothing is. */
  held(name: SessionName): LegacySession | undefined;
  /** Ends a session, with what runs in it here. */
  over(name: SessionName): void;
  /** An index into `logLevels`, for what this gateway serves of the session. */
  levelSet(name: SessionName, level: number): void;
}

export interface SessionOptions {
  /** Sessions that are remembered with their log level. One that is forgotten is opened again from its id. */
  readonly remembered?: number;
  /** Told the id of each session that its client ends, so that upstreams can end what they keep for it. */
  readonly ended?: (id: string) => void;
}

const DOMAIN = 'sallyport/session/v1';
/** The revision of a request that names none (2025-11-25, Streamable HTTP, protocol version header). */
const UNNAMED = '2025-03-26';
/** A client that holds no stream for so long has its subscriptions ended: many never say goodbye. */
const UNHEARD_MS = 300_000;

/** What is under way in a session. */
interface SessionState {
  readonly asker: string;
  readonly running?: Running;
  readonly updates?: ResourceUpdates;
}

/** Makes a session that is not sealed: for a connection that is a session by itself. */
export function freeSession(
  session: NewSession,
  id: string | null,
  { asker, running = createRunning(), updates = new ResourceUpdates() }: SessionState,
): LegacySession {
  const asks = createPendingClientRequests(asker);
  return { ...session, id, sealed: null, holder: holderKey(session.principal), asks, running, updates, logLevel: 0 };
}

/** A session whose client holds a stream to hear of resources, or is taken for gone. */
function streamed(session: NewSession, id: string, asker: string): LegacySession {
  return freeSession(session, id, { asker, updates: new ResourceUpdates({ unheardMs: UNHEARD_MS }) });
}

/**
 * Sessions of legacy clients. What is to be known of one travels in its id, which is sealed: every gateway opens it, also after a
 * restart, however long it rested. It grants nothing: it counts only together with a token of the tenant, issuer and
 * subject that it was made for, and for the same endpoint where that token is for one alone.
 */
export function createSessions(
  { ids, keys }: { readonly ids: Ids; readonly keys: Keys },
  { remembered = 10_000, ended: tell = () => undefined }: SessionOptions = {},
): Sessions {
  const seal = createSeal({ keys, ids }, DOMAIN);
  const known = createKnown(remembered);
  const ended = new BoundedMap<string, true>(remembered);
  const levels = new BoundedMap<string, number>(remembered);
  const asker = ids.random(6);

  function open(session: NewSession): LegacySession {
    if (!needsId(session)) return freeSession(session, null, { asker });
    const { version, principal, clientName, capabilities } = session;
    const id = ids.random(24);
    const content = { id, who: digestOf(principal), version, clientName, capabilities };
    const sealed = seal.seal(principal.tenant, content);
    return known.put(sealed, { ...streamed(session, id, asker), sealed });
  }

  function find(sealed: string | undefined, principal: Principal): LegacySession | undefined {
    if (sealed === undefined) return shared(principal);
    const found = known.get(sealed);
    if (found !== undefined) return found.holder === holderKey(principal) ? found : undefined;
    if (ended.has(sealed)) return undefined;
    const opened = openSealed(seal, sealed, principal);
    if (opened === undefined) return undefined;
    const session = { ...streamed(opened, opened.id, asker), sealed };
    return known.put(sealed, { ...session, logLevel: levels.get(sealed) ?? 0 });
  }

  /** No id holds a line break, as this key does. */
  function shared(principal: Principal): LegacySession {
    const key = holderKey(principal);
    const client = { version: UNNAMED, principal, clientName: null, capabilities: noCapabilities };
    const running = createRunning({ shared: true });
    return known.get(key) ?? known.put(key, freeSession(client, null, { asker, running }));
  }

  function held({ sealed, holder }: SessionName): LegacySession | undefined {
    const found = known.get(sealed ?? holder);
    return found?.holder === holder ? found : undefined;
  }

  function over(name: SessionName): void {
    const { sealed, id } = name;
    if (sealed === null || id === null) return;
    const session = held(name);
    known.drop(sealed);
    ended.set(sealed, true);
    tell(id);
    session?.running.cancelAll();
    session?.updates.endAll();
  }

  function levelSet(name: SessionName, level: number): void {
    const session = held(name);
    if (session !== undefined) session.logLevel = level;
    if (name.sealed !== null) levels.set(name.sealed, level);
  }

  return {
    ...{ open, find, held, over, levelSet },
    get size() {
      return known.size();
    },
  };
}

/**
 * A client that is asked something or told of resources needs a session, and one whose name no token says: what is switched off by name
 * stays off.
 * So does one that may send batches, which its requests don't say.
 */
function needsId({ version, principal, clientName, capabilities, subscribes = false }: NewSession): boolean {
  return (
    subscribes ||
    version === BATCHES ||
    Object.keys(capabilities).length > 0 ||
    (principal.client === null && clientName !== null)
  );
}

function openSealed(seal: Seal, sealed: string, principal: Principal): (NewSession & { id: string }) | undefined {
  const { id, who, version, clientName, capabilities } = seal.open(principal.tenant, sealed) ?? {};
  if (who !== digestOf(principal) || typeof id !== 'string' || typeof version !== 'string') return undefined;
  return {
    id,
    version,
    principal,
    clientName: typeof clientName === 'string' ? clientName : null,
    capabilities: isObject(capabilities) ? capabilities : noCapabilities,
  };
}

/** Sessions by their key. Beyond `most` the one that rested longest is forgotten, but none where something runs, or that is subscribed to anything. */
function createKnown(most: number) {
  const byKey = new Map<string, LegacySession>();

  function put(key: string, session: LegacySession): LegacySession {
    byKey.set(key, session);
    if (byKey.size > most) forgetOne();
    return session;
  }

  function forgetOne(): void {
    for (const [key, { running, updates }] of byKey) {
      if (running.size + updates.size === 0) return void byKey.delete(key);
    }
  }

  /** What was used last stands last. */
  function get(key: string): LegacySession | undefined {
    const session = byKey.get(key);
    if (session !== undefined && byKey.delete(key)) byKey.set(key, session);
    return session;
  }

  return { put, get, drop: (key: string) => byKey.delete(key), size: () => byKey.size };
}

/** Its size is the same whatever a token says. */
function digestOf(principal: Principal): string {
  return sha256(holderKey(principal));
}

/** What a token for one endpoint may answer or cancel is what came with such a token, and nothing of the other endpoints. */
function holderKey(principal: Principal): string {
  const key = subjectKey(principal);
  return principal.resource === undefined ? key : `${key}\n${principal.resource}`;
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

/** What upstreams may know of a session; null where there is none. */
export function clientSession({ id, principal, capabilities }: LegacySession): ClientSession | null {
  return id === null ? null : { id, principal, capabilities };
}

/** An agent from a token's client, or else from what the client says of itself. */
export function agentOf(principal: Principal, clientName: string | null): Agent {
  if (principal.client !== null) return { id: principal.client, verified: true };
  return { id: clientName ?? 'unknown', verified: false };
}

export const noCapabilities: JsonObject = Object.freeze({});
