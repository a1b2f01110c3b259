import type { Duplex, Readable, Writable } from 'node:stream';
import { clientMethod } from '@sallyport/contracts';
import { errorCodes, errorText, isRpcId, messageText, type RpcId } from '@sallyport/mcp';
import { readLines } from './lines.ts';

/** A client over standard streams that is served through instances in other processes, one after another. */
export interface RelayedClient {
  /** Whether the client has closed its stream. */
  readonly left: boolean;
  /** Whether the last instance has made room for one that is starting. */
  readonly handedOver: boolean;
  /** Carries lines both ways; resolves when this instance, or the client, has ended. */
  relay(instance: Duplex): Promise<void>;
}

/** What of a message decides how it is carried. */
interface Seen {
  readonly method?: unknown;
  readonly id?: unknown;
  readonly result?: unknown;
  readonly params?: { readonly requestId?: unknown; readonly handedOver?: unknown; readonly uri?: unknown };
}

interface Waiting {
  readonly id: RpcId;
  readonly line: Buffer;
  readonly isCall: boolean;
}

/** Of the `initialize` that another instance is sent on behalf of a client that has its answer already. */
const AGAIN = 'sallyport-initialize-again';
/** The same of a subscription to a resource; the URI follows. */
const SUBSCRIBE = 'sallyport-subscribe-again ';

const ENDING = 'sallyport/ending';

/**
 * What an instance says when it begins to end, so that a client that is relayed says nothing more to it.
 *
 * @returns a line
 */
export function endingText(handedOver: boolean): string {
  return `${JSON.stringify({ jsonrpc: '2.0', method: ENDING, params: { handedOver } })}\n`;
}

/** Of a line, which an instance bounds more closely. */
const MAX_LINE_BYTES = 67_108_864;
const tooLong = `The line is larger than ${MAX_LINE_BYTES} bytes.`;

const lost =
  'Sallyport ended while this call was under way, so it may have been carried out. Look whether it was before you call again.';

/**
 * Keeps a client while instances come and go. The next one is introduced to it, subscribed to the resources that it was subscribed to,
 * which count as updated then, and sent again what the last one did not answer; only a call is not sent twice, and its client is told that it may have run.
 */
export function createRelayedClient(input: Readable, output: Writable): RelayedClient {
  const said = whatWasSaid();
  let current = Promise.withResolvers<Duplex>();
  let left = false;
  let handedOver = false;

  async function takeLines(): Promise<void> {
    for await (const line of readLines(input, MAX_LINE_BYTES)) {
      const instance = await current.promise;
      if (!Buffer.isBuffer(line)) {
        send(output, errorText(line.id, { code: errorCodes.invalidRequest, message: tooLong }));
        continue;
      }
      said.remember(line);
      send(instance, line);
    }
  }

  function answer(line: Buffer): void {
    const { method, id, params, result } = read(line);
    if (id === AGAIN) return;
    if (typeof id === 'string' && id.startsWith(SUBSCRIBE))
      return result === undefined ? undefined : send(output, updatedText(id.slice(SUBSCRIBE.length)));
    if (method === ENDING) {
      handedOver = params?.handedOver === true;
      current = Promise.withResolvers();
      return;
    }
    if (method === undefined) said.answered(JSON.stringify(id), result !== undefined);
    send(output, line);
  }

  async function relay(instance: Duplex): Promise<void> {
    // What breaks it also ends it.
    instance.on('error', () => undefined);
    for (const line of said.introduction()) send(instance, line);
    const own = current;
    own.resolve(instance);
    handedOver = false;
    if (left) instance.end();
    try {
      for await (const line of readLines(instance, Infinity)) if (Buffer.isBuffer(line)) answer(line);
    } catch {
      // Its end is what counts.
    }
    if (current === own) current = Promise.withResolvers();
    giveUpCalls(said.waiting, output);
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
    get handedOver() {
      return handedOver;
    },
    relay,
  };
}

/** Something may have been missed. */
function updatedText(uri: string): string {
  return messageText('notifications/resources/updated', { uri });
}

/** What the client said, as far as another instance has to hear it. */
function whatWasSaid() {
  const waiting = new Map<string, Waiting>();
  const subscribed = new Map<string, Buffer>();
  let initialize: Buffer | null = null;
  let initialized: Buffer | null = null;

  function remember(line: Buffer): void {
    const { method, id, params } = read(line);
    if (method === 'initialize') initialize = line;
    else if (method === 'notifications/initialized') initialized = line;
    else if (method === 'notifications/cancelled') waiting.delete(JSON.stringify(params?.requestId));
    if (method !== undefined && isRpcId(id)) waiting.set(JSON.stringify(id), { id, line, isCall: isCall(method) });
  }

  function answered(key: string, isResult: boolean): void {
    const { line = null } = waiting.get(key) ?? {};
    const { method, params } = read(line);
    const uri = String(params?.uri);
    if (isResult && method === 'resources/subscribe' && line !== null) subscribed.set(uri, line);
    if (method === 'resources/unsubscribe') subscribed.delete(uri);
    waiting.delete(key);
  }

  /** The lines that a next instance needs. */
  function introduction(): (Buffer | string)[] {
    const unanswered = [...waiting.values()].map(({ line }) => line);
    const isAnswered = initialize !== null && !unanswered.includes(initialize);
    const again = isAnswered ? [JSON.stringify({ ...read(initialize), id: AGAIN })] : [];
    const resources = [...subscribed].map(([uri, line]) => JSON.stringify({ ...read(line), id: SUBSCRIBE + uri }));
    return [...again, ...unanswered, ...(initialized === null ? [] : [initialized]), ...resources];
  }

  return { waiting, remember, answered, introduction };
}

function isCall(method: unknown): boolean {
  const row = typeof method === 'string' ? clientMethod(method) : undefined;
  return row?.legacy === 'call' || row?.modern === 'call';
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
