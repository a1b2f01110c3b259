import type { SendOptions, ServerMessage } from '@sallyport/contracts';

const PROGRESS = 'notifications/progress';
/** Notifications that end at us: they speak of the hop between us and the upstream. */
const OF_THE_HOP: ReadonlySet<string> = new Set(['notifications/cancelled', 'notifications/initialized']);

/**
 * Gives a notification on to the client of a call. Progress carries the client's own token again; progress with a token
 * that is not of this call is dropped, so that nothing reaches another client.
 */
export function relayNotification(
  message: ServerMessage,
  ourToken: string,
  options: Pick<SendOptions, 'notify' | 'progressToken'>,
): void {
  if (OF_THE_HOP.has(message.method)) return;
  if (message.method !== PROGRESS) return tell(options, message);
  if (options.progressToken === null || message.params['progressToken'] !== ourToken) return;
  tell(options, { method: PROGRESS, params: { ...message.params, progressToken: options.progressToken } });
}

function tell(options: Pick<SendOptions, 'notify'>, message: ServerMessage): void {
  try {
    options.notify(message);
  } catch {
    // A client that can't be told must not end the call, nor, on a shared program, the calls of others.
  }
}
