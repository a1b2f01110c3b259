import { jest } from '@jest/globals';
import { setTimeout as pause } from 'node:timers/promises';
import { createServer, request as forward, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { JsonObject } from '@sallyport/contracts';
import { type Endpoint, openSetup, type Servers, type Setup, sharedServers } from '@sallyport/cluster';
import {
  ANN,
  anyTool,
  type AskingUpstream,
  BEN,
  callTool,
  connect,
  connectAsked,
  eventually,
  json,
  type Kind,
  OPEN,
  send,
  startAskingUpstream,
  startScriptedUpstream,
  textResult,
  type User,
} from '@sallyport/testing/harness';

jest.setTimeout(240_000);

/** The headers of a session. */
type Session = Record<string, string>;
/** One message of a session, sent to either gateway. */
type Step = (at: Endpoint, session: Session) => Promise<void>;

const POLICY = `${OPEN}@id("sure") @confirm("self") @ask("Really?")
forbid (principal, action == Action::"up/sure", resource);
`;

/** A load balancer without affinity: each request goes to the gateway whose turn it is, or to another where that is gone. */
async function balance(ports: () => readonly number[]): Promise<{ server: Server; url: string; took: number[] }> {
  let turn = 0;
  const took: number[] = [];
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const all = ports();
      turn += 1;
      attempt(all.map((_, at) => all[(turn + at) % all.length] ?? 0));
    });
    function attempt([port, ...others]: readonly number[]): void {
      if (port === undefined) return void response.writeHead(502).end();
      const { method, url: path, headers } = incoming;
      const host = `127.0.0.1:${port}`;
      const outgoing = forward({ host: '127.0.0.1', port, method, path, headers: { ...headers, host } }, (answer) => {
        took.push(port);
        response.writeHead(answer.statusCode ?? 502, answer.headers).flushHeaders();
        answer.pipe(response);
        answer.on('error', () => response.destroy());
      });
      outgoing.on('error', (error: NodeJS.ErrnoException) => {
        if (error.code === 'ECONNREFUSED') attempt(others);
        else response.destroy();
      });
      response.on('close', () => outgoing.destroy());
      outgoing.end(Buffer.concat(chunks));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, took };
}

