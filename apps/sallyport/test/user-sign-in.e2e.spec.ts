import {
  admin,
  ANN,
  BEN,
  Browser,
  callTool,
  eventually,
  filesIn,
  freePort,
  legacySession,
  makeScratch,
  operatorToken,
  recordedOf,
  type RunningSallyport,
  type Scratch,
  send,
  type ShownPage,
  type SignInProvider,
  startSallyport,
  startSignInProvider,
  startTokenServer,
  type TokenServer,
} from '@sallyport/testing/harness';

const SECRET = 'introspection-secret-of-the-server';
/** Seconds that access tokens hold: a refresh is due after four. */
const SECONDS = 5;

let provider: SignInProvider;
let upstream: TokenServer;
let port: number;
let scratch: Scratch;
let sallyport: RunningSallyport;
let clientId: string;

beforeEach(async () => {
  provider = await startSignInProvider('opaque', SECRET, SECONDS);
  upstream = await startTokenServer(provider.url, SECRET);
  port = await freePort();
  clientId = await provider.register(`http://127.0.0.1:${port}/connect/up/callback`);
  const auth = { type: 'authorization_code', issuer: provider.url, client_id: clientId };
  const up = { url: upstream.url, definitions: 'trust_on_first_use', auth };
  scratch = makeScratch({ config: { listen: `127.0.0.1:${port}`, upstreams: { up } } as never });
  sallyport = await startSallyport(scratch, { silent: ['up'] });
});
afterEach(async () => {
  await sallyport.stop();
  await upstream.close();
  await provider.stop();
  scratch.remove();
});

const base = () => `http://127.0.0.1:${port}`;
const act = (token: string) => callTool(sallyport, token, ['up__act', {}]);
const linkIn = (said: string | undefined) => /http:\S+/.exec(said ?? '')?.[0] ?? '';
const lastTokens = () => upstream.requests.filter(([method]) => method === 'tools/call').map(([, token]) => token);

/** Says who one is. */
async function identify(browser: Browser, link: string, token: string): Promise<ShownPage> {
  return browser.submit(await browser.open(link), { token });
}

/** The whole way, as somebody. */
async function signIn(link: string, token: string, browser = new Browser()): Promise<ShownPage> {
  return browser.submit(await identify(browser, link, token), {});
}

/** The operator signs in, so that lists can be had. */
async function meet(): Promise<void> {
  const page = await signIn(`${base()}/connect/up`, operatorToken(scratch.data));
  expect(page.text).toContain('up is connected');
  expect(page.text).toContain('its definitions wait for your approval');
  await eventually(async () => {
    const ready = await (await fetch(`${base()}/readyz`)).text();
    return ready.includes('"upstream/up","ok":true');
  });
}

it('each user signs in once, for their own calls, and again when nothing else helps', async () => {
  await sallyport.logged('nobody has signed in for these calls');
  await meet();
  // Refused before anything of it is allowed or sent.
  const refused = await act(ANN.token);
  expect(refused.meta).toMatchObject({ decision: 'deny', reason: 'sign_in_required' });
  expect(refused.said).toContain(`${base()}/connect/up?for=`);
  expect(lastTokens()).toEqual([]);
  expect(recordedOf(scratch.data, 'call.decided').map(({ data }) => data.decision)).toEqual(['deny']);

  const page = await identify(new Browser(), linkIn(refused.said), ANN.token);
  for (const shown of ['ann', 'acme', provider.url, 'mcp']) expect(page.text).toContain(shown);
  const done = await signIn(linkIn(refused.said), ANN.token);
  expect(done.text).toContain('up is connected');
  // Nobody sees the token.
  expect(await act(ANN.token)).toMatchObject({ said: 'you are [redacted:own_key]' });
  expect((await act(BEN.token)).meta).toMatchObject({ reason: 'sign_in_required' });

  // Renewed before it ends: by one of many calls at once, and each has the new one.
  const [first] = lastTokens();
  await new Promise((resolve) => setTimeout(resolve, SECONDS * 1_000 - 800));
  const many = await Promise.all(Array.from({ length: 6 }, () => act(ANN.token)));
  expect(many.map(({ said }) => said)).toEqual(many.map(() => 'you are [redacted:own_key]'));
  const [renewed, ...others] = new Set(lastTokens().slice(1));
  expect([others, renewed === first]).toEqual([[], false]);

  // The authorization server has ended it: the call that finds out is not sent twice, and the next one is told where to sign in.
  await fetch(`${provider.url}/end`, { method: 'POST' });
  expect((await act(ANN.token)).meta).toMatchObject({ reason: 'outcome_unknown' });
  const before = lastTokens().length;
  const again = await act(ANN.token);
  expect(again.meta).toMatchObject({ reason: 'sign_in_required' });
  expect(lastTokens()).toHaveLength(before);
  await signIn(linkIn(again.said), ANN.token);
  expect(await act(ANN.token)).toMatchObject({ said: 'you are [redacted:own_key]' });

  const made = recordedOf(scratch.data, 'connection.made').map(({ data }) => data);
  expect(made.map(({ tenant, upstream: at, scopes }) => [tenant, at, scopes])).toEqual([
    ['_system', 'up', ['mcp']],
    ['acme', 'up', ['mcp']],
    ['acme', 'up', ['mcp']],
  ]);
  expect(recordedOf(scratch.data, 'connection.lost').map(({ data }) => data.reason)).toContain('invalid_grant');
  const everything = sallyport.log() + filesIn(scratch.data);
  for (const [, token] of upstream.requests) if (token !== '') expect(everything).not.toContain(token);
});

