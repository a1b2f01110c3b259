import type { JsonObject } from '@sallyport/contracts';
import { send } from './raw-client.ts';

export interface AdminAnswer {
  readonly status: number;
  readonly body: JsonObject;
  readonly text: string;
}

/** One request to the admin API. */
export async function admin(
  sallyport: { readonly port: number },
  token: string,
  [method, path]: readonly [string, string],
  body?: object | string,
): Promise<AdminAnswer> {
  const text = body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body);
  const headers = {
    authorization: `Bearer ${token}`,
    ...(body !== undefined && { 'content-type': 'application/json' }),
  };
  const answer = await send(sallyport, { method, path: `/admin/v1${path}`, headers, body: text });
  return { status: answer.status, text: answer.text, body: parsed(answer.text) };
}

function parsed(text: string): JsonObject {
  try {
    return JSON.parse(text) as JsonObject;
  } catch {
    return {};
  }
}

/** Waits until something holds; throws after `ms`. */
export async function eventually<T>(look: () => T | Promise<T>, ms = 5_000): Promise<NonNullable<T>> {
  const until = Date.now() + ms;
  for (;;) {
    const found = await look();
    if (found !== null && found !== undefined && found !== false) return found;
    if (Date.now() > until) throw new Error(`did not come true within ${ms} ms: ${look}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
