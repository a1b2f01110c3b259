import type { ClientContext, ClientAnswer, JsonObject, ServerMessage } from '@sallyport/contracts';
import { INTERNAL_ERROR } from './refusal-log.ts';

/** What came back from a client. */
export type ClientReply =
  | { readonly answer: JsonObject }
  | { readonly answer: null; readonly outcome: 'refused' | 'unanswered'; readonly code: number | null };

/** Asks the client and waits, until the call is over at most. Never rejects. */
export async function askClient(
  ask: ClientContext['ask'],
  message: ServerMessage,
  over: AbortSignal,
): Promise<ClientReply> {
  if (ask === null || over.aborted) return unanswered;
  let give = (): void => undefined;
  const ended = new Promise<ClientReply>((resolve) => {
    give = () => resolve(unanswered);
    over.addEventListener('abort', give, { once: true });
  });
  const answered = ask(message, over).then((answer): ClientReply => ({ answer }), refusal);
  return Promise.race([answered, ended]).finally(() => over.removeEventListener('abort', give));
}

const unanswered: ClientReply = { answer: null, outcome: 'unanswered', code: null };

/** An error that carries a code is the client's own: -1 is a person's no to sampling (2025-11-25, client/sampling). */
function refusal(error: unknown): ClientReply {
  if (!(error instanceof Error) || !('rpcCode' in error) || !Number.isSafeInteger(error.rpcCode)) return unanswered;
  return { answer: null, outcome: 'refused', code: Number(error.rpcCode) };
}

/** What the upstream is told where there is no answer for it; of what the client said its code alone. */
export function noAnswer(heard: ClientReply): ClientAnswer {
  if (heard.answer !== null)
    return { error: { code: INTERNAL_ERROR, message: 'The answer of the client is not one to what was asked.' } };
  return { error: { code: heard.code ?? INTERNAL_ERROR, message: 'The client gave no answer.' } };
}
