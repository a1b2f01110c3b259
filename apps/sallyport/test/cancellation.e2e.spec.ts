import {
  ANN,
  callTool,
  eventually,
  faultsIn,
  json,
  makeScratch,
  recordedOf,
  type RunningSallyport,
  type Scratch,
  type ScriptedUpstream,
  send,
  startSallyport,
  startScriptedUpstream,
} from '@sallyport/testing/harness';

describe('a client that goes away', () => {
  let upstream: ScriptedUpstream;
  let scratch: Scratch;
  let sallyport: RunningSallyport;

  beforeAll(async () => {
    upstream = await startScriptedUpstream(undefined, () => new Promise(() => undefined));
    scratch = makeScratch({
      config: { upstreams: { up: { url: upstream.url, definitions: 'trust_on_first_use' } } },
    });
    sallyport = await startSallyport(scratch);
  });
  afterAll(async () => {
    await sallyport.stop();
    await upstream.close();
    scratch.remove();
  });

  async function session(token: string) {
    const headers = { ...json, authorization: `Bearer ${token}` };
    const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'raw', version: '1' } };
    const body = JSON.stringify({ jsonrpc: '2.0', id: 0, method: 'initialize', params });
    const { headers: answer } = await send(sallyport, { headers, body });
    return { ...headers, 'mcp-session-id': String(answer['mcp-session-id']), 'mcp-protocol-version': '2025-11-25' };
  }

  it('stateless: closing the connection aborts the upstream, and that is on record', async () => {
    const controller = new AbortController();
    const reached = upstream.nextCall();
    const sent = callTool(sallyport, ANN.token, ['up__run', {}], { signal: controller.signal }).catch(() => null);
    const call = await reached;
    controller.abort();
    await sent;
    await eventually(() => call.gone.aborted);
    await eventually(() => recordedOf(scratch.data, 'call.failed').at(-1)?.data.reason === 'cancelled');
    expect(recordedOf(scratch.data, 'call.failed').at(-1)?.data.sent).toBe(true);
  });

  it('in a session: notifications/cancelled aborts the upstream, but only the canceller’s own call', async () => {
    const mine = await session(ANN.token);
    const other = await session('dev-ben-token');
    const reached = upstream.nextCall();
    const params = { name: 'up__run', arguments: {} };
    const body = JSON.stringify({ jsonrpc: '2.0', id: 'c1', method: 'tools/call', params });
    const sent = send(sallyport, { headers: mine, body }).catch(() => null);
    const call = await reached;
    const cancel = { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 'c1' } };
    await send(sallyport, { headers: other, body: JSON.stringify(cancel) });
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(call.gone.aborted).toBe(false);
    expect((await send(sallyport, { headers: mine, body: JSON.stringify(cancel) })).status).toBe(202);
    await eventually(() => call.gone.aborted);
    await eventually(() => recordedOf(scratch.data, 'call.failed').length === 2);
    expect(recordedOf(scratch.data, 'call.failed').at(-1)?.data.reason).toBe('cancelled');
    await Promise.race([sent, new Promise((resolve) => setTimeout(resolve, 500))]);
  });

  it('a session that is deleted ends its calls, and is no session any more', async () => {
    const mine = await session(ANN.token);
    const reached = upstream.nextCall();
    const params = { name: 'up__run', arguments: {} };
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params });
    void send(sallyport, { headers: mine, body }).catch(() => null);
    const call = await reached;
    await send(sallyport, { method: 'DELETE', headers: mine });
    await eventually(() => call.gone.aborted);
    expect((await send(sallyport, { headers: mine, body })).status).toBe(404);
    await eventually(() => recordedOf(scratch.data, 'call.failed').length === 3);
  });

  it('leaves a sound record', () => expect(faultsIn(scratch.data)).toEqual([]));
});
