import { type SendOptions, type ServerMessage, serverNotification } from '@sallyport/contracts';

const PROGRESS = 'notifications/progress';

/**
 * Gives a notification on to the client of a call. Progress carries the client's own token again; progress with a token
 * that is not of this call is dropped, so that nothing reaches another client.
 *
 * @returns whether it was progress of this call
 */
export function relayNotification(
  message: ServerMessage,
  ourToken: string,
  options: Pick<SendOptions, 'notify' | 'progressToken'>,
): boolean {
  if (serverNotification(message.method) !== 'client') return false;
  if (message.method !== PROGRESS) {
    tell(options, message);
    return false;
  }
  if (options.progressToken === null || message.params['progressToken'] !== ourToken) return false;
  tell(options, { method: PROGRESS, params: { ...message.params, progressToken: options.progressToken } });
  return true;
}

function tell(options: Pick<SendOptions, 'notify'>, message: ServerMessage): void {
  try {
    options.notify(message);
  } catch {
    // A client that can't be told must not end the call, nor, on a shared program, the calls of others.
  }
}
