import { until } from '@sallyport/testing';
import { type RunningEndpoint, runEndpoint } from '../testing/running-endpoint.ts';

const alice = { authorization: 'Bearer alice', 'content-type': 'application/json' };

describe('sessions', () => {
  let run: RunningEndpoint;
  beforeEach(async () => {
    run = await runEndpoint();
  });
  afterEach(() => run.close());

  it('turns a stranger away who presents the id, and lets them not end it', async () => {
    const session = await run.open();
    for (const token of ['bob', 'mallory']) {
      const theirs = { ...session, authorization: `Bearer ${token}` };
      expect((await run.legacy('tools/list', {}, theirs)).status).toBe(404);
      expect((await run.send({ method: 'DELETE', headers: theirs })).status).toBe(404);
      expect(
        (
          await run.send({
            headers: { ...alice, ...theirs },
            body: '{"jsonrpc":"2.0","id":"sallyport-1","result":{}}',
          })
        ).status,
      ).toBe(404);
    }
    expect((await run.legacy('tools/list', {}, session)).status).toBe(200);
  });

  it('serves a client that has no session, and knows its revision and name by nothing but the request', async () => {
    const answer = await run.legacy('tools/call', { name: 'shop__echo', arguments: {} });
    expect(answer.json.result).toMatchObject({ content: [{ type: 'text', text: 'alice: {}' }] });
    expect(run.gateway.calls.at(-1)).toMatchObject({ session: null, capabilities: {}, agent: { id: 'unknown' } });
  });

  it('is no session any more once its client has ended it', async () => {
    expect((await run.send({ method: 'DELETE', headers: alice })).status).toBe(400);
    const session = await run.open();
    expect((await run.send({ method: 'DELETE', headers: session })).status).toBe(204);
    expect((await run.legacy('tools/list', {}, session)).status).toBe(404);
  });

  it('refuses a version that nobody speaks', async () => {
    const session = await run.open();
    const answer = await run.legacy('tools/list', {}, { ...session, 'mcp-protocol-version': '1999-01-01' });
    expect([answer.status, answer.json.error?.code]).toEqual([400, -32022]);
  });

  it.each([
    ['2025-11-25', '2025-11-25'],
    ['2025-06-18', '2025-06-18'],
    ['2024-11-05', '2024-11-05'],
    ['2026-07-28', '2025-11-25'],
    ['x', '2025-11-25'],
  ])('negotiates %s to %s, and gives no session to a client that says nothing of itself', async (asked, agreed) => {
    const { json, headers } = await run.legacy('initialize', {
      protocolVersion: asked,
      capabilities: {},
      clientInfo: {},
    });
    expect(json.result).toMatchObject({ protocolVersion: agreed, serverInfo: { name: 'sallyport' } });
    expect(headers['mcp-session-id']).toBeUndefined();
  });

  it('stops a running request by a notification of the same session alone', async () => {
    const [session, other] = [await run.open(), await run.open()];
    const call = run.legacy('tools/call', { name: 'shop__slow' }, session);
    const cancel = '{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":7}}';
    await until(() => run.gateway.calls.length > 0);
    await run.send({ headers: { ...alice, ...other }, body: cancel });
    expect(run.gateway.aborted).toEqual([]);
    expect((await run.legacy('ping', {}, session)).status).toBe(400); // the same id is running
    expect((await run.send({ headers: { ...alice, ...session }, body: cancel })).status).toBe(202);
    await call;
    expect(run.gateway.aborted).toHaveLength(1);
  });

  it('goes on after a restart, and at another gateway', async () => {
    const session = await run.open({ sampling: {} });
    const other = await runEndpoint();
    expect((await other.legacy('tools/call', { name: 'shop__echo' }, session)).status).toBe(200);
    expect(other.gateway.calls.at(-1)).toMatchObject({ capabilities: { sampling: {} }, agent: { id: 'raw' } });
    await other.close();
  });

  it('takes a lost connection for no cancellation, of so many calls of one subject', async () => {
    const session = await run.open();
    const started = run.gateway.calls.length;
    const lost = new AbortController();
    const calls = Array.from({ length: 17 }, (_, id) =>
      fetch(`http://127.0.0.1:${run.port}/mcp`, {
        method: 'POST',
        headers: { ...alice, ...session },
        body: JSON.stringify({ jsonrpc: '2.0', id, method: 'tools/call', params: { name: 'shop__slow' } }),
        signal: lost.signal,
      }).catch(() => null),
    );
    await until(() => run.gateway.calls.length === started + 17);
    lost.abort();
    await Promise.all(calls);
    await until(() => run.endpoint.inFlight === 16);
    expect(run.gateway.aborted).toHaveLength(1);
    await run.send({ method: 'DELETE', headers: session });
    await until(() => run.endpoint.inFlight === 0);
    expect(run.gateway.aborted).toHaveLength(17);
  });

  it('asks nothing over a connection that was lost', async () => {
    const session = await run.open({ elicitation: {} }, '2025-06-18');
    const lost = new AbortController();
    const asked = await fetch(`http://127.0.0.1:${run.port}/mcp`, {
      method: 'POST',
      headers: { ...alice, ...session, accept: 'application/json, text/event-stream' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 3, method: 'tools/call', params: { name: 'shop__confirm' } }),
      signal: lost.signal,
    });
    expect(asked.headers.get('content-type')).toBe('text/event-stream');
    lost.abort();
    await asked.text().catch(() => null);
    await until(() => run.endpoint.inFlight === 0);
    expect(run.gateway.votes).toEqual([]);
  });

  it('ends what runs when the session ends', async () => {
    const session = await run.open();
    const call = run.legacy('tools/call', { name: 'shop__slow' }, session);
    await until(() => run.gateway.calls.length > 0);
    await run.send({ method: 'DELETE', headers: session });
    await call;
    expect(run.gateway.aborted).toHaveLength(1);
  });

  it('sends log messages from the level on that the client set', async () => {
    const session = await run.open();
    expect((await run.legacy('logging/setLevel', { level: 'loud' }, session)).json.error?.code).toBe(-32602);
    await run.legacy('logging/setLevel', { level: 'error' }, session);
    const { text } = await run.legacy('tools/call', { name: 'shop__progress' }, session);
    expect(text.match(/notifications\/message/g)).toHaveLength(1);
  });
});
