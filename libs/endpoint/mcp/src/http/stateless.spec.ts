import { toolTarget } from '@sallyport/contracts';
import { request } from 'node:http';
import { until } from '@sallyport/testing';
import { type Change, type RunningEndpoint, runEndpoint } from '../testing/running-endpoint.ts';

const alice = { authorization: 'Bearer alice', 'content-type': 'application/json' };

describe('the stateless revision', () => {
  let run: RunningEndpoint;
  beforeEach(async () => {
    run = await runEndpoint();
  });
  afterEach(() => run.close());

  const echo = { name: 'shop__echo', arguments: { text: 'x' } };

  it.each<[string, Change, number]>([
    ['without MCP-Protocol-Version', { without: ['mcp-protocol-version'] }, -32020],
    ['with another MCP-Protocol-Version', { headers: { 'mcp-protocol-version': '2025-11-25' } }, -32020],
    ['without Mcp-Method', { without: ['mcp-method'] }, -32020],
    ['with another Mcp-Method', { headers: { 'mcp-method': 'tools/list' } }, -32020],
    ['with Mcp-Method in capitals', { headers: { 'mcp-method': 'TOOLS/CALL' } }, -32020],
    ['without Mcp-Name', { without: ['mcp-name'] }, -32020],
    ['with another Mcp-Name', { headers: { 'mcp-name': 'shop__finance' } }, -32020],
    ['with broken base64 in Mcp-Name', { headers: { 'mcp-name': '=?base64?c2hvcF9fZWNobw?=' } }, -32020],
    ['without capabilities', { meta: { 'io.modelcontextprotocol/clientCapabilities': null } }, -32602],
    ['with a name that is no object', { meta: { 'io.modelcontextprotocol/clientInfo': 'x' } }, -32602],
    ['without a version in the body', { meta: { 'io.modelcontextprotocol/protocolVersion': undefined } }, -32602],
  ])('refuses a call %s', async (_, change, code) => {
    const answer = await run.modern('tools/call', echo, change);
    expect([answer.status, answer.json.error?.code]).toEqual([400, code]);
    expect(run.gateway.calls).toEqual([]);
    expect(run.gateway.refusals).toHaveLength(1);
  });

  it('takes no name without end for a call, whose name would be recorded', async () => {
    const name = `shop__${'x'.repeat(10_000)}`;
    const answer = await run.modern('tools/call', { name, arguments: {} }, { headers: { 'mcp-name': name } });
    expect(answer.json.error).toMatchObject({ code: -32602, message: `Unknown tool: ${name}` });
    expect(run.gateway.calls).toEqual([]);
    expect(run.gateway.refusals).toEqual(['unknown_tool']);
  });

  it('names what it speaks to who speaks something else', async () => {
    const version = '2031-01-01';
    const answer = await run.modern(
      'server/discover',
      {},
      {
        headers: { 'mcp-protocol-version': version },
        meta: { 'io.modelcontextprotocol/protocolVersion': version },
      },
    );
    expect(answer.status).toBe(400);
    expect(answer.json.error).toMatchObject({
      code: -32022,
      data: { supported: ['2026-07-28'], requested: version },
    });
  });

  it('compares headers that mirror arguments', async () => {
    const call = (args: object, headers: Record<string, string> = {}) =>
      run.modern('tools/call', { name: 'shop__mirrored', arguments: { ...args } }, { headers });
    expect((await call({ region: 'eu' })).json.error?.code).toBe(-32020);
    expect((await call({ region: 'eu' }, { 'mcp-param-region': 'us' })).json.error?.code).toBe(-32020);
    expect((await call({ limit: 5 }, { 'mcp-param-limit': '6' })).json.error?.code).toBe(-32020);
    expect(run.gateway.calls).toEqual([]);
    expect((await call({})).json).toMatchObject({ result: { content: [{ text: 'alice: {}' }] } });
    const good = { 'mcp-param-region': '=?base64?ZXU=?=', 'mcp-param-limit': '5.0' };
    expect((await call({ region: 'eu', limit: 5 }, good)).json).toMatchObject({
      result: { content: [{ text: 'alice: {"region":"eu","limit":5}' }] },
    });
  });

  it('gives a hidden tool not away by its headers', async () => {
    const { json } = await run.modern('tools/call', { name: 'shop__hidden', arguments: { region: 'eu' } });
    expect(json.error).toEqual({ code: -32602, message: 'Unknown tool: shop__hidden' });
    // Refused by what refuses an unknown one, so that whatever it says to somebody else's calls it says to this one.
    expect(run.gateway.calls).toMatchObject([{ target: toolTarget('hidden') }]);
    expect(run.gateway.refusals).toEqual([]);
  });

  it.each(['echo', 'shop__', '__echo', 'nowhere__x', ''])('knows no tool %p', async (name) => {
    const { status, json } = await run.modern('tools/call', { name });
    expect([status, json.error]).toEqual([200, { code: -32602, message: `Unknown tool: ${name}` }]);
  });

  it('says what the client lacks', async () => {
    const { status, json } = await run.modern('tools/call', { name: 'shop__needs_sampling' });
    expect([status, json.error?.code]).toEqual([400, -32021]);
    expect(json.error?.data).toEqual({ requiredCapabilities: { sampling: {} } });
  });

  it('marks answers as complete and lists as private', async () => {
    const list = await run.modern('tools/list');
    expect(list.json.result).toMatchObject({
      resultType: 'complete',
      cacheScope: 'private',
      ttlMs: expect.any(Number),
    });
    const called = await run.modern('tools/call', echo);
    expect(called.json.result?.['resultType']).toBe('complete');
    expect(called.headers['content-type']).toBe('application/json');
  });

  it('streams only where something goes ahead of the answer, and log messages only where they are wanted', async () => {
    const meta = { progressToken: 'p' };
    const silent = await run.modern('tools/call', { name: 'shop__progress' });
    expect(silent.headers['content-type']).toBe('application/json');
    const streamed = await run.modern('tools/call', { name: 'shop__progress' }, { meta });
    expect(streamed.headers['content-type']).toBe('text/event-stream');
    expect(streamed.text.match(/notifications\/progress/g)).toHaveLength(3);
    expect(streamed.text).not.toMatch(/notifications\/(message|evil)/);
    const logged = await run.modern(
      'tools/call',
      { name: 'shop__progress' },
      {
        meta: { 'io.modelcontextprotocol/logLevel': 'warning' },
      },
    );
    expect(logged.text.match(/notifications\/message/g)).toHaveLength(1);
    const plain = await run.modern(
      'tools/call',
      { name: 'shop__progress' },
      { meta, headers: { accept: 'application/json' } },
    );
    expect(plain.headers['content-type']).toBe('application/json');
    expect(run.gateway.levels).toEqual([null, null, 'warning', null]);
  });

  it('hands the call inward with who, by what and in which trace', async () => {
    const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
    await run.modern('tools/call', echo, {
      meta: { traceparent, 'io.modelcontextprotocol/clientInfo': { name: 'me', version: '1' } },
    });
    expect(run.gateway.calls[0]).toEqual({
      principal: expect.objectContaining({ tenant: 'shop' }),
      agent: { id: 'me', verified: false },
      session: null,
      bytes: expect.any(Number),
      capabilities: {},
      flow: null,
      action: 'tools/call',
      upstream: 'shop',
      target: toolTarget('echo'),
      arguments: { text: 'x' },
      traceparent,
    });
  });

  it('knows no endpoint of another name', async () => {
    expect((await run.modern('tools/list', {}, { path: '/mcp/nowhere' })).status).toBe(404);
    expect((await run.modern('server/discover', {}, { path: '/mcp/nowhere' })).status).toBe(404);
  });

  it('aborts the call when its client goes away', async () => {
    const body = JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: {
        name: 'shop__slow',
        _meta: {
          'io.modelcontextprotocol/protocolVersion': '2026-07-28',
          'io.modelcontextprotocol/clientCapabilities': {},
        },
      },
    });
    const headers = {
      ...alice,
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': 'tools/call',
      'mcp-name': 'shop__slow',
    };
    const call = request({ port: run.port, host: '127.0.0.1', path: '/mcp', method: 'POST', headers });
    call.on('error', () => undefined);
    call.end(body);
    await until(() => run.gateway.calls.length > 0);
    call.destroy();
    await until(() => run.gateway.aborted.length > 0);
    expect(run.gateway.aborted).toEqual(['call-1']);
  });
});
