import { isObject } from '@sallyport/base';
import { resultText, type RpcRequest } from '@sallyport/mcp';
import type { Fault } from './fault.ts';
import { clientCapabilities } from './client-capabilities.ts';
import { nameOf } from './request-era.ts';
import { initializeResult, negotiate, noUpstream } from './own-answers.ts';
import type { ServingParts } from './mcp-request.ts';
import type { Arrival } from './mcp-client.ts';
import { type LegacySession, noCapabilities, type NewSession } from './sessions.ts';

/** Where a session is kept, and what says whether its endpoint exists. */
export interface Reception {
  readonly serving: Pick<ServingParts, 'gateway' | 'version' | 'instructions'>;
  readonly sessions: { open(session: NewSession): LegacySession };
}

/** A new session, and the answer to its `initialize`. */
export interface Opened {
  readonly session: LegacySession;
  readonly text: string;
}

/** Opens a session for a client of a revision with a handshake (2025-11-25, basic/lifecycle). */
export function initialize(
  { serving, sessions }: Reception,
  { id, params }: RpcRequest,
  arrival: Arrival,
): Opened | Fault {
  const { principal, upstream } = arrival;
  if (serving.gateway.list(principal, upstream, 'tool') === null) return noUpstream;
  const { protocolVersion, capabilities, clientInfo } = params;
  const version = negotiate(protocolVersion);
  const session = sessions.open({
    version,
    principal,
    clientName: nameOf(clientInfo),
    capabilities: isObject(capabilities) ? clientCapabilities(capabilities) : noCapabilities,
    subscribes: serving.gateway.subscribable(upstream),
  });
  return { session, text: resultText(id, initializeResult(version, serving, arrival)) };
}