it('an admin sees who has signed in, without tokens, and removes one, which ends at the authorization server', async () => {
  await meet();
  await signIn(linkIn((await act(ANN.token)).said), ANN.token);
  await act(ANN.token);
  const [token = ''] = lastTokens();
  const operator = operatorToken(scratch.data);
  expect((await admin(sallyport, ANN.token, ['DELETE', '/connections/up/ann'])).status).toBe(403);
  const shown = await admin(sallyport, operator, ['GET', '/connections?tenant=acme']);
  expect(JSON.parse(shown.text)).toMatchObject({
    connections: [{ upstream: 'up', name: 'development|ann', authorizationServer: provider.url, scopes: ['mcp'] }],
  });
  expect(shown.text).not.toContain(token);
  expect((await admin(sallyport, operator, ['DELETE', '/connections/up/ben?tenant=acme'])).status).toBe(404);
  expect(await provider.revoked()).toBe(0);
  expect((await admin(sallyport, operator, ['DELETE', '/connections/up/ann?tenant=acme'])).status).toBe(200);
  expect(await provider.revoked()).toBeGreaterThan(0);
  expect((await act(ANN.token)).meta).toMatchObject({ reason: 'sign_in_required' });
  expect((await admin(sallyport, operator, ['GET', '/connections?tenant=acme'])).text).toBe('{"connections":[]}');
  const [removed, ...others] = recordedOf(scratch.data, 'connection.removed').map(({ data }) => data);
  expect([removed, others]).toEqual([
    expect.objectContaining({ tenant: 'acme', upstream: 'up', actor: expect.objectContaining({ issuer: 'local' }) }),
    [],
  ]);
});

it('a client that opens addresses is asked to: by an error, or by an answer that it comes back from', async () => {
  await meet();
  const session = await legacySession(sallyport, ANN.token, 'raw', { elicitation: { url: {} } });
  const error = await send(sallyport, {
    headers: session.headers,
    body: JSON.stringify({ jsonrpc: '2.0', id: 2, method: 'tools/call', params: { name: 'up__act', arguments: {} } }),
  });
  expect(JSON.parse(error.text)).toMatchObject({
    error: {
      code: -32042,
      data: { elicitations: [{ mode: 'url', url: expect.stringContaining('/connect/up?for=') }] },
    },
  });

  const asked = await modern(ANN.token);
  const { requestState, inputRequests } = asked as { requestState: string; inputRequests: Asked };
  const { url } = inputRequests['sallyport-sign-in']?.params ?? { url: '' };
  expect(asked).toMatchObject({ resultType: 'input_required' });
  // It was opened, and nobody has signed in yet.
  const inputResponses = { 'sallyport-sign-in': { action: 'accept' } };
  const twice = await modern(ANN.token, { requestState, inputResponses });
  expect(twice).toMatchObject({ resultType: 'input_required' });
  await signIn(url, ANN.token);
  const { requestState: next } = twice as { requestState: string };
  expect(await modern(ANN.token, { requestState: next, inputResponses })).toMatchObject({ resultType: 'complete' });
  // Who says no is told where it would be.
  const { requestState: bens } = (await modern(BEN.token)) as { requestState: string };
  const declined = { 'sallyport-sign-in': { action: 'decline' } };
  expect(await modern(BEN.token, { requestState: bens, inputResponses: declined })).toMatchObject({ isError: true });
});

type Asked = Readonly<Record<string, { readonly params: { readonly url: string } }>>;

const modern = async (token: string, params = {}) =>
  (await callTool(sallyport, token, ['up__act', {}], { capabilities: { elicitation: { url: {} } }, params })).result;

