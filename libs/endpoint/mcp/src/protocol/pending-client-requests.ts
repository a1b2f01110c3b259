import type { JsonObject, ServerMessage } from '@sallyport/contracts';
import { messageText, type RpcId, type RpcResponse } from '@sallyport/mcp';

/** Thrown where a client can't or won't answer a request of ours. `rpcCode` is its own error code, where it sent one. */
export class ClientRequestRefused extends Error {
  readonly code = 'ask_refused';
  readonly rpcCode: number | null;

  constructor(message: string, rpcCode: number | null = null) {
    super(message);
    this.name = 'ClientRequestRefused';
    this.rpcCode = rpcCode;
  }
}

export interface AskOptions {
  readonly send: (text: string) => void;
  readonly signal: AbortSignal;
  /** Milliseconds that the client may take. */
  readonly timeoutMs: number;
}

/** Requests of ours to one client that wait for its answer. */
export interface PendingClientRequests {
  /** @throws ClientRequestRefused when the client answers an error, goes away, or takes too long */
  ask(message: ServerMessage, options: AskOptions): Promise<JsonObject>;
  /** Hands over an answer; false where nobody waits for it. */
  settle(response: RpcResponse): boolean;
  /** Who asks: the ids of its requests begin so. */
  readonly asker: string;
}

const OURS = 'sallyport-';

/** Says whether an id is one of a request that another process made in our place. */
export function isAskedElsewhere({ asker }: PendingClientRequests, id: RpcId): boolean {
  return typeof id === 'string' && id.startsWith(OURS) && !id.startsWith(`${OURS}${asker}-`);
}

/**
 * Keeps the requests that wait for one client's answer. Their ids are of one connection or session alone.
 *
 * @param asker another one in each process: a late answer to a request of a process before must not count for one of this
 */
export function createPendingClientRequests(asker: string): PendingClientRequests {
  const waiting = new Map<string, (response: RpcResponse) => void>();
  let asked = 0;

  function ask(message: ServerMessage, { send, signal, timeoutMs }: AskOptions): Promise<JsonObject> {
    const id = `${OURS}${asker}-${++asked}`;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(giveUp, timeoutMs, 'The client took too long to answer.');
      const gone = () => giveUp('The client is gone.');
      function done(): void {
        clearTimeout(timer);
        signal.removeEventListener('abort', gone);
        waiting.delete(id);
      }
      function giveUp(why: string): void {
        done();
        reject(new ClientRequestRefused(why));
      }
      if (signal.aborted) return gone();
      signal.addEventListener('abort', gone, { once: true });
      waiting.set(id, function answered({ result, error }) {
        done();
        if (result !== null) resolve(result);
        else reject(new ClientRequestRefused('The client refused.', error?.code ?? null));
      });
      send(messageText(message.method, message.params, id));
    });
  }

  function settle(response: RpcResponse): boolean {
    const answered = waiting.get(String(response.id));
    answered?.(response);
    return answered !== undefined;
  }

  return { ask, settle, asker };
}
