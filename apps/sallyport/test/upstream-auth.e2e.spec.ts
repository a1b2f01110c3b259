import { writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { makeCertificate } from '@sallyport/testing';
import {
  ANN,
  BEN,
  type Authorization,
  callTool,
  eventually,
  filesIn,
  makeScratch,
  runCli,
  startAuthorization,
  type Scratch,
  startSallyport,
} from '@sallyport/testing/harness';

const SECRET = 's3cr3t-of-our-client';
let at: Authorization;
let scratch: Scratch;

beforeEach(async () => void (at = await startAuthorization()));
afterEach(async () => {
  scratch.remove();
  await at.close();
});

const started = (auth: object = {}, more: object = {}) => {
  const whole = { type: 'client_credentials', issuer: at.issuer, client_id: 'us', client_secret: { env: 'UP_SECRET' } };
  const up = { url: at.url, definitions: 'trust_on_first_use', auth: { ...whole, ...auth }, ...more };
  scratch = makeScratch({
    config: { upstreams: { up } } as never,
    policies: { 'all.cedar': '@id("all") permit (principal, action, resource);' },
  });
  return startSallyport(scratch, { env: { UP_SECRET: SECRET } });
};

it('why no token is given stands in the log once, in readiness and in check, without the secret', async () => {
  at.says.answer = (response) =>
    response
      .writeHead(401, { 'content-type': 'application/json' })
      .end(JSON.stringify({ error: 'invalid_client', error_description: `not ${SECRET}` }));
  const sallyport = await started();
  const why = `no token for it: ${at.issuer} refuses a token: invalid_client (not [redacted:own_key])`;
  await sallyport.logged(why);
  expect(sallyport.log().split(why)).toHaveLength(2);
  const ready = await (await fetch(`${sallyport.url}/readyz`)).text();
  const asked = ['check', '--config', scratch.config, '--url', sallyport.url, '--json'];
  const { stdout } = await runCli(asked, { cwd: scratch.directory });
  for (const text of [ready, stdout]) expect(text).toContain(why);
  for (const text of [ready, stdout, sallyport.log(), filesIn(scratch.directory)]) expect(text).not.toContain(SECRET);
  at.says.answer = null;
  await eventually(async () => (await callTool(sallyport, ANN.token, ['up__act', {}])).said === 'done');
  await sallyport.stop();
});

it('calls go out with a token, which nobody sees: no client, no log, no record', async () => {
  at.says.tool = (token) => `you are ${token}`;
  const sallyport = await started();
  expect(await callTool(sallyport, ANN.token, ['up__act', {}])).toMatchObject({ said: 'you are [redacted:own_key]' });
  const [, token] = at.requests.at(-1) ?? [];
  expect([token, at.asked.length]).toEqual(['token-number-1', 1]);
  at.revoke();
  const refused = await callTool(sallyport, ANN.token, ['up__act', {}]);
  expect(refused.meta).toMatchObject({ reason: 'outcome_unknown' });
  expect(await callTool(sallyport, ANN.token, ['up__act', {}])).toMatchObject({ said: 'you are [redacted:own_key]' });
  expect(at.requests.filter(([method]) => method === 'tools/call')).toHaveLength(3);
  await sallyport.stop();
  for (const text of [sallyport.log(), filesIn(scratch.directory)]) expect(text).not.toMatch(/token-number|s3cr3t/);
});

it('each caller’s calls go out with a token of their own, and theirs goes to the authorization server alone', async () => {
  const sallyport = await started({ type: 'token_exchange' });
  at.says.tool = (token) => `you are ${token}`;
  for (const { token } of [ANN, BEN, ANN])
    expect(await callTool(sallyport, token, ['up__act', {}])).toMatchObject({ said: 'you are [redacted:own_key]' });
  const calls = at.requests.filter(([method]) => method === 'tools/call').map(([, token]) => token);
  const exchanged = at.asked.map(({ form }) => form['subject_token']);
  expect(exchanged).toEqual([undefined, ANN.token, BEN.token]);
  expect(calls).toEqual(['token-number-2', 'token-number-3', 'token-number-2']);
  expect(at.requests.some(([, token]) => token === ANN.token)).toBe(false);
  await sallyport.stop();
  const users = join(scratch.directory, 'users.yaml');
  writeFileSync(users, '');
  for (const text of [sallyport.log(), filesIn(scratch.directory)]) {
    expect(text).not.toMatch(/token-number|s3cr3t/);
    expect(text).not.toContain(ANN.token);
  }
});

it('each caller’s token is exchanged at the identity provider, whatever their client can do; nobody sees any', async () => {
  const home = await startAuthorization();
  home.says.token = { issued_token_type: 'urn:ietf:params:oauth:token-type:id-jag', access_token: 'grant-of-home' };
  const identity_provider = { issuer: home.issuer, client_id: 'us', client_secret: { env: 'UP_SECRET' } };
  const granted = { client_requests: { elicitation: { forms: true } } };
  const sallyport = await started({ type: 'enterprise_managed', identity_provider }, granted);
  at.says.tool = (token) => `you are ${token} by grant-of-home`;
  const said = 'you are [redacted:own_key] by [redacted:own_key]';
  for (const capabilities of [{}, { elicitation: {} }])
    expect(await callTool(sallyport, ANN.token, ['up__act', {}], { capabilities })).toMatchObject({ said });
  expect(home.asked.map(({ form }) => form['subject_token'])).toEqual([ANN.token]);
  home.says.answer = (response) =>
    response.writeHead(400, { 'content-type': 'application/json' }).end(JSON.stringify({ error: 'access_denied' }));
  const refused = await callTool(sallyport, BEN.token, ['up__act', {}]);
  expect(refused.meta).toMatchObject({ reason: 'upstream_down' });
  await sallyport.logged(`${home.issuer} gives no grant (ID-JAG) for ${at.issuer}`);
  await Promise.all([sallyport.stop(), home.close()]);
  writeFileSync(join(scratch.directory, 'users.yaml'), '');
  for (const text of [sallyport.log(), filesIn(scratch.directory)])
    for (const secret of ['token-number', 'grant-of-home', SECRET, ANN.token, BEN.token])
      expect(text).not.toContain(secret);
});

it('a server and an authorization server of an own certificate authority are reached where NODE_EXTRA_CA_CERTS names it', async () => {
  const { certificate: cert, key } = await makeCertificate();
  let asked = 0;
  const server = createServer({ cert, key }, (request, response) => {
    asked += 1;
    if (request.url?.startsWith('/.well-known') === true) return response.writeHead(404).end();
    return response.writeHead(401, { 'www-authenticate': 'Bearer scope="x"' }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const auth = { type: 'client_credentials', issuer, client_id: 'us', client_secret: { env: 'UP_SECRET' } };
  scratch = makeScratch({ config: { upstreams: { up: { url: `${issuer}/mcp`, auth } } } as never });
  scratch.write('ca.pem', cert);

  const said = async (env: Record<string, string>, why: string): Promise<void> => {
    const sallyport = await startSallyport(scratch, { env: { UP_SECRET: SECRET, ...env } });
    await sallyport.logged(why);
    await sallyport.stop();
  };
  await said({}, 'self-signed certificate');
  expect(asked).toBe(0);
  await said({ NODE_EXTRA_CA_CERTS: join(scratch.directory, 'ca.pem') }, `${issuer} publishes no metadata`);
  expect(asked).toBeGreaterThan(0);
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});
