import { createPublicFetch } from '@sallyport/adapter-identity';
import type { WebhookConfig } from '@sallyport/config';
import { Webhook } from 'standardwebhooks';

export interface WebhookMessage {
  /** The same at every attempt, so that a receiver can tell a repetition. */
  readonly id: string;
  readonly body: object;
}

const timeoutMs = 10_000;
const hint = 'if it is meant, write approvals.notify.private: true.';

/**
 * Posts messages as Standard Webhooks has it (github.com/standard-webhooks): `webhook-id`, `webhook-timestamp` and
 * `webhook-signature`. Private addresses are reached where the configuration says so alone; redirects are not followed.
 *
 * @returns rejects unless the receiver answers 2xx within 10 s; the reason names its host, never its path
 */
export function createWebhook(
  { url, secret, isPrivate }: WebhookConfig,
  fetch: typeof globalThis.fetch = createPublicFetch(isPrivate ? [url] : [], { hint }),
): (message: WebhookMessage, signal: AbortSignal) => Promise<void> {
  const key = secret.startsWith('whsec_') ? new Webhook(secret) : new Webhook(secret, { format: 'raw' });
  const { host } = new URL(url);

  return async function post({ id, body }, signal) {
    const text = JSON.stringify(body);
    const now = new Date();
    const answer = await fetch(url, {
      method: 'POST',
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
      body: text,
      headers: {
        'content-type': 'application/json',
        'webhook-id': id,
        'webhook-timestamp': String(Math.floor(now.getTime() / 1_000)),
        'webhook-signature': key.sign(id, now, text),
      },
    }).catch((error: unknown) => {
      throw new Error(`${host}: ${whyOf(error)}`, { cause: error });
    });
    await answer.body?.cancel();
    if (!answer.ok) throw new Error(`${host} answered ${answer.status}`);
  };
}

/** Of a failed fetch the cause says why. */
function whyOf(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error ? cause.message : message;
}
