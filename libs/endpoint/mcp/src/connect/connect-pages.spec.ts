import { createSecretKey } from 'node:crypto';
import { fastify } from 'fastify';
import { people } from '../testing/fake-gateway.ts';
import { createBrowserStates } from './browser-state.ts';
import { createConnectPages } from './connect-pages.ts';

const key = createSecretKey(Buffer.alloc(32, 7));
const known = {
  keys: { digestKey: () => key, sealKey: () => key.export() },
  ids: { ulid: () => '0'.repeat(26), random: (bytes: number) => Buffer.alloc(bytes, 1).toString('base64url') },
  clock: { now: () => 1_000, monotonic: () => 0 },
};
const asked = 'https://asked.example';

/** A browser comes back from the issuer that was asked, with somebody's token of an issuer. */
async function comeBack(issuer: string) {
  const alice = people['alice'];
  if (alice === undefined) throw new Error('nobody');
  const told: string[] = [];
  const signIn = { begin: () => Promise.reject(new Error('not here')), finish: () => Promise.resolve('token') };
  const pages = createConnectPages({
    ...known,
    config: { allowed_hosts: [], allowed_origins: [] },
    identity: { authenticate: async () => ({ ...alice, subject: { ...alice.subject, issuer } }) },
    signInOf: () => null,
    connectable: () => [],
    issuers: () => new Map([[asked, signIn]]),
    isOperatorToken: () => false,
    hasDevelopmentUsers: () => false,
    failures: () => 0,
    failed: (why) => void told.push(why),
  });
  const app = fastify();
  app.get('/sign-in/callback', pages.signedIn);
  const state = { step: 'signing_in', upstream: 'up', whom: '', issuer: asked, pending: {} } as const;
  const [cookie = ''] = createBrowserStates(known).cookie(state, false).split(';');
  const headers = { host: '127.0.0.1:8787', cookie };
  const { statusCode } = await app.inject({ url: '/sign-in/callback?code=c', headers });
  return { statusCode, told };
}

it('nobody is known by a token of another issuer than the one that was asked', async () => {
  const { statusCode, told } = await comeBack('https://other.example');
  expect([statusCode, told]).toEqual([502, [expect.stringContaining('gave a token of another issuer')]]);
  expect(await comeBack(asked)).toEqual({ statusCode: 303, told: [] });
});
