import { changedKinds, type JsonObject, type SendOptions, type TargetKind } from '@sallyport/contracts';
import { classify, type RequestId } from '@sallyport/mcp';
import { relayNotification } from '../wire/relay-notification.ts';
import { questionsOf } from '../wire/upstream-requests.ts';

export interface CallMessagesOptions {
  /** Our progress token of the call; null where the client wants no progress. */
  readonly token: string | null;
  readonly client: SendOptions;
  /** Called for each progress of this call. */
  onProgress(): void;
  /** Sends our response to a request of the upstream; null in 2026-07-28, where servers make none and can be sent none. */
  readonly respond: ((body: string) => Promise<void>) | null;
  /** Told of a request that can't be answered, for the log and the record. */
  unanswerable(message: JsonObject): void;
  onChanged(kinds: readonly TargetKind[]): void;
}

/**
 * Handles the messages on a call's own event stream. The function that it answers takes one message and says whether that
 * is the answer. A request of a 2026-07-28 server reaches nobody, and the call goes on.
 */
export function callMessages({ token, client, respond, onProgress, ...options }: CallMessagesOptions) {
  const questions = questionsOf(client);

  async function answer(id: RequestId, method: string, params: JsonObject): Promise<void> {
    const response = await questions.answer(id, { method, params });
    if (response !== null) await respond?.(JSON.stringify(response));
  }
  return function take(message: JsonObject): boolean {
    const incoming = classify(message);
    if (incoming.kind === 'request') {
      if (respond === null) options.unanswerable(message);
      else void answer(incoming.id, incoming.method, incoming.params);
      return false;
    }
    if (incoming.kind !== 'notification') return true;
    const { method, params } = incoming;
    options.onChanged(changedKinds(method));
    if (relayNotification({ method, params }, token ?? '', client)) onProgress();
    return false;
  };
}
