import {
  ANN,
  BEN,
  callTool,
  eventually,
  head,
  modernHeaders,
  modernMeta,
  openSocket,
  type RawSocket,
  recordedOf,
  serveScripted,
  textResult,
  trusted,
} from '@sallyport/testing/harness';

/** A picture that is larger than what the system keeps of a connection that nobody reads. */
const PICTURE = { type: 'image', mimeType: 'image/png', data: 'A'.repeat(8_000_000) };
const http = { answer_bytes_per_subject: 5_000_000, answer_bytes: 50_000_000, stalled: '3s' };

describe('answers that their clients do not take', () => {
  const open: RawSocket[] = [];
  const served = serveScripted({
    behaviour: ({ args }) => (args['large'] === true ? { content: [PICTURE] } : textResult('done')),
    config: (url) => ({ http, ...trusted(url) }),
  });
  afterEach(() => open.splice(0).forEach(({ socket }) => socket.destroy()));

  const call = ({ token }: typeof ANN) => callTool(served.sallyport, token, ['up__run', {}]);
  /** Calls for what is large, and reads nothing of it. */
  function leave({ token }: typeof ANN): void {
    const params = { name: 'up__run', arguments: { large: true }, _meta: modernMeta() };
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params });
    const headers = Object.entries(modernHeaders(token, 'tools/call', 'up__run')).map(
      ([name, value]) => `${name}: ${value}`,
    );
    const host = `Host: 127.0.0.1:${served.sallyport.port}`;
    const lines = head('POST /mcp HTTP/1.1', host, ...headers, `Content-Length: ${Buffer.byteLength(body)}`);
    const opened = openSocket(served.sallyport, lines + body);
    opened.socket.pause();
    open.push(opened);
  }

  it('leave no room for further calls of that subject alone, which says why, until they are taken', async () => {
    leave(ANN);
    leave(ANN);
    await eventually(async () => (await call(ANN)).status === 429);
    const refused = await call(ANN);
    expect(refused.said).toMatch(/not taken your answers.*http\.answer_bytes_per_subject/);
    expect((await call(BEN)).meta?.decision).toBe('allow');
    for (const { socket } of open) socket.resume();
    await eventually(() => open.every(({ text }) => text().length > PICTURE.data.length));
    expect((await call(ANN)).meta?.decision).toBe('allow');
  });

  it('are given up where their client takes nothing of them for long, and their outcomes are on record', async () => {
    const before = recordedOf(served.scratch.data, 'call.completed').length;
    leave(ANN);
    leave(ANN);
    await eventually(() => recordedOf(served.scratch.data, 'call.completed').length === before + 2);
    expect((await call(ANN)).status).toBe(429);
    await eventually(async () => (await call(ANN)).meta?.decision === 'allow', 20_000);
  });
});
