import type { Duplex, Readable, Writable } from 'node:stream';
import { errorCodes, errorText, isRpcId, type RpcId } from '@sallyport/mcp';
import { readLines } from './lines.ts';

/** A client over standard streams that is served through instances in other processes, one after another. */
export interface RelayedClient {
  /** Whether the client has closed its stream. */
  readonly left: boolean;
  /** Carries lines both ways; resolves when this instance, or the client, has ended. */
  relay(instance: Duplex): Promise<void>;
}

/** What of a message decides how it is carried. */
interface Seen {
  readonly method?: unknown;
  readonly id?: unknown;
  readonly params?: { readonly requestId?: unknown };
}

interface Waiting {
  readonly id: RpcId;
  readonly line: Buffer;
  readonly isCall: boolean;
}

/** Of the `initialize` that another instance is sent on behalf of a client that has its answer already. */
const AGAIN = 'sallyport-initialize-again';

const lost =
  'Sallyport ended while this call was under way, so it may have been carried out. Look whether it was before you call again.';

/**
 * Keeps a client while instances come and go. The next one is introduced to it, and sent again what the last one did not
 * answer; only a call is not sent twice, and its client is told that it may have run.
 */
export function createRelayedClient(input: Readable, output: Writable): RelayedClient {
  const waiting = new Map<string, Waiting>();
  let initialize: Buffer | null = null;
  let initialized: Buffer | null = null;
  let current = Promise.withResolvers<Duplex>();
  let left = false;

  function remember(line: Buffer): void {
    const { method, id, params } = read(line);
    if (method === 'initialize') initialize = line;
    else if (method === 'notifications/initialized') initialized = line;
    else if (method === 'notifications/cancelled') waiting.delete(JSON.stringify(params?.requestId));
    if (method !== undefined && isRpcId(id))
      waiting.set(JSON.stringify(id), { id, line, isCall: method === 'tools/call' });
  }

  async function takeLines(): Promise<void> {
    for await (const line of readLines(input, Infinity)) {
      if (!Buffer.isBuffer(line)) continue;
      const instance = await current.promise;
      remember(line);
      send(instance, line);
    }
  }

  function introduce(instance: Duplex): void {
    const isAnswered = initialize !== null && ![...waiting.values()].some(({ line }) => line === initialize);
    if (isAnswered) send(instance, JSON.stringify({ ...read(initialize), id: AGAIN }));
    for (const { line } of waiting.values()) send(instance, line);
    if (initialized !== null) send(instance, initialized);
  }

  function answer(line: Buffer): void {
    const { method, id } = read(line);
    if (id === AGAIN) return;
    if (method === undefined) waiting.delete(JSON.stringify(id));
    send(output, line);
  }

  async function relay(instance: Duplex): Promise<void> {
    // What breaks it also ends it.
    instance.on('error', () => undefined);
    introduce(instance);
    current.resolve(instance);
    if (left) instance.end();
    try {
      for await (const line of readLines(instance, Infinity)) if (Buffer.isBuffer(line)) answer(line);
    } catch {
      // Its end is what counts.
    }
    current = Promise.withResolvers();
    giveUpCalls(waiting, output);
  }

  const gone = (): void => {
    left = true;
    void current.promise.then((instance) => instance.end());
  };
  takeLines().then(gone, gone);
  return {
    get left() {
      return left;
    },
    relay,
  };
}

/** A call is not sent twice. */
function giveUpCalls(waiting: Map<string, Waiting>, output: Writable): void {
  for (const [key, { id, isCall }] of waiting) {
    if (!isCall) continue;
    waiting.delete(key);
    send(output, errorText(id, { code: errorCodes.internal, message: lost }));
  }
}

function send(to: Writable, line: Buffer | string): void {
  if (to.writable) to.write(typeof line === 'string' ? `${line}\n` : Buffer.concat([line, NEWLINE]));
}

const NEWLINE = Buffer.from('\n');

/** The members of a message; none of what is not a message, which the instance refuses. */
function read(line: Buffer | null): Seen {
  try {
    const value: unknown = JSON.parse(String(line));
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}
