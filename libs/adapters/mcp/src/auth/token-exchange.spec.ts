import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { NodeStreamableHTTPServerTransport } from '@modelcontextprotocol/node';
import { Server as McpServer } from '@modelcontextprotocol/server';
import { type Authorization, startAuthorization } from '@sallyport/testing/harness';
import type { SendOptions } from '@sallyport/contracts';
import { clock, upstreamAt } from '../../test/http-upstream.ts';
import { act, sending } from '../../test/sending.ts';
import type { ManagedUpstream } from '../managed-upstream.ts';
import { TokenSources } from './token-sources.ts';

const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
let at: Authorization;
let upstream: ManagedUpstream;
let ahead: number;
let logged: string[];

beforeEach(async () => {
  ahead = 0;
  logged = [];
  at = await startAuthorization();
});
afterEach(async () => {
  await upstream.close();
  await at.close();
});

function connect(url = at.url): void {
  const auth = { type: 'token_exchange', issuer: at.issuer, client_id: 'us', credential: 'our-own-secret' } as const;
  upstream = upstreamAt(
    url,
    { auth },
    {
      log: (level, text) => void logged.push(`${level} ${text}`),
      clock: { ...clock, monotonic: () => clock.monotonic() + ahead },
    },
  );
}

const caller = (subject: string) => ({ tenant: 't', issuer: 'i', subject });
const callAs = (subject: string, callerToken: string | null, more: Partial<SendOptions> = {}) =>
  upstream.send(act, sending({ caller: caller(subject), callerToken, ...more }));
/** Whose token each call showed: the subject token that it was given for, or `own`. */
const shown = (method = 'tools/call') =>
  at.requests.filter(([name]) => name === method).map(([, token]) => ownerOf(token));
const ownerOf = (token: string) => {
  const { form = {} } = at.asked[Number(token.replace('token-number-', '')) - 1] ?? {};
  return form['grant_type'] === EXCHANGE ? form['subject_token'] : 'own';
};

describe('a call is not sent, and no token of ours is shown for it,', () => {
  it('where the caller’s token is not at hand', async () => {
    connect();
    const why = expect.stringMatching(/`auth\.type: token_exchange` needs the token of the caller/);
    expect(await callAs('ann', null)).toMatchObject({ kind: 'failed', sent: false, detail: why });
    expect(shown()).toEqual([]);
  });

  it('where the caller gets none: without their token in the reason, and to nobody else’s loss', async () => {
    connect();
    await upstream.list('tool');
    at.says.answer = (response) =>
      response
        .writeHead(400, { 'content-type': 'application/json' })
        .end(JSON.stringify({ error: 'invalid_request', error_description: 'not token-of-ann' }));
    const why = expect.stringContaining('invalid_request (not [redacted:own_key])');
    expect(await callAs('ann', 'token-of-ann')).toMatchObject({ kind: 'failed', sent: false, detail: why });
    expect([shown(), upstream.state()]).toEqual([[], 'up']);
    expect(logged.at(-1)).toMatch(
      /^warn no token for a caller, whose request was not sent: .*\(not \[redacted:own_key\]\)$/,
    );
    at.says.answer = null;
    expect(await callAs('ben', 'token-of-ben')).toMatchObject({ kind: 'result' });
  });
});

it('each caller’s token is exchanged once, for this server; lists use our own', async () => {
  connect();
  await upstream.list('tool');
  for (const [subject, token] of [
    ['ann', 'token-of-ann'],
    ['ben', 'token-of-ben'],
    ['ann', 'token-of-ann'],
  ] as const)
    expect(await callAs(subject, token)).toMatchObject({ kind: 'result' });
  expect(await upstream.send(act, sending({ caller: null }))).toMatchObject({ kind: 'result' });
  expect(shown()).toEqual(['token-of-ann', 'token-of-ben', 'token-of-ann', 'own']);
  expect(new Set(shown('tools/list'))).toEqual(new Set(['own']));
  expect(at.asked.map(({ form }) => form['grant_type'])).toEqual(['client_credentials', EXCHANGE, EXCHANGE]);
  const access = 'urn:ietf:params:oauth:token-type:access_token';
  expect(at.asked[1]?.form).toMatchObject({
    subject_token: 'token-of-ann',
    subject_token_type: access,
    requested_token_type: access,
    resource: at.url,
  });
});

