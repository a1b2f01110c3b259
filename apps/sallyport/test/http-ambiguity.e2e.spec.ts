import {
  ANN,
  callTool,
  faultsIn,
  head,
  json,
  modernHeaders,
  modernMeta,
  openSocket,
  operatorToken,
  refusedRequests,
  send,
  serveScripted,
} from '@sallyport/testing/harness';

const inputSchema = {
  type: 'object',
  properties: { n: { type: 'integer', 'x-mcp-header': 'N' }, more: {} },
};

interface RpcError {
  readonly id: unknown;
  readonly error: { readonly code: number; readonly message: string };
}

describe('HTTP that could be read in two ways, at the running product', () => {
  const served = serveScripted({ tools: [{ name: 'run', inputSchema }] });

  const body = (id: unknown, args: object = {}) =>
    JSON.stringify({
      jsonrpc: '2.0',
      id,
      method: 'tools/call',
      params: { name: 'up__run', arguments: args, _meta: modernMeta() },
    });
  const headers = () => modernHeaders(ANN.token, 'tools/call', 'up__run');

  /** Sends one request whose every line is given. Returns what the answer's first line says. */
  async function status(lines: readonly string[], text = ''): Promise<string> {
    const { received, socket } = openSocket(served.sallyport, head(...lines) + text);
    const answer = await received('\r\n\r\n');
    socket.destroy();
    return answer.split('\r\n', 1)[0] ?? '';
  }
  const own = () => `Host: 127.0.0.1:${served.sallyport.port}`;
  const token = `Authorization: Bearer ${ANN.token}`;

  it.each(['/mcp/%zz', '/admin/v1/calls/%zz', `/mcp/${'x'.repeat(3_000)}`])(
    'GET %.20s is answered in our own form',
    async (path) => {
      const { status: code, text } = await send(served.sallyport, { method: 'GET', path });
      expect([400, 414]).toContain(code);
      expect(Object.keys(JSON.parse(text) as object)).toEqual(['error', 'message', 'reference']);
      expect(text).not.toContain('FST_ERR');
    },
  );

  it.each(['/livez', '/readyz', '/metrics'])(
    '%s: names of others are refused, addresses and probes are not',
    async (path) => {
      const get = `GET ${path} HTTP/1.1`;
      const { port } = served.sallyport;
      for (const host of ['evil.example', `127.0.0.1.evil.example:${port}`, `sallyport:${port}`])
        expect(await status([get, `Host: ${host}`])).toContain(' 403 ');
      expect(await status([get, own(), 'Origin: https://evil.example'])).toContain(' 403 ');
      for (const host of [`10.1.2.3:${port}`, `[fd00::1]:${port}`, `localhost:${port}`])
        expect(await status([get, `Host: ${host}`])).toContain(' 200 ');
      expect(await status([`GET ${path} HTTP/1.0`])).toContain(' 200 ');
    },
  );

  it.each(['/mcp', '/admin/v1/status', '/livez', '/readyz', '/metrics', '/nothing'])(
    '%s: two hosts, a foreign URL, other framings',
    async (path) => {
      const get = `GET ${path} HTTP/1.1`;
      expect(await status([get, own(), 'Host: evil', token])).toContain(' 400 ');
      expect(await status([get, own(), own(), token])).toContain(' 400 ');
      expect(await status([`GET http://evil${path} HTTP/1.1`, own(), token])).toContain(' 400 ');
      expect(await status([`GET http://u@127.0.0.1:${served.sallyport.port}${path} HTTP/1.1`, own(), token])).toContain(
        ' 400 ',
      );
      expect(await status([get, own(), token, token])).toContain(' 400 ');
      expect(await status([get, own(), 'X: a', ' b'])).toContain(' 400 ');
      expect(await status([get, own(), 'Content-Length: 1', 'Transfer-Encoding: chunked'])).toContain(' 400 ');
      expect(await status([get, own(), 'Content-Length: 1', 'Content-Length: 2'])).toContain(' 400 ');
      expect(await status([get, own(), 'Transfer-Encoding: gzip, chunked'])).toContain(' 501 ');
      expect(await status([`GET ${path} HTTP/1.0`, own(), 'Transfer-Encoding: chunked'])).toContain(' 400 ');
      expect(await status([`GET ${path} HTTP/2.0`, own()])).toContain(' 505 ');
      expect(await status([get, own(), ...Array.from({ length: 200 }, (_, at) => `X-${at}: 1`)])).toContain(' 431 ');
      expect(await status([get, own(), `X: ${'x'.repeat(20_000)}`])).toContain(' 431 ');
    },
  );

  it('the URL of this very host is taken, as HTTP/1.0 is', async () => {
    expect(await status([`GET http://127.0.0.1:${served.sallyport.port}/livez HTTP/1.1`, own()])).toContain(' 200 ');
    expect(await status(['GET /livez HTTP/1.0', own()])).toContain(' 200 ');
    expect(await status(['GET /livez HTTP/1.1', own(), 'Connection: Upgrade', 'Upgrade: h2c'])).toContain(' 200 ');
  });

  it('a body in another charset or encoding is refused, at both APIs', async () => {
    const admin = { authorization: `Bearer ${operatorToken(served.scratch.data)}`, 'content-type': 'application/json' };
    for (const wrong of [{ 'content-type': 'application/json; charset=utf-16' }, { 'content-encoding': 'gzip' }]) {
      const call = await send(served.sallyport, { headers: { ...headers(), ...wrong }, body: body(1) });
      expect([call.status, (JSON.parse(call.text) as RpcError).error.code]).toEqual([415, -32600]);
      const act = await send(served.sallyport, {
        path: '/admin/v1/check',
        headers: { ...admin, ...wrong },
        body: '{}',
      });
      expect(act.status).toBe(415);
    }
    const marked = await send(served.sallyport, { headers: headers(), body: `\ufeff\ufeff${body(1)}` });
    expect(marked.status).toBe(400);
    expect(refusedRequests(served.scratch.data).slice(-3)).toEqual(['charset', 'content_encoding', 'syntax']);
    expect(served.upstream.calls).toEqual([]);
  });

  it('a request with a result, and an error, carry the id', async () => {
    const ask = async (text: string) =>
      JSON.parse((await send(served.sallyport, { headers: headers(), body: text })).text) as RpcError;
    const both = await ask('{"jsonrpc":"2.0","id":"a","method":"tools/call","params":{},"result":{}}');
    expect([both.id, both.error.code]).toEqual(['a', -32600]);
    expect((await ask(body('b').replace('"_meta"', '"x":1,"x":2,"_meta"'))).id).toBe('b');
    expect((await ask(body('c', { more: 'x'.repeat(1_100_000) }))).id).toBe('c');
    expect((await ask('{"jsonrpc":"2.0","id":1,"id":2,"method":"ping"}')).id).toBeNull();
    expect((await ask('[{"jsonrpc":"2.0","id":1,"method":"ping"}]')).id).toBeNull();
  });

  it('an answer that nobody waits for is refused', async () => {
    const answer = await send(served.sallyport, {
      headers: { ...json, authorization: `Bearer ${ANN.token}` },
      body: '{"jsonrpc":"2.0","id":"sallyport-1","result":{}}',
    });
    expect(answer.status).toBe(400);
  });

  it.each([[{}], [{ n: null }], [{ n: 6 }]])('a header that mirrors no argument of %j is refused', async (args) => {
    const ran = served.upstream.calls.length;
    const { status, error } = await callTool(served.sallyport, ANN.token, ['up__run', args], {
      headers: { 'mcp-param-n': '5' },
    });
    expect([status, error?.code]).toEqual([400, -32020]);
    expect(refusedRequests(served.scratch.data).at(-1)).toBe('header_mismatch');
    expect(served.upstream.calls.length).toBe(ran);
  });

  it.each([
    ['/mcp/', 'up__run'],
    ['/mcp/up/', 'run'],
  ])('%s is the endpoint without the slash', async (path, name) => {
    const { meta } = await callTool(served.sallyport, ANN.token, [name, {}], { path });
    expect(meta?.decision).toBe('allow');
    const metadata = await send(served.sallyport, {
      method: 'GET',
      path: `/.well-known/oauth-protected-resource${path}`,
    });
    expect(metadata.status).toBe(200);
  });

  it('serves on, with a sound record', () => expect(faultsIn(served.scratch.data)).toEqual([]));
});
