import {
  ANN,
  anyTool,
  BEN,
  connect,
  eventually,
  faultsIn,
  legacySession,
  OPEN,
  recordedOf,
  send,
  serveScripted,
  textResult,
  trusted,
} from '@sallyport/testing/harness';

const asked = `${OPEN}@id("ask") @confirm("self") @ask("Really?")
forbid (principal, action == Action::"up/held", resource);
`;

describe('sessions of older clients', () => {
  const served = serveScripted({
    tools: ['run', 'held', 'slow'].map((name) => anyTool(name)),
    policies: { 'all.cedar': asked },
  });
  beforeAll(() =>
    served.scratch.configure({ listen: `127.0.0.1:${served.sallyport.port}`, ...trusted(served.upstream.url) }),
  );

  const session = async (token: string, capabilities = {}, name = 'raw') =>
    (await legacySession(served.sallyport, token, name, capabilities)).headers;
  const called = (tool: string) =>
    JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: `up__${tool}`, arguments: {} } });

  it('a session of somebody else is refused, by the gateway that opened it and after a restart', async () => {
    const ann = await session(ANN.token, { elicitation: {} });
    const stolen = { ...ann, authorization: `Bearer ${BEN.token}` };
    const changed = { ...ann, 'mcp-session-id': ann['mcp-session-id'].replace(/.$/, '') };
    const all = async () => {
      const answers = [stolen, changed, ann].map((headers) => send(served.sallyport, { headers, body: called('run') }));
      return (await Promise.all(answers)).map(({ status }) => status);
    };
    expect(await all()).toEqual([404, 404, 200]);
    await served.restart();
    expect(await all()).toEqual([404, 404, 200]);
  });

  it.each(['v1', 'v2 legacy'] as const)(
    'a client (%s) goes on after a restart between two calls, also to be asked',
    async (kind) => {
      const client = await connect(kind, served.sallyport.url, ANN.token, { says: [true, true] });
      expect((await client.call('up__held', {})).meta?.decision).toBe('allow');
      await served.restart();
      expect((await client.call('up__run', {})).meta?.decision).toBe('allow');
      expect((await client.call('up__held', {})).meta?.decision).toBe('allow');
      expect(client.asked).toHaveLength(2);
      await client.close();
    },
  );

  it('hundred more sessions of a subject end none, and no call that runs in one', async () => {
    served.upstream.behaviour = async ({ tool, gone }) => {
      if (tool === 'slow') await new Promise((resolve) => (gone.onabort = finish = () => resolve(null)));
      return textResult('done');
    };
    let finish = (): void => undefined;
    const first = await session(ANN.token);
    const reached = served.upstream.nextCall();
    const sent = send(served.sallyport, { headers: first, body: called('slow') });
    const { gone } = await reached;
    for (let i = 0; i < 100; i++) await session(ANN.token);
    expect(gone.aborted).toBe(false);
    finish();
    expect((await sent).text).toContain('done');
    expect((await send(served.sallyport, { headers: first, body: called('run') })).text).toContain('done');
  });

  it('a connection that is lost cancels nothing: the call ends, and that is on record', async () => {
    let finish = (): void => undefined;
    served.upstream.behaviour = () => new Promise((resolve) => (finish = () => resolve(textResult('paid'))));
    const headers = await session(ANN.token);
    const lost = new AbortController();
    const reached = served.upstream.nextCall();
    const sent = send(served.sallyport, { headers, body: called('run'), signal: lost.signal }).catch(() => null);
    const { gone } = await reached;
    const completed = recordedOf(served.scratch.data, 'call.completed').length;
    lost.abort();
    await sent;
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(gone.aborted).toBe(false);
    finish();
    await eventually(() => recordedOf(served.scratch.data, 'call.completed').length === completed + 1);
    expect(recordedOf(served.scratch.data, 'call.failed')).toEqual([]);
  });

  it('leaves a sound record', () => expect(faultsIn(served.scratch.data)).toEqual([]));
});
