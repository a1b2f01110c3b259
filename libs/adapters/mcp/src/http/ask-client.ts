import type { JsonObject, SendOptions, ServerMessage } from '@sallyport/contracts';
import { INTERNAL_ERROR, METHOD_NOT_FOUND } from '../wire/json-rpc.ts';
import type { RequestId } from '../wire/json-rpc.ts';

/** Requests that one call may make of the client: beyond it the upstream is refused, not the call. */
const MAX_QUESTIONS = 64;

/** Answers the requests of an upstream during one call. */
export interface Questions {
  answer(id: RequestId, message: ServerMessage): Promise<JsonObject>;
}

/**
 * The response (a JSON-RPC message) to each request of the upstream: `ping` by us, others by the client where it can be
 * asked, else an error. Of what the client's side throws only its own error code reaches the upstream: -1 is a person's
 * no to sampling (2025-11-25, client/sampling, error handling), and not a breakdown.
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
      } catch (error) {
        return refusal(id, clientCode(error) ?? INTERNAL_ERROR, 'The client gave no answer.');
      }
    },
  };
}

/** The client's own code, as `SendOptions.ask` says. */
function clientCode(error: unknown): number | null {
  if (!(error instanceof Error) || !('rpcCode' in error)) return null;
  return Number.isSafeInteger(error.rpcCode) ? Number(error.rpcCode) : null;
}

/** A JSON-RPC error response. */
export function refusal(id: RequestId, code: number, message: string): JsonObject {
  return { jsonrpc: '2.0', id, error: { code, message } };
}