it('a caller’s newer token is exchanged again: it may say less than the one before', async () => {
  connect();
  await callAs('ann', 'token-of-ann');
  await callAs('ann', 'token-of-ann-later');
  expect(shown()).toEqual(['token-of-ann', 'token-of-ann-later']);
});

it('a token that the server writes back is taken out, the caller’s too', async () => {
  connect();
  at.says.tool = (token) => `${token} for token-of-ann`;
  const text = '[redacted:own_key] for [redacted:own_key]';
  expect(await callAs('ann', 'token-of-ann')).toMatchObject({ result: { content: [{ type: 'text', text }] } });
});

it('as many callers’ tokens are kept as are in use, within bounds', () => {
  const auth = { type: 'token_exchange', issuer: 'https://a.example', client_id: 'us', credential: 'x' } as const;
  connect();
  const sources = new TokenSources({ url: at.url, auth, fetch, clock, log: () => undefined });
  const others = (count: number, name: string) => {
    for (let other = 0; other < count; other += 1) sources.of(`${name}-${other}`);
  };
  const ann = sources.of('token-of-ann');
  for (const name of ['a', 'b']) {
    others(999, name);
    expect(sources.of('token-of-ann')).toBe(ann);
  }
  others(1_000, 'c');
  expect(sources.of('token-of-ann')).not.toBe(ann);
});

describe('a server with sessions', () => {
  let server: Server;
  let seen: (readonly [method: string, owner: string | undefined])[];
  let says: string;

  /** A session for each `initialize`, which only the one who opened it may use. */
  beforeEach(async () => {
    [seen, says] = [[], 'done'];
    const sessions = new Map<string, { owner: string | undefined; transport: NodeStreamableHTTPServerTransport }>();
    server = createServer((request, response) => {
      void (async () => {
        const owner = ownerOf(request.headers.authorization?.slice(7) ?? '');
        const known = sessions.get(String(request.headers['mcp-session-id']));
        seen.push([known === undefined ? 'open' : (request.method ?? ''), owner]);
        if (request.headers.authorization === undefined) return response.writeHead(401).end();
        if (known !== undefined)
          return known.owner === owner
            ? known.transport.handleRequest(request, response)
            : response.writeHead(403).end();
        const transport: NodeStreamableHTTPServerTransport = new NodeStreamableHTTPServerTransport({
          sessionIdGenerator: () => `s${sessions.size + 1}`,
          onsessioninitialized: (id) => void sessions.set(id, { owner, transport }),
        });
        const mcp = new McpServer({ name: 'old', version: '1' }, { capabilities: { tools: {} } });
        mcp.setRequestHandler('tools/list', () => ({ tools: [] }));
        mcp.setRequestHandler('tools/call', () => ({ content: [{ type: 'text' as const, text: says }] }));
        await mcp.connect(transport);
        return transport.handleRequest(request, response);
      })();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`);
  });
  afterEach(async () => {
    await upstream.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  it('gives no token back in an event stream', async () => {
    says = 'for token-of-ann';
    const text = 'for [redacted:own_key]';
    expect(await callAs('ann', 'token-of-ann')).toMatchObject({ result: { content: [{ text }] } });
  });

  it('has each caller’s opened, pinged, used and ended with that caller’s token', async () => {
    await upstream.list('tool');
    expect(await callAs('ann', 'token-of-ann')).toMatchObject({ kind: 'result' });
    expect(await callAs('ben', 'token-of-ben')).toMatchObject({ kind: 'result' });
    ahead = 5_000;
    expect(await callAs('ann', 'token-of-ann')).toMatchObject({ kind: 'result' });
    await upstream.close();
    const of = (owner: string) => seen.filter(([, each]) => each === owner).map(([method]) => method);
    expect(of('token-of-ann')).toEqual(['open', 'POST', 'POST', 'POST', 'POST', 'DELETE']);
    expect(of('token-of-ben')).toEqual(['open', 'POST', 'POST', 'DELETE']);
  });
});