describe('a session over gateways that take its requests in turn', () => {
  let servers: Servers;
  let setup: Setup;
  let first: Endpoint;
  let second: Endpoint;
  let asking: AskingUpstream;
  let balanced: Awaited<ReturnType<typeof balance>>;

  beforeAll(async () => {
    servers = await sharedServers();
    asking = await startAskingUpstream();
    const upstream = await startScriptedUpstream(['run', 'sure', 'slow'].map((name) => anyTool(name)));
    const definitions = 'trust_on_first_use';
    setup = await openSetup({
      servers,
      upstream,
      users: [ANN, BEN],
      policies: { 'all.cedar': POLICY },
      config: {
        upstreams: {
          up: { url: upstream.url, definitions },
          asking: { url: asking.url, definitions, client_requests: { elicitation: { forms: true } } },
        },
      },
      gateways: 2,
    });
    [first, second = first] = setup.endpoints;
    balanced = await balance(() =>
      setup.cluster.of('gateway').flatMap((one) => (one.url() === '' ? [] : [Number(new URL(one.url()).port)])),
    );
  });
  afterAll(async () => {
    balanced?.server.closeAllConnections();
    balanced?.server.close();
    await setup?.close();
    await asking?.close();
    await servers?.stop();
  });

  const kinds: Kind[] = ['v1', 'v2 legacy', 'v2 modern'];
  const raw = (endpoint: Endpoint, session: Record<string, string>, message: object, { token }: User = ANN) =>
    send(endpoint, {
      headers: { ...json, authorization: `Bearer ${token}`, ...session },
      body: JSON.stringify({ jsonrpc: '2.0', ...message }),
    });
  const open = async (endpoint: Endpoint, user = ANN) => {
    const clientInfo = { name: 'raw', version: '1' };
    const params = { protocolVersion: '2025-11-25', capabilities: { elicitation: {} }, clientInfo };
    const { headers } = await raw(endpoint, {}, { id: 1, method: 'initialize', params }, user);
    return { 'mcp-session-id': String(headers['mcp-session-id']), 'mcp-protocol-version': '2025-11-25' };
  };
  const slow = { id: 7, method: 'tools/call', params: { name: 'up__slow', arguments: {} } };
  const cancelled = { method: 'notifications/cancelled', params: { requestId: 7 } };
  /** Calls at the first gateway, whose upstream never answers. */
  const callSlow = async (session: Record<string, string>) => {
    const before = setup.upstream.calls.length;
    let over = false;
    const answer = raw(first, session, slow).finally(() => (over = true));
    await eventually(() => setup.upstream.calls.length > before);
    return { answer, over: () => over };
  };

  it.each(kinds)(
    'goes on with every request at the other one, and its questions are answered there: %s',
    async (kind) => {
      balanced.took.length = 0;
      const client = await connect(kind, balanced.url, ANN.token, { says: [true, true, true] });
      for (let turn = 0; turn < 3; turn += 1) {
        expect(await client.list()).toContain('up__run');
        expect((await client.call('up__run', {})).meta?.decision).toBe('allow');
        expect((await client.call('up__sure', {})).meta?.decision).toBe('allow');
      }
      expect(client.asked).toHaveLength(3);
      expect(new Set(balanced.took).size).toBe(2);
      await client.close();
    },
  );

  it('answers what an upstream asks, wherever the answer arrives', async () => {
    const requestedSchema = { type: 'object', properties: { branch: { type: 'string' } } };
    asking.asks = [
      ['elicitation/create', { message: 'Which branch?', requestedSchema }],
      ['elicitation/create', { message: 'Which other?', requestedSchema }],
    ];
    const client = await connectAsked({ url: balanced.url }, ANN.token);
    client.says = { action: 'accept', content: { branch: 'main' } };
    for (let turn = 0; turn < 3; turn += 1)
      expect((await client.call('asking__ask')).heard).toEqual([client.says, client.says]);
    await client.close();
  });

  it('is not needed for that: a client of 2026-07-28 that was asked goes on at the other one, and nobody else does', async () => {
    const requestedSchema = { type: 'object', properties: { branch: { type: 'string' } } };
    asking.asks = ['Which branch?', 'Which other?'].map((message) => [
      'elicitation/create',
      { message, requestedSchema },
    ]);
    const answer = { action: 'accept', content: { branch: 'main' } };
    const call = (endpoint: Endpoint, params = {}, { token }: User = ANN) =>
      callTool(endpoint, token, ['asking__ask', {}], { capabilities: { elicitation: {} }, params });
    const heard = asking.answers.length;
    let last = await call(first);
    for (const endpoint of [second, second]) {
      const [shown = ''] = Object.keys((last.result?.['inputRequests'] ?? {}) as JsonObject);
      const back = { requestState: last.result?.['requestState'] ?? '', inputResponses: { [shown]: answer } };
      expect((await call(endpoint, back, BEN)).error?.code).toBe(-32602);
      last = await call(endpoint, back);
    }
    expect(JSON.parse(last.said)).toEqual([answer, answer]);
    expect(asking.answers).toHaveLength(heard + 2);
  });

  it('is cancelled and ended at either, by its own subject alone', async () => {
    setup.upstream.behaviour = ({ tool }) => (tool === 'slow' ? new Promise(() => undefined) : textResult('ran'));
    const session = await open(first);
    const theirs = await open(second, BEN);
    const { over, answer } = await callSlow(session);
    expect((await raw(second, session, cancelled, BEN)).status).toBe(404);
    expect((await raw(second, theirs, cancelled, BEN)).status).toBe(202);
    expect((await raw(second, await open(second), cancelled)).status).toBe(202);
    await pause(1_000);
    expect(over()).toBe(false);
    expect((await raw(second, session, cancelled)).status).toBe(202);
    await answer;
    const another = await callSlow(session);
    const headers = { authorization: `Bearer ${ANN.token}`, ...session };
    expect((await send(second, { method: 'DELETE', headers, body: '' })).status).toBe(204);
    await another.answer;
    for (const endpoint of [first, second])
      await eventually(async () => (await raw(endpoint, session, { id: 9, method: 'ping' })).status === 404);
    setup.upstream.behaviour = () => textResult('ran');
  });

  it('goes on at the other one when its gateway is killed between any two of its messages', async () => {
    const said = (shown: string, message: object) => async (at: Endpoint, session: Session) =>
      expect((await raw(at, session, { id: 3, ...message })).text).toContain(shown);
    const list = said('up__run', { method: 'tools/list', params: {} });
    const call = said('"decision":"allow"', { method: 'tools/call', params: { name: 'up__run', arguments: {} } });
    const script: Step[] = [
      async (at, session) => void Object.assign(session, await open(at)),
      async (at, session) => expect((await raw(at, session, { method: 'notifications/initialized' })).status).toBe(202),
      ...[list, call, list, call],
      async (at, session) => {
        const headers = { authorization: `Bearer ${ANN.token}`, ...session };
        expect((await send(at, { method: 'DELETE', headers, body: '' })).status).toBe(204);
      },
    ];
    const begun = script.slice(1).map((_, gap) => ({ done: script.slice(0, gap + 1), left: script.slice(gap + 1) }));
    const sessions = await Promise.all(
      begun.map(async ({ done, left }) => {
        const session: Session = {};
        for (const step of done) await step(first, session);
        return { session, left };
      }),
    );
    const capable = { capabilities: { elicitation: {} } };
    const asked = await callTool(first, ANN.token, ['up__sure', {}], capable);
    first.program.signal('SIGKILL');
    await first.program.ended;
    for (const { session, left } of sessions) for (const step of left) await step(second, session);
    const params = {
      requestState: asked.result?.['requestState'] ?? '',
      inputResponses: { 'sallyport-confirm': { action: 'accept', content: { confirm: true } } },
    };
    const answered = await callTool(second, ANN.token, ['up__sure', {}], { ...capable, params });
    expect(answered.meta?.decision).toBe('allow');
    await setup.cluster.start('gateway').serving;
    await setup.cluster.ready();
  });

  it('of clients goes on while gateways are killed one after the other', async () => {
    const clients = await Promise.all(kinds.map((kind) => connect(kind, balanced.url, ANN.token, { says: [true] })));
    for (let round = 0; round < 2; round += 1) {
      const [victim] = setup.cluster.of('gateway');
      victim?.signal('SIGKILL');
      await victim?.ended;
      for (const client of clients) {
        expect(await client.list()).toContain('up__run');
        expect((await client.call('up__run', {})).meta?.decision).toBe('allow');
        if (round === 0) expect((await client.call('up__sure', {})).meta?.decision).toBe('allow');
      }
      if (round > 0) break;
      await setup.cluster.start('gateway').serving;
      await setup.cluster.ready();
    }
    await Promise.all(clients.map((client) => client.close()));
  });
});
