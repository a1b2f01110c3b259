import { type RunningEndpoint, runEndpoint } from '../testing/running-endpoint.ts';

const alice = { authorization: 'Bearer alice', 'content-type': 'application/json' };
const text = (message: object) => JSON.stringify({ jsonrpc: '2.0', ...message });
const ping = text({ id: 7, method: 'ping' });

describe('a request that could be read in two ways', () => {
  let run: RunningEndpoint;
  beforeEach(async () => {
    run = await runEndpoint();
  });
  afterEach(() => run.close());

  it.each([
    'authorization',
    'content-type',
    'mcp-session-id',
    'mcp-protocol-version',
    'mcp-name',
    'mcp-param-region',
    'origin',
  ])('is refused with two headers %s', async (name) => {
    const answer = await run.send({ headers: { ...alice, [name]: ['Bearer alice', 'Bearer alice'] }, body: ping });
    expect([answer.status, answer.json.error?.code]).toEqual([400, -32600]);
    expect(answer.json.error?.message).toContain(name);
  });

  it('is refused at the URL of another host', async () => {
    const host = `127.0.0.1:${run.port}`;
    const foreign = await run.send({ path: 'http://evil.example/mcp', headers: alice, body: ping });
    expect([foreign.status, foreign.json.error?.message]).toEqual([400, expect.stringContaining('agrees with Host')]);
    const own = await run.send({
      path: `http://${host}/mcp`,
      headers: { ...alice, ...(await run.open()) },
      body: ping,
    });
    expect(own.status).toBe(200);
  });

  it.each([
    ['charset', 'application/json; charset=utf-16', Buffer.from(ping, 'utf16le'), null],
    ['charset', 'application/json; charset=iso-8859-1', Buffer.from(ping), 7],
    ['not_json', 'text/plain', Buffer.from(ping), 7],
  ])('is refused and recorded for its %s %s', async (reason, type, body, id) => {
    const answer = await run.send({ headers: { ...alice, 'content-type': type }, body });
    expect([answer.status, answer.json.id]).toEqual([415, id]);
    expect(run.gateway.refusals).toEqual([reason]);
  });

  it('is refused and recorded for its encoding', async () => {
    const answer = await run.send({ headers: { ...alice, 'content-encoding': 'gzip' }, body: ping });
    expect([answer.status, answer.json.error?.message]).toEqual([415, expect.stringContaining('Content-Encoding')]);
    expect(run.gateway.refusals).toEqual(['content_encoding']);
  });

  it.each([
    ['a method and a result', { id: 7, method: 'ping', result: {} }, 7],
    ['a method and a result that is null', { id: 7, method: 'ping', result: null }, 7],
    ['a method and an error', { id: 7, method: 'ping', error: { code: 1, message: '' } }, 7],
    ['a notification with a result', { method: 'notifications/initialized', result: {} }, null],
    ['a result and params', { id: 7, result: {}, params: {} }, null],
    ['a result and an error', { id: 7, result: {}, error: { code: 1, message: '' } }, null],
    ['params that are a list', { id: 7, method: 'ping', params: [] }, 7],
    ['neither method nor result', { id: 7 }, 7],
  ])('is no message with %s', async (_, message, id) => {
    const answer = await run.send({ headers: alice, body: text(message) });
    expect([answer.status, answer.json.error?.code, answer.json.id]).toEqual([400, -32600, id]);
    expect(run.gateway.refusals).toEqual(['invalid_request']);
  });

  it('is answered under its id wherever that can be read', async () => {
    const id = async (body: string | Buffer) => (await run.send({ headers: alice, body })).json.id;
    expect(await id('{"jsonrpc":"2.0","id":"a","method":"tools/call","params":{"x":1,"x":2}}')).toBe('a');
    expect(await id('{"jsonrpc":"2.0","id":7,"method":"x","params":{"n":9007199254740993}}')).toBe(7);
    expect(await id('{"jsonrpc":"2.0","id":7,"id":8,"method":"ping"}')).toBeNull();
    expect(await id('{"jsonrpc":"2.0","id":7,"method":"ping"')).toBeNull();
    expect(await id(`[${ping}]`)).toBeNull();
    const large = text({ method: 'x', params: { a: 'x'.repeat(1_100_000) }, id: 'late' });
    expect(await run.send({ headers: alice, body: large })).toMatchObject({ status: 413, json: { id: 'late' } });
    expect((await run.send({ headers: { ...alice, 'mcp-session-id': 'none' }, body: ping })).json.id).toBe(7);
    expect((await run.modern('tools/call', { name: 'shop__crash' })).json.id).toBe(7);
  });

  it('says under which setting a request is too large', async () => {
    const { json } = await run.send({ headers: alice, body: 'x'.repeat(1_100_000) });
    expect(json.error?.message).toContain('max_request_bytes');
  });

  it('is an answer that nobody waits for', async () => {
    const answer = text({ id: 'sallyport-1', result: {} });
    expect((await run.send({ headers: alice, body: answer })).status).toBe(400);
    const session = await run.open();
    const nobody = await run.send({ headers: { ...alice, ...session }, body: answer });
    expect([nobody.status, nobody.json.id]).toEqual([400, null]);
    expect(run.gateway.refusals).toEqual(['session_needed', 'nobody_asked']);
  });

  it('mirrors an argument that is not there, or that the tool does not declare', async () => {
    const call = (args: object, headers: Record<string, string>) =>
      run.modern('tools/call', { name: 'shop__mirrored', arguments: { ...args } }, { headers });
    for (const [args, headers] of [
      [{}, { 'mcp-param-region': 'eu' }],
      [{ region: null }, { 'mcp-param-region': 'null' }],
      [{ region: { a: 1 } }, { 'mcp-param-region': '[object Object]' }],
      [{}, { 'mcp-param-limit': '' }],
      [{}, { 'mcp-param-other': 'x' }],
    ] as const) {
      const { status, json } = await call(args, headers);
      expect([status, json.error?.code, json.id]).toEqual([400, -32020, 7]);
    }
    expect((await call({}, {})).status).toBe(200);
  });

  it('mirrors something else, also where its revision has no mirrors', async () => {
    const session = await run.open();
    const list = (headers: object) => run.legacy('tools/list', {}, { ...session, ...headers });
    for (const headers of [{ 'mcp-method': 'tools/call' }, { 'mcp-name': 'shop__echo' }])
      expect((await list(headers)).json.error?.code).toBe(-32020);
    const call = await run.legacy('tools/call', { name: 'shop__mirrored' }, { ...session, 'mcp-param-region': 'eu' });
    expect(call.json.error?.code).toBe(-32020);
    expect((await run.modern('tools/list', {}, { headers: { 'mcp-name': 'shop__echo' } })).status).toBe(400);
    const body = text({ method: 'notifications/initialized' });
    for (const headers of [{ 'mcp-method': 'tools/call' }, { 'mcp-protocol-version': '1900-01-01' }])
      expect((await run.send({ headers: { ...alice, ...session, ...headers }, body })).status).toBe(400);
    expect((await list({ 'mcp-method': 'tools/list' })).status).toBe(200);
  });
});
