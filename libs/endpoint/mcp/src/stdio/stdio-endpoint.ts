import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import type { Clock, Ids, Keys, Observer, Gateway, Principal } from '@sallyport/contracts';
import { parseStrict } from '@sallyport/base';
import {
  errorText,
  idIn,
  MOST_VALUES,
  readMessage,
  type RpcId,
  type RpcMessage,
  type RpcRequest,
} from '@sallyport/mcp';
import { fault, type Fault } from '../protocol/fault.ts';
import { readEra } from '../protocol/request-era.ts';
import { parseFault, tooLarge } from '../http/http-faults.ts';
import { createServing } from '../protocol/create-serving.ts';
import { changedText } from '../protocol/list-changes.ts';
import { initialize } from '../protocol/initialize.ts';
import { readLines } from './lines.ts';
import { MAX_ASK_MS } from '../endpoint-options.ts';
import type { ApproveWith, Instructions, Reply, SignInAt } from '../protocol/mcp-request.ts';
import { type Arrival, legacyClient, modernClient } from '../protocol/mcp-client.ts';
import type { TooLarge } from '../http/read-body.ts';
import { handleNotification, serve, type ServeParts } from '../protocol/serve-request.ts';
import { createRunning, type Running } from '../protocol/running.ts';
import { freeSession, type LegacySession, type NewSession } from '../protocol/sessions.ts';

export interface StdioEndpointOptions {
  readonly gateway: Gateway;
  /** The user who started the program. */
  readonly principal: Principal;
  readonly input: Readable;
  readonly output: Writable;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly keys: Keys;
  readonly observer: Pick<Observer, 'incident'>;
  /** Null for qualified names of all upstreams. */
  readonly upstream?: string | null;
  readonly version?: string;
  /** `sallyport approve <approval> --token <token>` if absent. */
  readonly approveWith?: ApproveWith;
  /** Nowhere if absent. */
  readonly signInAt?: SignInAt;
  /** None if absent. */
  readonly instructions?: Instructions;
  readonly maxBytes?: number;
  /** Milliseconds that a question to the user may wait. */
  readonly decideMs?: number;
}

/** MCP over the standard streams: one JSON-RPC message per line, both eras. */
export interface StdioEndpoint {
  /** Resolves when the input has ended and every answer is written. */
  readonly closed: Promise<void>;
  /** Takes no new requests and resolves when those in flight are answered. */
  drain(): Promise<void>;
}

/** Writes a line; one that is `droppable` is left out while too much waits already. */
type Write = (text: string, droppable?: boolean) => void;

/** Bytes that may wait for a slow client before messages that can be missed are left out. */
const MAX_WAITING = 1_048_576;

const MAX_BYTES = 1_048_576;

/** One connection: its session, once it has one, and what runs. */
interface Connection {
  readonly serving: ServeParts;
  readonly principal: Principal;
  readonly upstream: string | null;
  readonly running: Running;
  readonly write: Write;
  /** Resolves when the client has taken most of what was written. */
  readonly taken: () => Promise<void>;
  readonly stop: AbortController;
  readonly maxBytes: number;
  session: LegacySession | null;
  draining: boolean;
}

/** Serves one client over a pair of streams, with the same table and the same answers as over HTTP. */
export function createStdioEndpoint(options: StdioEndpointOptions): StdioEndpoint {
  const { input, output } = options;
  const connection = connect(options, function write(text, droppable = false) {
    if (!(droppable && output.writableLength > MAX_WAITING)) output.write(`${text}\n`);
  });
  const pending = new Set<Promise<void>>();
  const broken = (error: unknown) => options.observer.incident('stdio_broken', String(error));
  output.on('error', broken);

  async function takeLines(): Promise<void> {
    for await (const line of readLines(input, connection.maxBytes)) {
      const taken = take(connection, line).finally(() => pending.delete(taken));
      pending.add(taken);
    }
  }

  async function read(): Promise<void> {
    await takeLines().catch(broken);
    connection.running.cancelAll();
    connection.session?.updates.endAll();
    connection.stop.abort();
    await Promise.all(pending);
  }

  async function drain(): Promise<void> {
    connection.draining = true;
    connection.stop.abort();
    await Promise.all(pending);
  }

  return { closed: read(), drain };
}

