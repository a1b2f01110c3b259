import type { Connection, HttpAnswer } from './http-connection.ts';
import type { Requests, Session } from './http-requests.ts';

/** One of the calls that are under way at once. */
export interface Call {
  readonly connection: Connection;
  /** Which of the callers makes it. */
  readonly caller: number;
  readonly id: number;
  /** 36 bytes that no other call of the run has. */
  readonly text: string;
}

/** Makes a call and looks at its answer. Throws where it is wrong. */
export type MakeCall = (call: Call) => Promise<void>;

/** A way to call; made once for a row. */
export type CallKind = (requests: Requests) => MakeCall;

/** One request, whose answer is its own text. */
export const echoed: CallKind = (requests) => async (call) => {
  expectEcho(await call.connection.send(requests.call(call.id, call.text)), call.text);
};

/** A policy asks the caller's user, whose yes is sent at once: two requests, measured together. */
export const confirmed: CallKind = (requests) => async (call) => {
  const { connection, id } = call;
  const text = `publish ${call.text}`;
  const asked = await connection.send(requests.call(id, text, { capabilities }));
  const [, state] = /"requestState":"([^"]+)"/.exec(asked.body) ?? [];
  if (state === undefined) throw wrong(asked);
  const params = `,"requestState":"${state}","inputResponses":${yes}`;
  expectEcho(await connection.send(requests.call(id, text, { capabilities, params })), text);
};
const capabilities = '{"elicitation":{"form":{}}}';
const yes = '{"sallyport-confirm":{"action":"accept","content":{"confirm":true}}}';

/** A policy forbids it. */
export const denied: CallKind = (requests) => async (call) => {
  const answer = await call.connection.send(requests.call(call.id, `password=${call.text}`));
  if (answer.status !== 200 || !answer.body.includes('"decision":"deny"')) throw wrong(answer);
};

/** The upstream says how far it is before it answers, so that both come as an event stream. */
export const streamed: CallKind = (requests) => async (call) => {
  const { connection, id, text } = call;
  const answer = await connection.send(requests.call(id, text, { progressToken: id }));
  if (!answer.body.includes('notifications/progress')) throw wrong(answer);
  expectEcho(answer, text);
};

/** A session of 2025-11-25 for each caller, opened by its first call. */
export const inSession: CallKind = (requests) => {
  const sessions = new Map<number, Session>();

  async function open({ connection, caller }: Call): Promise<Session> {
    const answer = await connection.send(requests.initialize(caller));
    const [, id] = /\r\nmcp-session-id: *(\S+)/i.exec(answer.head) ?? [];
    if (id === undefined) throw wrong(answer);
    const session = { user: caller, id };
    sessions.set(caller, session);
    await connection.send(requests.initialized(session));
    return session;
  }

  return async (call) => {
    const session = sessions.get(call.caller) ?? (await open(call));
    expectEcho(await call.connection.send(requests.sessionCall(session, call.id, call.text)), call.text);
  };
};

function expectEcho(answer: HttpAnswer, text: string): void {
  const { status, body } = answer;
  if (status !== 200 || !body.includes(`"text":"${text}"`) || body.includes('"isError":true')) throw wrong(answer);
}

function wrong({ status, body }: HttpAnswer): Error {
  return new Error(`a wrong answer: ${status} ${body.slice(0, 600)}`);
}
