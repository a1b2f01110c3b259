import { createDocumentFetch, createPublicFetch } from '@sallyport/adapter-identity';
import { type Authorization, startAuthorization } from '@sallyport/testing/harness';
import { clock, upstreamAt } from '../../test/http-upstream.ts';
import { act, sending } from '../../test/sending.ts';
import type { ManagedUpstream } from '../managed-upstream.ts';

let at: Authorization;
let upstream: ManagedUpstream;
let ahead: number;

beforeEach(async () => {
  ahead = 0;
  at = await startAuthorization();
  const auth = { type: 'client_credentials', issuer: at.issuer, client_id: 'us', credential: 'own-secret' } as const;
  const fetchFor = (named: readonly string[]) => createDocumentFetch(createPublicFetch(named, { hint: 'name it.' }));
  const late = { ...clock, monotonic: () => clock.monotonic() + ahead };
  upstream = upstreamAt(at.url, { auth }, { fetchFor, clock: late });
});
afterEach(async () => {
  await upstream.close();
  await at.close();
});

const list = async () => (await upstream.list('tool')).map(({ name }) => name);
const call = () => upstream.send(act, sending());

describe('a token that its server gives for', () => {
  it.each<[unknown, 'once' | 'each time']>([
    [0, 'each time'],
    [0.001, 'each time'],
    [1e308, 'once'],
    [Number.MAX_SAFE_INTEGER, 'once'],
    ['3600', 'once'],
  ])('%p seconds is asked for %s', async (expires_in, how) => {
    at.says.token = { expires_in };
    expect(await list()).toEqual(['act']);
    const before = at.asked.length;
    for (let n = 0; n < 3; n++) {
      ahead += 1;
      expect(await call()).toMatchObject({ kind: 'result' });
    }
    expect(at.asked.length - before).toBe(how === 'once' ? 0 : 3);
  });

  it.each([-1, -1e308, 'never', null, {}, true])('%p seconds is refused, with pauses', async (expires_in) => {
    at.says.token = { expires_in };
    await expect(list()).rejects.toThrow(/expires_in|no token/);
    for (let n = 0; n < 5; n++)
      expect(await call()).toMatchObject({ kind: 'failed', reason: 'upstream_down', sent: false });
    expect(at.asked).toHaveLength(1);
  });
});

it('a server that takes no token, and describes itself elsewhere each time, has few asked for', async () => {
  const metadata = `${new URL(at.url).origin}/.well-known/oauth-protected-resource/mcp`;
  let told = 0;
  Object.defineProperty(at.says, 'challenge', { get: () => `resource_metadata="${metadata}#${(told += 1)}"` });
  at.says.token = { access_token: 'never-taken' };
  for (let n = 0; n < 10; n++) await list().catch(() => undefined);
  for (let n = 0; n < 10; n++) await call();
  expect(at.asked.length).toBeLessThan(8);
  expect(at.requests.length).toBeLessThan(20);
});

it.each(['Bearer '.repeat(2_000), ','.repeat(14_000), `x="${'\\'.repeat(14_000)}`, 'a '.repeat(7_000)])(
  'a challenge of very many words is read in no time (%#)',
  async (challenge) => {
    at.says.challenge = challenge;
    const start = performance.now();
    await list().catch(() => undefined);
    expect(performance.now() - start).toBeLessThan(2_000);
  },
);
