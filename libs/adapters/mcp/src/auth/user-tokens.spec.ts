import { setTimeout as pause } from 'node:timers/promises';
import { createDocumentFetch, createPublicFetch } from '@sallyport/adapter-identity';
import { type Authorization, startAuthorization } from '@sallyport/testing/harness';
import { clock } from '../../test/http-upstream.ts';
import type { ConnectionBook, KeptEntry, KeptTokens } from './connection-book.ts';
import { Targets } from './discover.ts';
import { UserTokens, type UserTokensOptions } from './user-tokens.ts';

const caller = { tenant: 'acme', issuer: 'https://id.example', subject: 'ann' };
const refusal = { kind: 'whole', status: 401, headers: {} } as Parameters<UserTokens['refused']>[2];

let at: Authorization;
let kept: KeptEntry | null;
let lost: string[];
/** Refresh tokens that were used, in order. */
const used = () => at.asked.map(({ form }) => form['refresh_token']);

beforeEach(async () => {
  at = await startAuthorization();
  lost = [];
  keep({ accessToken: 'access-0', refreshToken: 'refresh-0' });
  // Each refresh token counts once, and takes its time.
  at.says.answer = (response) => {
    const n = at.asked.length;
    const isGood = used().at(-1) === `refresh-${n - 1}`;
    const tokens = {
      access_token: `access-${n}`,
      token_type: 'Bearer',
      expires_in: 600,
      refresh_token: `refresh-${n}`,
    };
    const body = JSON.stringify(isGood ? tokens : { error: 'invalid_grant' });
    setTimeout(() => response.writeHead(isGood ? 200 : 400, { 'content-type': 'application/json' }).end(body), 100);
  };
});
afterEach(() => at.close());

let versions = 0;
function keep(tokens: Partial<KeptTokens>): KeptEntry {
  const whose = {
    url: at.url,
    resource: at.url,
    issuer: at.issuer,
    clientId: 'us',
    registered: null,
    dpopKey: null,
    since: null,
    scopes: [],
    asked: [],
    wanted: [],
  };
  const times = { until: Date.now() + 600_000, freshUntil: Date.now() + 540_000, busyUntil: 0 };
  const entry = { tokens: { ...whose, accessToken: '', refreshToken: null, ...times, ...tokens } };
  return (kept = { ...entry, version: String((versions += 1)) });
}

/** Kept for all processes. */
const book: ConnectionBook = {
  find: async () => kept,
  replace: async (_, before, tokens) => (before?.version === kept?.version ? keep(tokens) : null),
  async remove(_, before) {
    const isIt = before.version === kept?.version;
    if (isIt) kept = null;
    return isIt;
  },
  registration: async () => null,
  register: async () => true,
  spend: async () => true,
  made: async () => undefined,
  removed: async () => undefined,
  lost: async (_, __, reason) => void lost.push(reason),
};

/** A process that shows users' tokens. */
function process(
  fetch = createDocumentFetch(createPublicFetch([at.url, at.issuer])),
  more: Partial<UserTokensOptions> = {},
): UserTokens {
  const auth = { type: 'authorization_code', issuer: at.issuer, client_id: 'us', credential: null } as const;
  const targets = new Targets({ url: at.url, issuer: at.issuer, fetch });
  return new UserTokens({
    url: at.url,
    auth,
    fetch,
    clock,
    targets,
    log: () => undefined,
    book,
    nonces: new Map(),
    at: '',
    ...more,
  });
}

describe('a token that the server refuses in several calls at once', () => {
  it.each([
    ['of one process', () => [process()]],
    ['of two', () => [process(), process()]],
  ])('%s is renewed once, and what comes of it is kept', async (_, open) => {
    const processes = open();
    const refused = [0, 20, 40, 60].map(async (ms, n) => {
      await pause(ms);
      return processes[n % processes.length]?.refused(caller, 'access-0', refusal);
    });
    expect(await Promise.all(refused)).toEqual([true, true, true, true]);
    expect(await Promise.all(processes.map((one) => one.token(caller)))).toEqual(processes.map(() => 'access-1'));
    expect([used(), lost, kept?.tokens.refreshToken]).toEqual([['refresh-0'], [], 'refresh-1']);
  });

  it('while it is renewed anyway, is not renewed twice', async () => {
    keep({ accessToken: 'access-0', refreshToken: 'refresh-0', freshUntil: 0 });
    const one = process();
    expect(await one.token(caller)).toBe('access-0');
    await pause(30);
    expect(await one.refused(caller, 'access-0', refusal)).toBe(true);
    expect(await one.token(caller)).toBe('access-1');
    expect([used(), lost]).toEqual([['refresh-0'], []]);
  });
});

it('who asks while a refused token is renewed hears what comes of it', async () => {
  keep({ accessToken: 'access-0', refreshToken: 'spent' });
  const one = process();
  const refused = one.refused(caller, 'access-0', refusal);
  expect([await one.isConnected(caller), await refused, lost]).toEqual([false, false, ['invalid_grant']]);
});

it('a server that refuses every token has it renewed with pauses that grow, and with short ones after a while', async () => {
  at.says.answer = null;
  at.says.token = { refresh_token: 'refresh-0' };
  let now = 0;
  const logged: string[] = [];
  const one = process(undefined, {
    clock: { now: () => Date.now(), monotonic: () => now },
    log: (_, text) => void logged.push(text),
  });
  /** How many are asked for in so many seconds, with a call every half of one. */
  const askedIn = async (seconds: number): Promise<number> => {
    const before = at.asked.length;
    for (const end = now + seconds * 1_000; now < end; now += 500)
      await one.refused(caller, kept?.tokens.accessToken ?? '', refusal);
    return at.asked.length - before;
  };
  expect([await askedIn(7), await askedIn(60), await askedIn(120)]).toEqual([3, 4, 2]);
  expect(logged[0]).toContain('renewed again after a pause');
  now += 200_000;
  expect([await one.refused(caller, kept?.tokens.accessToken ?? '', refusal), await askedIn(3)]).toEqual([true, 1]);
});

it('tokens that another process has got with the same refresh token stay: it counts there more than once', async () => {
  const answer = at.says.answer;
  at.says.server = { revocation_endpoint: `${at.issuer}/token` };
  at.says.answer = (response) => {
    if ('token' in (at.asked.at(-1)?.form ?? {})) return void response.end();
    keep({ accessToken: 'of-another', refreshToken: 'refresh-1' });
    answer?.(response);
  };
  keep({ accessToken: 'access-0', refreshToken: 'refresh-0', until: 0, freshUntil: 0 });
  expect(await process().token(caller)).toBe('of-another');
  expect(at.asked.filter(({ form }) => 'token' in form)).toEqual([]);
});

it('nobody else waits for a process that still looks for where tokens are had', async () => {
  keep({ accessToken: 'access-0', refreshToken: 'refresh-0', until: 0, freshUntil: 0 });
  const fetch = createDocumentFetch(createPublicFetch([at.url, at.issuer]));
  const other = Promise.withResolvers<string>();
  const slow = process(async (...asked) => {
    // So long that another process has its token meanwhile.
    await other.promise;
    return fetch(...asked);
  });
  const first = slow.token(caller);
  await pause(50);
  process().token(caller).then(other.resolve, other.reject);
  expect([await other.promise, await first]).toEqual(['access-1', 'access-1']);
  expect(used()).toEqual(['refresh-0']);
});
