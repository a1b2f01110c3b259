import {
  ANN,
  BEN,
  callTool,
  eventually,
  faultsIn,
  legacySession,
  recordedOf,
  send,
  serveScripted,
} from '@sallyport/testing/harness';

describe('a client that goes away', () => {
  const served = serveScripted({ behaviour: () => new Promise(() => undefined) });

  const session = async (token: string) => (await legacySession(served.sallyport, token)).headers;

  it('stateless: closing the connection aborts the upstream, and that is on record', async () => {
    const controller = new AbortController();
    const reached = served.upstream.nextCall();
    const sent = callTool(served.sallyport, ANN.token, ['up__run', {}], { signal: controller.signal }).catch(
      () => null,
    );
    const call = await reached;
    controller.abort();
    await sent;
    await eventually(() => call.gone.aborted);
    await eventually(() => recordedOf(served.scratch.data, 'call.failed').at(-1)?.data.reason === 'cancelled');
    expect(recordedOf(served.scratch.data, 'call.failed').at(-1)?.data.sent).toBe(true);
  });

  it('in a session: notifications/cancelled aborts the upstream, but only the canceller’s own call', async () => {
    const mine = await session(ANN.token);
    const other = await session(BEN.token);
    const reached = served.upstream.nextCall();
    const params = { name: 'up__run', arguments: {} };
    const body = JSON.stringify({ jsonrpc: '2.0', id: 'c1', method: 'tools/call', params });
    const sent = send(served.sallyport, { headers: mine, body }).catch(() => null);
    const call = await reached;
    const cancel = { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 'c1' } };
    await send(served.sallyport, { headers: other, body: JSON.stringify(cancel) });
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(call.gone.aborted).toBe(false);
    expect((await send(served.sallyport, { headers: mine, body: JSON.stringify(cancel) })).status).toBe(202);
    await eventually(() => call.gone.aborted);
    await eventually(() => recordedOf(served.scratch.data, 'call.failed').length === 2);
    expect(recordedOf(served.scratch.data, 'call.failed').at(-1)?.data.reason).toBe('cancelled');
    await Promise.race([sent, new Promise((resolve) => setTimeout(resolve, 500))]);
  });

  it('a session that is deleted ends its calls, and is no session any more', async () => {
    const mine = await session(ANN.token);
    const reached = served.upstream.nextCall();
    const params = { name: 'up__run', arguments: {} };
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params });
    void send(served.sallyport, { headers: mine, body }).catch(() => null);
    const call = await reached;
    await send(served.sallyport, { method: 'DELETE', headers: mine });
    await eventually(() => call.gone.aborted);
    expect((await send(served.sallyport, { headers: mine, body })).status).toBe(404);
    await eventually(() => recordedOf(served.scratch.data, 'call.failed').length === 3);
  });

  it('leaves a sound record', () => expect(faultsIn(served.scratch.data)).toEqual([]));
});
