import type { JsonObject } from '@sallyport/contracts';
import { askedAt } from '../testing/asked-at.ts';
import { type RunningEndpoint, runEndpoint } from '../testing/running-endpoint.ts';

const json = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };
const ping = (id: number | string) => ({ jsonrpc: '2.0', id, method: 'ping' });
const call = (id: number, name: string, args: JsonObject = {}) => ({
  jsonrpc: '2.0',
  id,
  method: 'tools/call',
  params: { name: `shop__${name}`, arguments: args },
});
const initialized = { jsonrpc: '2.0', method: 'notifications/initialized' };
const later = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

interface Answer {
  readonly id: unknown;
  readonly result?: JsonObject;
  readonly error?: { readonly code: number; readonly message: string };
}

describe('a batch', () => {
  let run: RunningEndpoint;
  beforeEach(async () => {
    run = await runEndpoint();
  });
  afterEach(() => run.close());

  /** As clients of that revision send it: the header of the version came later. */
  async function session(version = '2025-03-26'): Promise<Record<string, string>> {
    const { authorization = '', 'mcp-session-id': id = '' } = await run.open({ sampling: {} }, version);
    return { ...json, authorization, 'mcp-session-id': id };
  }
  const send = (headers: Record<string, string>, body: unknown) => run.send({ headers, body: JSON.stringify(body) });

  describe('is refused as a whole, and nothing of it is done,', () => {
    it.each(['2024-11-05', '2025-06-18', '2025-11-25'])('in a session of revision %s', async (version) => {
      const { status, json: answer } = await send(await session(version), [call(1, 'echo'), ping(2)]);
      expect([status, answer.id, answer.error?.code]).toEqual([400, null, -32600]);
      expect(answer.error?.message).toMatch(/2025-03-26.*send each message by itself/);
      expect([run.gateway.calls, run.gateway.refusals]).toEqual([[], ['batch']]);
    });

    it.each<[string, Record<string, string>]>([
      ['without a session', { 'mcp-session-id': '' }],
      ['that names another revision', { 'mcp-protocol-version': '2025-06-18' }],
      ['that names the stateless revision', { 'mcp-protocol-version': '2026-07-28' }],
      ['for which a header names another method', { 'mcp-method': 'tools/list' }],
      ['for which a header names another tool', { 'mcp-name': 'shop__slow' }],
    ])('%s', async (_, change) => {
      const headers = { ...(await session()), ...change };
      if (headers['mcp-session-id'] === '') delete headers['mcp-session-id'];
      expect((await send(headers, [call(1, 'echo'), ping(2)])).status).toBe(400);
      expect([run.gateway.calls, run.gateway.refusals.length]).toEqual([[], 1]);
    });

    it.each<[string, unknown[], RegExp]>([
      ['that is empty', [], /empty/],
      ['of too many messages', Array.from({ length: 65 }, (_, id) => ping(id)), /at most 64 messages, this one has 65/],
      ['with an initialize', [call(1, 'echo'), { ...ping(2), method: 'initialize' }], /initialize.* by itself/],
      ['with an initialize that is no request', [{ jsonrpc: '2.0', method: 'initialize' }], /initialize.* by itself/],
      ['with a batch in it', [call(1, 'echo'), [ping(2)]], /Message 2 .* not a JSON-RPC 2\.0 message/],
      ['with what is no message', [call(1, 'echo'), ping(2), 7], /Message 3 /],
      ['with an id that is null', [call(1, 'echo'), { ...ping(2), id: null }], /Message 2 /],
      ['of requests and answers', [call(1, 'echo'), { jsonrpc: '2.0', id: 'sallyport-1', result: {} }], /one batch/],
      [
        'with a request of the stateless revision',
        [
          call(1, 'echo'),
          { ...ping(2), params: { _meta: { 'io.modelcontextprotocol/protocolVersion': '2026-07-28' } } },
        ],
        /MCP-Protocol-Version/,
      ],
    ])('%s', async (_, body, why) => {
      const { status, json: answer } = await send(await session(), body);
      expect([status, answer.id]).toEqual([400, null]);
      expect(answer.error?.message).toMatch(why);
      expect([run.gateway.calls, run.gateway.refusals.length]).toEqual([[], 1]);
    });

    it('of somebody else, who has the id of the session', async () => {
      const stolen = { ...(await session()), authorization: 'Bearer bob' };
      expect((await send(stolen, [call(1, 'echo')])).status).toBe(404);
      expect(run.gateway.calls).toEqual([]);
    });

    it('while the process stops', async () => {
      const headers = await session();
      await run.endpoint.drain();
      const answer = await send(headers, [call(1, 'echo'), ping(2)]);
      expect([answer.status, answer.headers['retry-after'], run.gateway.calls]).toEqual([503, '1', []]);
    });

    it('where its messages are more than its sender may send', async () => {
      await run.close();
      const limit = { rate: { count: 1, periodMs: 60_000 }, burst: 6 };
      run = await runEndpoint({ floods: () => ({ requests: limit, failures: limit }) });
      const headers = await session();
      const statuses = [];
      for (const count of [5, 1])
        statuses.push(
          (
            await send(
              headers,
              Array.from({ length: count }, (_, id) => call(id, 'echo')),
            )
          ).status,
        );
      expect([statuses, run.gateway.calls.length]).toEqual([[200, 429], 5]);
    });
  });

  it('is answered by one array, in which each request has the answer that it would have by itself', async () => {
    const body = [
      call(1, 'echo', { text: 'a' }),
      initialized,
      call(2, 'nothing'),
      ping('three'),
      { ...ping(4), method: 'x' },
    ];
    const { status, headers, text } = await send(await session(), body);
    expect([status, headers['content-type']]).toEqual([200, 'application/json']);
    const answers = JSON.parse(text) as Answer[];
    expect(answers.map(({ id }) => id)).toEqual([1, 2, 'three', 4]);
    expect(answers[0]?.result?.['content']).toEqual([{ type: 'text', text: 'alice: {"text":"a"}' }]);
    expect(answers.map(({ error }) => error?.code)).toEqual([undefined, -32602, undefined, -32601]);
    expect(run.gateway.refusals).toEqual(['method_refused']);
  });

  it('asks for a decision about each call, which counts as large as its part', async () => {
    const body = Array.from({ length: 64 }, (_, id) => call(id, 'echo', { id }));
    const answers = JSON.parse((await send(await session(), body)).text) as Answer[];
    expect(answers).toHaveLength(64);
    const { calls } = run.gateway;
    expect(calls.map(({ arguments: args }) => args['id'])).toEqual(body.map(({ id }) => id));
    expect(calls.every(({ bytes }) => bytes === Math.ceil(JSON.stringify(body).length / 64))).toBe(true);
  });

  it('is answered by a stream where a call of it sends something ahead', async () => {
    const body = [
      { ...call(1, 'progress'), params: { name: 'shop__progress', _meta: { progressToken: 'p' } } },
      ping(2),
    ];
    const { headers, text } = await send(await session(), body);
    expect(headers['content-type']).toBe('text/event-stream');
    const events = [...text.matchAll(/^data: (.*)$/gm)].map(([, data]) => JSON.parse(data ?? '') as Answer | Answer[]);
    expect((events.at(-1) as Answer[]).map(({ id }) => id)).toEqual([1, 2]);
    expect(events.length).toBeGreaterThan(3);
  });

  it('can cancel a call that stands before it, and that one alone', async () => {
    const cancel = { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 1 } };
    const { text } = await send(await session(), [call(1, 'slow'), call(2, 'echo'), cancel]);
    expect((JSON.parse(text) as Answer[]).map(({ id }) => id)).toEqual([1, 2]);
    expect(run.gateway.aborted).toEqual(['call-1']);
  });

  it.each([
    [16, 0],
    [17, 17],
  ])('of %i calls whose connection is lost has %i of them stopped', async (count, stopped) => {
    const body = Array.from({ length: count }, (_, id) => call(id, 'slow'));
    const lost = new AbortController();
    const url = `http://127.0.0.1:${run.port}/mcp`;
    const options = { method: 'POST', headers: await session(), body: JSON.stringify(body), signal: lost.signal };
    const sent = fetch(url, options).catch(() => undefined);
    while (run.gateway.calls.length < count) await later(1);
    lost.abort();
    await sent;
    await later(50);
    expect(run.gateway.aborted).toHaveLength(stopped);
  });

  it('has no two requests of one id', async () => {
    const answers = JSON.parse((await send(await session(), [call(1, 'echo'), call(1, 'echo')])).text) as Answer[];
    expect(answers[1]?.error?.message).toContain('A request with this id is running');
    expect(run.gateway.calls).toHaveLength(1);
  });

  it('that needs no answer has none', async () => {
    const { status, text } = await send(await session(), [initialized, initialized]);
    expect([status, text]).toEqual([202, '']);
    const unasked = await send(await session(), [initialized, { jsonrpc: '2.0', id: 'sallyport-9', result: {} }]);
    expect([unasked.status, run.gateway.refusals]).toEqual([400, ['nobody_asked']]);
  });

  it('may hold the answers to questions of ours', async () => {
    const headers = await session();
    const asked = await askedAt(run, headers, [call(1, 'ask')]);
    const answer = { jsonrpc: '2.0', id: asked.id, result: { content: { type: 'text', text: 'yes' } } };
    expect((await send(headers, [answer])).status).toBe(202);
    expect(await asked.rest()).toContain('yes');
  });
});
