import {
  ANN,
  anyTool,
  BEN,
  connect,
  eventually,
  faultsIn,
  json,
  makeScratch,
  OPEN,
  recordedOf,
  type RunningSallyport,
  type Scratch,
  type ScriptedUpstream,
  send,
  startSallyport,
  startScriptedUpstream,
  textResult,
} from '@sallyport/testing/harness';

const asked = `${OPEN}@id("ask") @confirm("self") @ask("Really?")
forbid (principal, action == Action::"up/held", resource);
`;

describe('sessions of older clients', () => {
  let upstream: ScriptedUpstream;
  let scratch: Scratch;
  let sallyport: RunningSallyport;

  beforeAll(async () => {
    upstream = await startScriptedUpstream(['run', 'held', 'slow'].map((name) => anyTool(name)));
    const upstreams = { up: { url: upstream.url, definitions: 'trust_on_first_use' } } as const;
    scratch = makeScratch({ config: { upstreams }, policies: { 'all.cedar': asked } });
    sallyport = await startSallyport(scratch);
    scratch.configure({ listen: `127.0.0.1:${sallyport.port}`, upstreams });
  });
  afterAll(async () => {
    await sallyport.stop();
    await upstream.close();
    scratch.remove();
  });

  async function session(token: string, capabilities: object, name = 'raw') {
    const headers = { ...json, authorization: `Bearer ${token}` };
    const params = { protocolVersion: '2025-11-25', capabilities, clientInfo: { name, version: '1' } };
    const body = JSON.stringify({ jsonrpc: '2.0', id: 0, method: 'initialize', params });
    const opened = await send(sallyport, { headers, body });
    return { ...headers, 'mcp-session-id': String(opened.headers['mcp-session-id']) };
  }
  const called = (tool: string) =>
    JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: `up__${tool}`, arguments: {} } });

  it('a session of somebody else is refused, by the gateway that opened it and after a restart', async () => {
    const ann = await session(ANN.token, { elicitation: {} });
    const stolen = { ...ann, authorization: `Bearer ${BEN.token}` };
    const changed = { ...ann, 'mcp-session-id': ann['mcp-session-id'].replace(/.$/, '') };
    const all = async () => {
      const answers = [stolen, changed, ann].map((headers) => send(sallyport, { headers, body: called('run') }));
      return (await Promise.all(answers)).map(({ status }) => status);
    };
    expect(await all()).toEqual([404, 404, 200]);
    await sallyport.stop();
    sallyport = await startSallyport(scratch);
    expect(await all()).toEqual([404, 404, 200]);
  });

  it.each(['v1', 'v2 legacy'] as const)(
    'a client (%s) goes on after a restart between two calls, also to be asked',
    async (kind) => {
      const client = await connect(kind, sallyport.url, ANN.token, { says: [true, true] });
      expect((await client.call('up__held', {})).meta?.decision).toBe('allow');
      await sallyport.stop();
      sallyport = await startSallyport(scratch);
      expect((await client.call('up__run', {})).meta?.decision).toBe('allow');
      expect((await client.call('up__held', {})).meta?.decision).toBe('allow');
      expect(client.asked).toHaveLength(2);
      await client.close();
    },
  );

  it('hundred more sessions of a subject end none, and no call that runs in one', async () => {
    upstream.behaviour = async ({ tool, gone }) => {
      if (tool === 'slow') await new Promise((resolve) => (gone.onabort = finish = () => resolve(null)));
      return textResult('done');
    };
    let finish = (): void => undefined;
    const first = await session(ANN.token, {});
    const reached = upstream.nextCall();
    const sent = send(sallyport, { headers: first, body: called('slow') });
    const { gone } = await reached;
    for (let i = 0; i < 100; i++) await session(ANN.token, {});
    expect(gone.aborted).toBe(false);
    finish();
    expect((await sent).text).toContain('done');
    expect((await send(sallyport, { headers: first, body: called('run') })).text).toContain('done');
  });

  it('a connection that is lost cancels nothing: the call ends, and that is on record', async () => {
    let finish = (): void => undefined;
    upstream.behaviour = () => new Promise((resolve) => (finish = () => resolve(textResult('paid'))));
    const headers = await session(ANN.token, {});
    const lost = new AbortController();
    const reached = upstream.nextCall();
    const sent = send(sallyport, { headers, body: called('run'), signal: lost.signal }).catch(() => null);
    const { gone } = await reached;
    const completed = recordedOf(scratch.data, 'call.completed').length;
    lost.abort();
    await sent;
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(gone.aborted).toBe(false);
    finish();
    await eventually(() => recordedOf(scratch.data, 'call.completed').length === completed + 1);
    expect(recordedOf(scratch.data, 'call.failed')).toEqual([]);
  });

  it('leaves a sound record', () => expect(faultsIn(scratch.data)).toEqual([]));
});