describe('who is no friend', () => {
  const consent = '/connect/up/callback';

  /** As far as the way back from the authorization server, which is not taken. */
  async function almost(browser = new Browser()): Promise<URL> {
    const page = await identify(browser, `${base()}/connect/up`, ANN.token);
    return (await browser.submit(page, {}, `${base()}${consent}`)).url;
  }
  const made = () => recordedOf(scratch.data, 'connection.made');

  it('a link that was made for somebody else connects nobody', async () => {
    await meet();
    const page = await identify(new Browser(), linkIn((await act(ANN.token)).said), BEN.token);
    expect([page.status, page.text]).toEqual([403, expect.stringContaining('This link is not for you')]);
    expect(made()).toHaveLength(1);
  });

  it('another browser than the one that began does not end it', async () => {
    const back = await almost();
    const stranger = new Browser();
    expect((await stranger.open(back)).text).toContain('This sign-in is over');
    await identify(stranger, `${base()}/connect/up`, BEN.token);
    expect((await stranger.open(back)).text).toContain('This sign-in is over');
    expect(made()).toEqual([]);
  });

  it('nor does one come back twice, or from another sign-in, or from another authorization server', async () => {
    const browser = new Browser();
    const back = await almost(browser);
    const cookie = browser.cookies(base());
    const visit = async (change: (query: URLSearchParams) => void) => {
      const url = new URL(back);
      change(url.searchParams);
      return (await fetch(url, { headers: { cookie } })).text();
    };
    expect(await visit((query) => query.set('state', 'another'))).toContain('It did not work');
    expect(await visit((query) => query.delete('state'))).toContain('It did not work');
    expect(made()).toEqual([]);
    const other = await almost(browser);
    const second = browser.cookies(base());
    const wrong = new URL(other);
    wrong.searchParams.set('iss', 'https://attacker.example');
    expect(await (await fetch(wrong, { headers: { cookie: second } })).text()).toContain('It did not work');
    expect(made()).toEqual([]);
    // It was used by that: a state counts once, whatever came of it.
    expect(await (await fetch(other, { headers: { cookie: second } })).text()).toContain('It did not work');
    expect(await visit(() => undefined)).toContain('up is connected');
    expect(await visit(() => undefined)).toContain('It did not work');
    expect(made()).toHaveLength(1);
  });

  it('no page of another origin has a browser say who it is, or agree', async () => {
    const browser = new Browser();
    const page = await browser.open(`${base()}/connect/up`);
    const csrf = /name="csrf" value="([^"]+)"/.exec(page.text)?.[1] ?? '';
    const post = (origin: string | undefined, fields: Record<string, string>) =>
      fetch(`${base()}/connect/up`, {
        method: 'POST',
        redirect: 'manual',
        headers: { cookie: browser.cookies(base()), ...(origin !== undefined && { origin }) },
        body: new URLSearchParams(fields),
      });
    for (const origin of ['https://attacker.example', 'http://127.0.0.1:1', 'null', undefined])
      expect((await post(origin, { csrf, token: BEN.token })).status).toBe(403);
    expect((await post(base(), { token: BEN.token })).status).toBe(400);
    expect((await post(base(), { csrf: 'guessed', token: BEN.token })).status).toBe(400);
    expect((await post(base(), { csrf, token: 'guessed' })).status).toBe(401);
    expect((await post(base(), { csrf, token: BEN.token })).status).toBe(303);
  });

  it('no page is framed, runs a script or leads elsewhere', async () => {
    const browser = new Browser();
    const page = await browser.open(
      `${base()}/connect/up?for=${encodeURIComponent('"><script>alert(1)</script>')}&next=https://attacker.example`,
    );
    expect(page.headers.get('content-security-policy')).toMatch(/^default-src 'none'; .*frame-ancestors 'none'/);
    expect(page.headers.get('x-frame-options')).toBe('DENY');
    expect(page.headers.get('cache-control')).toBe('no-store');
    expect(page.text).not.toContain('<script');
    expect(page.text).not.toContain('attacker');
    const [set] = page.headers.getSetCookie();
    expect(set).toMatch(/; HttpOnly; SameSite=Lax; Max-Age=600$/);
    for (const path of ['/connect/nothing', '/connect/nothing/callback', '/sign-in/callback'])
      expect([400, 404]).toContain((await browser.open(base() + path)).status);
    const foreign = await send({ port }, { method: 'GET', path: '/connect/up', headers: { host: 'attacker.example' } });
    expect(foreign.status).toBe(403);
  });
});
