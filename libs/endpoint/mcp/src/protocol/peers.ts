import type { IncomingHttpHeaders } from 'node:http';
import type { Principal } from '@sallyport/contracts';
import { MODERN } from '@sallyport/mcp';
import type { ModernEnvelope } from './era.ts';
import type { Peer } from './peer.ts';
import { agentOf, type LegacySession } from './sessions.ts';

/** What a transport knows of a request. */
export interface Arrival {
  readonly principal: Principal;
  readonly upstream: string | null;
  readonly headers: IncomingHttpHeaders | null;
  readonly bytes: number;
  /** Requests that a notification may stop, where the transport has such. */
  readonly running: Map<string, AbortController> | null;
}

/** The sender of a request of the stateless revision. */
export function modernPeer({ capabilities, clientName, logLevel }: ModernEnvelope, arrival: Arrival): Peer {
  const { principal, upstream, headers, bytes, running } = arrival;
  return {
    era: 'modern',
    version: MODERN,
    principal,
    agent: agentOf(principal, clientName),
    capabilities,
    session: null,
    asks: null,
    running,
    upstream,
    logLevel,
    headers,
    bytes,
  };
}

/** The sender of a request within a session. The principal is this request's own: its token is the newer one. */
export function legacyPeer(session: LegacySession, { principal, upstream, headers, bytes }: Arrival): Peer {
  return {
    era: 'legacy',
    version: session.version,
    principal,
    agent: session.agent,
    capabilities: session.capabilities,
    session,
    asks: session.asks,
    running: session.running,
    upstream,
    logLevel: session.logLevel,
    headers,
    bytes,
  };
}
