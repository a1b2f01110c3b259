import { Webhook } from 'standardwebhooks';
import { createWebhook } from './webhook.ts';

const url = 'https://hooks.test/secret-path';
const secret = 'a secret of the receiver';
const message = { id: 'e1', body: { text: 'up/run waits' } };
const { signal } = new AbortController();

/** Posts one message to a receiver that does this. */
function post(answer: (request: RequestInit) => Promise<Response>, given = secret): Promise<void> {
  return createWebhook({ url, secret: given, isPrivate: false }, (_, request = {}) => answer(request))(message, signal);
}

async function failure(answer: () => Promise<Response>): Promise<string> {
  return post(answer).then(
    () => 'was taken',
    (error: Error) => error.message,
  );
}

describe('a message to a webhook', () => {
  test.each([
    ['words', secret, new Webhook(secret, { format: 'raw' })],
    ['base64', `whsec_${btoa(secret)}`, new Webhook(`whsec_${btoa(secret)}`)],
  ])('is signed so that its receiver can check it, with a secret in %s', async (_, given, receiver) => {
    const requests: RequestInit[] = [];
    await post(async (request) => {
      requests.push(request);
      return new Response(null, { status: 204 });
    }, given);
    const [{ headers, body, redirect }] = requests as [RequestInit];
    const sent = Object.fromEntries(new Headers(headers));
    expect(receiver.verify(String(body), sent)).toEqual(message.body);
    expect(() => receiver.verify(`${String(body)} `, sent)).toThrow(/signature/);
    expect([sent['webhook-id'], redirect]).toEqual(['e1', 'manual']);
  });

  test.each([301, 404, 500])('was not taken where the answer is %s; the path is not told', async (status) => {
    const why = await failure(async () => new Response('no', { status }));
    expect(why).toBe(`hooks.test answered ${status}`);
  });

  it('that reaches nobody says why by the cause, and else by the error', async () => {
    const cause = new Error('connection refused');
    expect(await failure(() => Promise.reject(new TypeError('fetch failed', { cause })))).toBe(
      'hooks.test: connection refused',
    );
    expect(await failure(() => Promise.reject(new TypeError('fetch failed')))).toBe('hooks.test: fetch failed');
  });
});
