import { Connection } from '../src/load/http-connection.ts';
import { createRequests, type Target } from '../src/load/http-requests.ts';
import { type Heard, type ClientAccount, readHeard } from './client-account.ts';

export interface Clients {
  /** Stops after the calls that are under way. */
  stop(): Promise<void>;
  /** Resolves when all have ended: stopped, or cut off. */
  readonly ended: Promise<void>;
}

/** One call in this many is one that the policies forbid. */
const forbiddenEvery = 10;

/**
 * Clients that call without a break and note what they hear. A client that is cut off stops and does not send again:
 * the record says what happened to its call.
 */
export function startClients(
  target: Target,
  clients: ClientAccount,
  callers = 8,
  onHeard: (heard: Heard) => void = () => {},
): Clients {
  let running = true;
  const requests = createRequests(target);

  async function client(): Promise<void> {
    const connection = await Connection.open(target.url);
    while (running) onHeard(await callOnce(connection, requests, clients));
    connection.close();
  }

  const ended = Promise.all(Array.from({ length: callers }, () => client().catch(() => undefined))).then(() => {});
  return {
    ended,
    stop() {
      running = false;
      return ended;
    },
  };
}

/** Sends calls one after the other and resolves with what was heard. Rejects when Sallyport is gone. */
export async function callSerialized(target: Target, clients: ClientAccount, count: number): Promise<readonly Heard[]> {
  const connection = await Connection.open(target.url);
  const requests = createRequests(target);
  const heard: Heard[] = [];
  while (heard.length < count) heard.push(await callOnce(connection, requests, clients, 'allowed'));
  connection.close();
  return heard;
}

/** Sends the client's next call and notes what was heard. Rejects when the connection ends before. */
export async function callOnce(
  connection: Connection,
  requests: ReturnType<typeof createRequests>,
  clients: ClientAccount,
  kind: 'allowed' | 'forbidden' = (clients.sent() + 1) % forbiddenEvery === 0 ? 'forbidden' : 'allowed',
): Promise<Heard> {
  const message = clients.next(kind);
  const answer = await connection.send(requests.call(clients.sent(), message));
  const heard = readHeard(answer.body, message);
  clients.heard.set(message, heard);
  return heard;
}
