import type { ConnectOptions } from './connect-options.ts';
import { createBrowserStates } from './browser-state.ts';
import { createConnectPages } from './connect-pages.ts';

const clock = { now: () => Date.now(), monotonic: () => performance.now() };
const ids = { ulid: () => '', random: (bytes: number) => 'r'.repeat(bytes) };
const keys = { sealKey: () => Buffer.alloc(32) } as unknown as ConnectOptions['keys'];
const chosen = 'https://chosen.example';

/** A browser comes back from the issuer that it chose, with a token of `issuer`. */
async function comesBack(issuer: string): Promise<{ status: number; why: string[] }> {
  const why: string[] = [];
  const signIn = { begin: () => Promise.reject(new Error('unasked')), finish: async () => 'token' };
  const pages = createConnectPages({
    ...{ config: { allowed_hosts: [], allowed_origins: [] }, keys, ids, clock },
    identity: { authenticate: async () => ({ tenant: 't', subject: { id: 'ann', issuer } }) },
    issuers: () => new Map([[chosen, signIn]]),
    failed: (text: string) => void why.push(text),
  } as unknown as ConnectOptions);
  const state = { step: 'signing_in', upstream: 'up', whom: '', issuer: chosen, pending: {} } as const;
  const [cookie = ''] = createBrowserStates({ keys, ids, clock }).cookie(state, false).split(';');
  let status = 200;
  const reply: object = new Proxy(
    {},
    {
      get: (_, name) =>
        name === 'then'
          ? undefined
          : (value: unknown) => {
              if (name === 'code' || name === 'status') status = Number(value);
              return reply;
            },
    },
  );
  const request = { method: 'GET', url: '/sign-in/callback', headers: { host: '127.0.0.1:1', cookie } };
  await pages.signedIn(request as never, reply as never);
  return { status, why };
}

it('who comes back from an issuer with a token of another is nobody', async () => {
  expect(await comesBack(chosen)).toEqual({ status: 303, why: [] });
  const why = [`${chosen} gave a token of another issuer, https://other.example`];
  expect(await comesBack('https://other.example')).toEqual({ status: 502, why });
});
