import type { Ids, JsonObject, JsonValue, OtherGateways } from '@sallyport/contracts';
import { createQuestions, isObject, type Said } from '@sallyport/base';
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
  /** The session was subscribed to a resource here: it is so nowhere else, and hears of it wherever it holds its stream. */
  subscribed(session: LegacySession, uri: string): void;
  /** The session wants to hear of a resource no more. */
  unsubscribed(session: LegacySession, uri: string): void;
  /** The session is over. */
  ended(session: LegacySession): void;
  /** Asks the gateway that has something of the session. Null where none says anything in time. */
  ask(session: LegacySession, question: JsonObject, to?: number): Promise<Said | null>;
  /** Has questions about sessions answered here; null by who has nothing of it. */
  answerWith(answer: (session: SessionName, question: JsonObject) => JsonObject | null): void;
}

const alone: OtherGateways = { tell: () => undefined, listen: () => undefined };

export function createPassedOn(sessions: Sessions, ids: Ids, others: OtherGateways | undefined): PassedOn {
  const { tell, listen } = others ?? alone;
  const questions = createQuestions({ tell, listen }, ids);

  function pass({ sealed, id, holder }: SessionName, what: Readonly<Record<string, unknown>>): void {
    tell(JSON.stringify({ session: { sealed, id, holder }, ...what }));
  }

  listen((text) => {
    const told = JSON.parse(text) as JsonValue;
    if (!isObject(told)) return;
    const name = readName(told['session']);
    if (name !== null) take({ sessions, pass }, name, told);
  });

  return {
    async ask({ sealed, id, holder }, question, to) {
      return others === undefined ? null : questions.ask({ ...question, session: { sealed, id, holder } }, to);
    },
    answerWith: (answer) =>
      questions.answerWith(({ session, ...question }) => {
        const name = readName(session);
        return name === null ? null : answer(name, question);
      }),
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
    subscribed(session, uri) {
      session.updates.passTo({
        updated: (changed) => pass(session, { updated: changed }),
        unheard: () => pass(session, { stream: 'wanted' }),
      });
      pass(session, { unsubscribed: uri });
    },
    unsubscribed: (session, uri) => pass(session, { unsubscribed: uri }),
    ended: (session) => pass(session, { ended: true }),
  };
}

interface Taking {
  readonly sessions: Sessions;
  readonly pass: (session: SessionName, what: Readonly<Record<string, unknown>>) => void;
}

/** Takes what another gateway passed on: it knew the client, and has opened the session. */
function take({ sessions, pass }: Taking, name: SessionName, told: JsonObject): void {
  const { cancel, answer, level, ended } = told;
  if (ended === true) sessions.over(name);
  if (typeof level === 'number') sessions.levelSet(name, level);
  const session = sessions.held(name);
  if (cancel !== undefined) session?.running.cancel(cancel);
  const response = readResponse(answer);
  if (response !== null) session?.asks.settle(response);
  if (session !== undefined) takeOfResources(session, told, pass);
}

/** The same of its resources. */
function takeOfResources(session: LegacySession, told: JsonObject, pass: Taking['pass']): void {
  const { updates } = session;
  const { updated, unsubscribed, stream } = told;
  if (typeof updated === 'string') updates.passedOn(updated);
  if (typeof unsubscribed === 'string') updates.end(unsubscribed);
  if (stream === 'wanted' && updates.isHeard) pass(session, { stream: 'held' });
  if (stream === 'held') updates.heardElsewhere();
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
