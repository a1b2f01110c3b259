import { type Authorization, startAuthorization } from '@sallyport/testing/harness';
import { Targets } from './discover.ts';
import { TokenSource } from './token-source.ts';

const refusal = { kind: 'whole', status: 401, headers: {} } as Parameters<TokenSource['refused']>[1];
let at: Authorization;
let now: number;
let logged: string[];
let source: TokenSource;

beforeEach(async () => {
  [now, logged] = [0, []];
  at = await startAuthorization();
  source = new TokenSource({
    url: at.url,
    auth: { type: 'client_credentials', issuer: at.issuer, client_id: 'us', credential: 'our-own-secret' },
    fetch,
    clock: { now: () => Date.now(), monotonic: () => now },
    log: (_, text) => void logged.push(text),
    targets: new Targets({ url: at.url, issuer: at.issuer, fetch }),
    nonces: new Map(),
  });
});
afterEach(() => at.close());

/** A request that the server takes, and a call that it refuses. */
async function refusedCall(): Promise<boolean> {
  const token = await source.token();
  source.accepted(token);
  return source.refused(token, refusal);
}

it('a server that takes every token for lists and none for calls has it renewed with pauses, and lists go on', async () => {
  for (; now < 60_000; now += 500) await refusedCall();
  expect(at.asked.length).toBeLessThan(9);
  expect(logged[0]).toContain('it is renewed again after a pause');
});

it('a token that is refused once is renewed at once, also a while later', async () => {
  for (const later of [0, 200_000, 400_000]) {
    now = later;
    expect(await refusedCall()).toBe(true);
  }
  expect([at.asked.length, logged]).toEqual([4, []]);
});
