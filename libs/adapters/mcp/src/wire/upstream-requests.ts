import type { JsonObject, SendOptions, ServerMessage } from '@sallyport/contracts';
import { classify, errorCodes, type RequestId } from '@sallyport/mcp';
import type { UpstreamLog } from '../bounded-log.ts';

/** So many requests are answered of one call, or of none: an upstream that goes on is left without an answer. */
const MAX_ANSWERED = 256;
const MAX_TOLD = 8;

/** Answers the requests of an upstream during one call. */
export interface Questions {
  /** The response, a JSON-RPC message; null where none is given any more. */
  answer(id: RequestId, message: ServerMessage): Promise<JsonObject | null>;
}

/** Answers `ping` itself and has the others answered by what guards the client of the call. */
export function questionsOf({ ask }: Pick<SendOptions, 'ask'>): Questions {
  let asked = 0;
  return {
    async answer(id, message) {
      if (message.method === 'ping') return { jsonrpc: '2.0', id, result: {} };
      asked += 1;
      if (asked > MAX_ANSWERED) return null;
      if (ask === null) return unasked(id);
      try {
        return { jsonrpc: '2.0', id, ...(await ask(message)) };
      } catch {
        return refusal(id, errorCodes.internal, 'The client gave no answer.');
      }
    },
  };
}

/** Answers requests that belong to no call of a client: `ping`, and nobody is asked anything else. */
export class StrayRequests {
  readonly #log: UpstreamLog;
  readonly #refused: (method: string) => void;
  readonly #told = new Set<string>();
  #answered = 0;

  /** @param refused told the method of each, for the record */
  constructor(log: UpstreamLog, refused: (method: string) => void = () => undefined) {
    this.#log = log;
    this.#refused = refused;
  }

  /** The response; null for a message that is no request, and for one of an upstream that goes on and on. */
  responseTo(message: JsonObject): string | null {
    const incoming = classify(message);
    if (incoming.kind !== 'request') return null;
    const { id, method } = incoming;
    if (method === 'ping') return JSON.stringify({ jsonrpc: '2.0', id, result: {} });
    this.#tell(method.slice(0, 128));
    this.#refused(method);
    this.#answered += 1;
    return this.#answered > MAX_ANSWERED ? null : JSON.stringify(unasked(id));
  }

  /** Logs each method once, up to a limit: the upstream may make up as many methods as it likes. */
  #tell(method: string): void {
    if (this.#told.has(method) || this.#told.size >= MAX_TOLD) return;
    this.#told.add(method);
    this.#log('warn', 'upstream asks a client outside of a call: refused', { method });
  }
}

function unasked(id: RequestId): JsonObject {
  return refusal(id, errorCodes.methodNotFound, 'No client can be asked: this belongs to no call of one.');
}

/** A JSON-RPC error response. */
function refusal(id: RequestId, code: number, message: string): JsonObject {
  return { jsonrpc: '2.0', id, error: { code, message } };
}
