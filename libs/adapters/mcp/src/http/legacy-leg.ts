import { UpstreamUnavailable } from '@sallyport/contracts';
import type { JsonObject } from '@sallyport/contracts';
import { isUpstreamLegacy, NEWEST_LEGACY } from '@sallyport/mcp';
import type { ClientInfo } from '../managed-upstream.ts';
import { notificationText, requestText } from '../wire/requests.ts';
import { readAnswer } from './http-answer.ts';
import type { Endpoint } from './endpoint.ts';
import type { LegacySession } from './legacy-sessions.ts';

export interface LegacyLegOptions {
  readonly endpoint: Endpoint;
  readonly clientInfo: ClientInfo;
  readonly timeoutMs: number;
  nextId(): number;
}

/** The session part of the legacy protocol (2025-11-25 and before), over one endpoint. */
export class LegacyLeg {
  readonly #options: LegacyLegOptions;

  constructor(options: LegacyLegOptions) {
    this.#options = options;
  }

  /** `initialize` and `notifications/initialized`; throws `UpstreamUnavailable` when the upstream refuses. */
  async open(capabilities: JsonObject): Promise<LegacySession> {
    const { endpoint, clientInfo, timeoutMs, nextId } = this.#options;
    const id = nextId();
    const params: JsonObject = { protocolVersion: NEWEST_LEGACY, capabilities, clientInfo: { ...clientInfo } };
    const reply = await endpoint.send({ headers: {}, body: requestText(id, 'initialize', params), timeoutMs });
    const outcome = readAnswer(reply, id);
    if (outcome.kind !== 'result') throw new UpstreamUnavailable(`initialize failed: ${told(outcome)}`);
    const version = outcome.result['protocolVersion'];
    if (!isUpstreamLegacy(version)) throw new UpstreamUnavailable('the upstream speaks no protocol version of ours');
    const header = reply.kind === 'failed' ? undefined : reply.headers['mcp-session-id'];
    const session: LegacySession = { id: typeof header === 'string' ? header : null, version };
    await this.notify(session, 'notifications/initialized', {});
    return session;
  }

  /** Sends a notification; what comes of it is not waited for beyond the HTTP answer. */
  async notify(session: LegacySession, method: string, params: JsonObject): Promise<void> {
    await this.post(session, notificationText(method, params));
  }

  /** Sends a message that has no answer: a notification, or our answer to a request of the upstream. */
  async post(session: LegacySession, body: string): Promise<void> {
    const { endpoint, timeoutMs } = this.#options;
    await endpoint.send({ headers: sessionHeaders(session), body, timeoutMs });
  }

  /** DELETE, as the protocol asks of clients that leave. An upstream may refuse it. */
  async end(session: LegacySession): Promise<void> {
    if (session.id === null) return;
    const headers = sessionHeaders(session);
    await this.#options.endpoint.send({ method: 'DELETE', headers, body: null, timeoutMs: 2_000 });
  }
}

/** The headers of a request within a session. */
export function sessionHeaders(session: LegacySession): Record<string, string> {
  const headers: Record<string, string> = { 'mcp-protocol-version': session.version };
  if (session.id !== null) headers['mcp-session-id'] = session.id;
  return headers;
}

function told(outcome: { readonly message: string } | { readonly detail: string }): string {
  return ('message' in outcome ? outcome.message : outcome.detail).slice(0, 300);
}
