import type { JsonValue, OtherGateways } from '@sallyport/contracts';
import { isObject } from '@sallyport/base';
import { readMessage, type RpcResponse } from '@sallyport/mcp';
import { isAskedElsewhere } from './pending-client-requests.ts';
import type { LegacySession, SessionName, Sessions } from './sessions.ts';

/**
 * What the client of a session says of something that is not its own request: it may concern what runs at another gateway. What
 * concerns nothing here is passed on to the others, where it counts for the same session of the same holder alone.
 */
export interface PassedOn {
  /** Stops a request. */
  cancel(session: LegacySession, id: unknown): void;
  /** Hands over an answer to a request of ours; false where none waits for it, as far as this gateway can know. */
  settle(session: LegacySession, response: RpcResponse): boolean;
  /** The session wants other log messages now. */
  levelSet(session: LegacySession): void;
  /** The session is over. */
  ended(session: LegacySession): void;
}

const alone: OtherGateways = { tell: () => undefined, listen: () => undefined };

export function createPassedOn(sessions: Sessions, others: OtherGateways | undefined): PassedOn {
  const { tell, listen } = others ?? alone;
  const pass = ({ sealed, id, holder }: LegacySession, what: Readonly<Record<string, unknown>>): void =>
    tell(JSON.stringify({ session: { sealed, id, holder }, ...what }));
  listen((text) => take(sessions, text));
  return {
    cancel(session, id) {
      if (!session.running.cancel(id)) pass(session, { cancel: id });
    },
    settle(session, response) {
      if (session.asks.settle(response)) return true;
      const isPassed = others !== undefined && isAskedElsewhere(session.asks, response.id);
      const { id, result, error } = response;
      if (isPassed) pass(session, { answer: { jsonrpc: '2.0', id, ...(result === null ? { error } : { result }) } });
      return isPassed;
    },
    levelSet: (session) => pass(session, { level: session.logLevel }),
    ended: (session) => pass(session, { ended: true }),
  };
}

/** Takes what another gateway passed on: it knew the client, and has opened the session. */
function take(sessions: Sessions, text: string): void {
  const told = JSON.parse(text) as JsonValue;
  if (!isObject(told)) return;
  const name = readName(told['session']);
  if (name === null) return;
  const { cancel, answer, level, ended } = told;
  if (ended === true) sessions.over(name);
  if (typeof level === 'number') sessions.levelSet(name, level);
  const session = sessions.held(name);
  if (cancel !== undefined) session?.running.cancel(cancel);
  const response = readResponse(answer);
  if (response !== null) session?.asks.settle(response);
}

function readResponse(value: JsonValue = null): RpcResponse | null {
  const message = readMessage(value);
  return message?.kind === 'response' ? message : null;
}

function readName(value: JsonValue | undefined): SessionName | null {
  if (!isObject(value)) return null;
  const { sealed, id, holder } = value;
  if (typeof holder !== 'string' || !isTextOrNull(sealed) || !isTextOrNull(id)) return null;
  return { sealed, id, holder };
}

function isTextOrNull(value: JsonValue | undefined): value is string | null {
  return typeof value === 'string' || value === null;
}
