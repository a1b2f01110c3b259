import type { JsonObject, SendOptions, ServerMessage } from '@sallyport/contracts';
import { INTERNAL_ERROR, METHOD_NOT_FOUND } from '../wire/json-rpc.ts';

/** Requests that one call may make of the client: beyond it the upstream is refused, not the call. */
const MAX_QUESTIONS = 64;

/** Answers the requests of an upstream during one call. */
export interface Questions {
  answer(id: string | number, message: ServerMessage): Promise<JsonObject>;
}

/**
 * The response (a JSON-RPC message) to each request of the upstream: `ping` by us, others by the client where it can be
 * asked, else an error. What the client's side throws never reaches the upstream.
 */
export function questionsOf({ ask }: Pick<SendOptions, 'ask'>): Questions {
  let asked = 0;
  return {
    async answer(id, message) {
      asked += 1;
      if (message.method === 'ping') return { jsonrpc: '2.0', id, result: {} };
      if (ask === null) return refusal(id, METHOD_NOT_FOUND, 'The client can not be asked.');
      if (asked > MAX_QUESTIONS) return refusal(id, INTERNAL_ERROR, 'Too many requests in one call.');
      try {
        return { jsonrpc: '2.0', id, result: await ask(message) };
      } catch {
        return refusal(id, INTERNAL_ERROR, 'The client gave no answer.');
      }
    },
  };
}

/** A JSON-RPC error response. */
export function refusal(id: string | number, code: number, message: string): JsonObject {
  return { jsonrpc: '2.0', id, error: { code, message } };
}
