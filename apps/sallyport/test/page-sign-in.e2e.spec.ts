import {
  Browser,
  callTool,
  eventually,
  freePort,
  makeScratch,
  operatorToken,
  type RunningSallyport,
  type Scratch,
  signIn,
  type SignInProvider,
  startSallyport,
  startSignInProvider,
  startTokenServer,
  type TokenServer,
} from '@sallyport/testing/harness';

const SECRET = 'introspection-secret-of-the-server';
const OURS = 'introspection-secret-of-ours';

/** The operator's own issuer, and the authorization server of the upstream. */
let issuer: SignInProvider;
let provider: SignInProvider;
let upstream: TokenServer;
let scratch: Scratch;
let sallyport: RunningSallyport;
let base: string;

beforeEach(async () => {
  [issuer, provider] = await Promise.all([startSignInProvider('opaque', OURS), startSignInProvider('opaque', SECRET)]);
  upstream = await startTokenServer(provider.url, SECRET);
  const listen = `127.0.0.1:${await freePort()}`;
  base = `http://${listen}`;
  const auth = {
    type: 'authorization_code',
    issuer: provider.url,
    client_id: await provider.register(`${base}/connect/up/callback`),
  };
  const known = {
    issuer: issuer.url,
    audience: `${base}/mcp`,
    tenant: { claim: 'org' },
    scope: 'mcp',
    introspection: { client_id: 'sallyport', client_secret: { file: './secret' } },
    sign_in: { client_id: await issuer.register(`${base}/sign-in/callback`) },
  };
  const up = { url: upstream.url, definitions: 'trust_on_first_use', auth };
  const config = { listen, identity: { issuers: [known] }, upstreams: { up } };
  scratch = makeScratch({ config: config as never });
  scratch.write('secret', OURS);
  sallyport = await startSallyport(scratch, { silent: ['up'] });
});
afterEach(async () => {
  await sallyport.stop();
  await Promise.all([upstream.close(), provider.stop(), issuer.stop()]);
  scratch.remove();
});

it('a person proves who they are at their own issuer, then signs in at the server', async () => {
  const operator = new Browser();
  const own = await operator.submit(await operator.open(`${base}/connect/up`), { token: operatorToken(scratch.data) });
  expect((await operator.submit(own, {})).text).toContain('up is connected');
  await eventually(async () => (await (await fetch(`${base}/readyz`)).text()).includes('"upstream/up","ok":true'));

  const { tokens } = await signIn(`${base}/mcp`);
  const carla = tokens()?.access_token ?? '';
  const act = () => callTool(sallyport, carla, ['up__act', {}]);
  const refused = await act();
  const link = /http:\S+/.exec(refused.said)?.[0] ?? '';
  const browser = new Browser();
  const first = await browser.open(link);
  // A token of an issuer is for clients: nobody types it in.
  const typed = await browser.submit(first, { token: carla });
  expect([typed.status, typed.text]).toEqual([401, expect.stringContaining('Not accepted')]);
  const known = await browser.submit(await browser.open(link), { issuer: issuer.url });
  expect(known.text).toContain(`carla (${issuer.url}) of acme`);
  expect((await browser.submit(known, {})).text).toContain('up is connected');
  expect(await act()).toMatchObject({ said: 'you are [redacted:own_key]' });

  // And takes it away again.
  const [, token = ''] = upstream.requests.at(-1) ?? [];
  const page = await browser.submit(await browser.open(link), { issuer: issuer.url });
  expect((await browser.submit(page, { act: 'remove' })).text).toContain('up is not connected any more');
  expect((await act()).meta).toMatchObject({ reason: 'sign_in_required' });
  const direct = await fetch(upstream.url, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' }),
  });
  expect(direct.status).toBe(401);
});
