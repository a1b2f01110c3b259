import type { IncomingHttpHeaders } from 'node:http';
import type { Agent, ClientSession, JsonObject, Principal } from '@sallyport/contracts';
import { type Era, MODERN } from '@sallyport/mcp';
import type { PendingClientRequests } from './pending-client-requests.ts';
import type { ModernEnvelope } from './request-era.ts';
import type { ResourceUpdates } from './resource-updates.ts';
import type { Running } from './running.ts';
import { agentOf, clientSession, type LegacySession } from './sessions.ts';

/** Who sent a request, and what is known of the client. */
export interface McpClient {
  readonly era: Era;
  readonly version: string;
  readonly principal: Principal;
  readonly agent: Agent;
  readonly capabilities: JsonObject;
  /** Null where requests stand for themselves: on the stateless revision, and for clients that need no session. */
  readonly session: ClientSession | null;
  /** Where the client's answers to requests of ours arrive; null where it can't be asked. */
  readonly asks: PendingClientRequests | null;
  /** What it is subscribed to by `resources/subscribe`; null where it has no session that could keep it. */
  readonly updates: ResourceUpdates | null;
  /** Requests that `notifications/cancelled` may stop; null where closing the connection does. */
  readonly running: Running | null;
  /** The upstream of `/mcp/<upstream>`; null at `/mcp`, where names are qualified. */
  readonly upstream: string | null;
  /** An index into `logLevels`, which may change while a call runs; null where the client wants no log messages. */
  readonly logging: { logLevel: number } | null;
  /** Null on transports without headers. */
  readonly headers: IncomingHttpHeaders | null;
  /** Size of the request. */
  readonly bytes: number;
}

/** What a transport knows of a request. */
export interface Arrival {
  readonly principal: Principal;
  readonly upstream: string | null;
  readonly headers: IncomingHttpHeaders | null;
  readonly bytes: number;
  /** Requests that a notification may stop, where the transport has such. */
  readonly running: Running | null;
}

/** The sender of a request of the stateless revision. */
export function modernClient({ capabilities, clientName, logLevel }: ModernEnvelope, arrival: Arrival): McpClient {
  const { principal, upstream, headers, bytes, running } = arrival;
  return {
    era: 'modern',
    version: MODERN,
    principal,
    agent: agentOf(principal, clientName),
    capabilities,
    session: null,
    asks: null,
    updates: null,
    running,
    upstream,
    logging: logLevel === null ? null : { logLevel },
    headers,
    bytes,
  };
}

/** The sender of a request within a session. The principal is this request's own: its token is the newer one. */
export function legacyClient(session: LegacySession, { principal, upstream, headers, bytes }: Arrival): McpClient {
  return {
    era: 'legacy',
    version: session.version,
    principal,
    agent: agentOf(principal, session.clientName),
    capabilities: session.capabilities,
    session: clientSession(session),
    asks: session.asks,
    updates: session.id === null ? null : session.updates,
    running: session.running,
    upstream,
    logging: session,
    headers,
    bytes,
  };
}