function connect(options: StdioEndpointOptions, write: Write): Connection {
  const stop = new AbortController();
  return {
    serving: createServing(options, options.decideMs ?? MAX_ASK_MS, stop.signal),
    principal: options.principal,
    upstream: options.upstream ?? null,
    running: createRunning(),
    write,
    taken: async () =>
      void (
        options.output.writableNeedDrain &&
        (await once(options.output, 'drain', { signal: stop.signal }).catch(() => undefined))
      ),
    stop,
    maxBytes: options.maxBytes ?? MAX_BYTES,
    session: null,
    draining: false,
  };
}

/** Takes one line. */
async function take(connection: Connection, line: Buffer | TooLarge): Promise<void> {
  if (!Buffer.isBuffer(line)) return refuse(connection, line.id, line.bytes, tooLarge(connection.maxBytes));
  const parsed = parseStrict(line, { maxBytes: line.length, maxMembers: MOST_VALUES });
  if (!parsed.ok) return refuse(connection, idIn(line), line.length, parseFault(parsed.code, parsed.message));
  const message = readMessage(parsed.value);
  if (message === null) {
    const found = Array.isArray(parsed.value) ? batch : notRpc;
    return refuse(connection, idIn(line), line.length, found);
  }
  return dispatch(connection, message, line.length);
}

function dispatch(connection: Connection, message: RpcMessage, bytes: number): Promise<void> {
  if (message.kind === 'request') return dispatchRequest(connection, message, bytes);
  if (message.kind === 'response') connection.session?.asks.settle(message);
  else handleNotification(message, (id) => connection.running.cancel(id));
  return Promise.resolve();
}

function dispatchRequest(connection: Connection, message: RpcRequest, bytes: number): Promise<void> {
  const { principal, upstream, running, serving, session } = connection;
  const arrival: Arrival = { principal, upstream, headers: null, bytes, running };
  if (connection.draining) return refuse(connection, message.id, bytes, fault(400, 'stopping', 'Stopping.'));
  const reply = new LineReply(connection);
  const era = readEra(message, null);
  if (era !== 'legacy') {
    if ('code' in era) return refuse(connection, message.id, bytes, era);
    return serve(serving, { message, client: modernClient(era, arrival), reply });
  }
  if (message.method === 'initialize' && session === null) return open(connection, message, arrival);
  if (session === null) return refuse(connection, message.id, bytes, fault(400, 'session_needed', 'Initialize first.'));
  return serve(serving, { message, client: legacyClient(session, arrival), reply });
}

function open(connection: Connection, message: RpcRequest, arrival: Arrival): Promise<void> {
  const { serving, running } = connection;
  const { ids } = serving;
  const own = { asker: ids.random(6), running };
  const sessions = { open: (session: NewSession) => freeSession(session, ids.random(24), own) };
  const opened = initialize({ serving, sessions }, message, arrival);
  if ('code' in opened) return refuse(connection, message.id, arrival.bytes, opened);
  connection.session = opened.session;
  connection.write(opened.text);
  opened.session.updates.tellOn({ stream: connection.write, taken: connection.taken }, connection.stop.signal);
  void serving.lists.follow(arrival, connection.stop.signal, (list) => connection.write(changedText(list)));
  return Promise.resolve();
}

async function refuse(connection: Connection, id: RpcId | null, bytes: number, fault: Fault): Promise<void> {
  await connection.serving.gateway.refuse(connection.principal, fault.reason, bytes);
  connection.write(errorText(id, fault));
}

const batch = fault(
  400,
  'batch',
  'Batches are not accepted over standard streams: send each message in a line by itself.',
);
const notRpc = fault(400, 'invalid_request', 'The line is not a JSON-RPC 2.0 message.');

/** The way back over a stream of lines: whatever is sent is a line. */
class LineReply implements Reply {
  readonly canStream = true;
  readonly controller = new AbortController();
  readonly gone = this.controller.signal;
  readonly taken: Connection['taken'];
  readonly #write: Write;
  #ended = false;

  constructor({ write, taken }: Pick<Connection, 'write' | 'taken'>) {
    this.#write = write;
    this.taken = taken;
  }

  stream(text: string, droppable: boolean): void {
    if (!this.#ended) this.#write(text, droppable);
  }

  end(_status: number, text: string): void {
    if (!this.#ended && !this.controller.signal.aborted) this.#write(text);
    this.#ended = true;
  }
}
