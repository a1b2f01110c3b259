import { PassThrough } from 'node:stream';
import { until } from '@sallyport/testing';
import { createStdioEndpoint, type StdioEndpoint } from './stdio-endpoint.ts';
import { fakeOptions, FakeGateway, people } from '../testing/fake-gateway.ts';

interface Line {
  id?: unknown;
  method?: string;
  params?: { message?: string };
  result?: Record<string, unknown>;
  error?: { code: number };
}

describe('the endpoint over standard streams', () => {
  let gateway: FakeGateway;
  let input: PassThrough;
  let endpoint: StdioEndpoint;
  let lines: Line[];
  let heard: (() => void)[];

  beforeEach(() => {
    gateway = new FakeGateway();
    input = new PassThrough();
    const output = new PassThrough();
    [lines, heard] = [[], []];
    output.on('data', (chunk: Buffer) => {
      for (const line of chunk.toString().trimEnd().split('\n')) lines.push(JSON.parse(line) as Line);
      for (const wake of heard.splice(0)) wake();
    });
    const { alice } = people;
    if (alice === undefined) throw new Error('nobody there');
    const instructions = () => 'Two wait.';
    endpoint = createStdioEndpoint({
      ...fakeOptions(gateway),
      principal: alice,
      input,
      output,
      maxBytes: 2_000,
      instructions,
    });
  });
  afterEach(async () => {
    input.end();
    await endpoint.closed;
  });

  function say(message: object): void {
    input.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  }
  async function line(wanted: (line: Line) => boolean): Promise<Line> {
    for (;;) {
      const found = lines.find(wanted);
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => heard.push(resolve));
    }
  }
  const answerTo = (id: unknown) => line((found) => found.id === id && found.method === undefined);
  const meta = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientCapabilities': { elicitation: {} },
  };

  async function initialize(capabilities = {}): Promise<void> {
    say({
      id: 0,
      method: 'initialize',
      params: { protocolVersion: '2025-11-25', capabilities, clientInfo: { name: 'x' } },
    });
    expect((await answerTo(0)).result).toMatchObject({ protocolVersion: '2025-11-25', instructions: 'Two wait.' });
    say({ method: 'notifications/initialized' });
  }

  it('refuses what is no message, and goes on', async () => {
    input.write('{"a":1,"a":2}\n\n[]\n');
    input.write(`"${'x'.repeat(3_000)}"\n`);
    say({ id: 1, method: 'tools/list' });
    await answerTo(1);
    expect(lines.map(({ error }) => error?.code).sort()).toEqual([-32600, -32600, -32600, -32700]);
    expect(gateway.refusals.sort()).toEqual(['batch', 'duplicate_key', 'session_needed', 'too_large']);
  });

  it('refuses under its id what is read in two ways or is too long, and answers no answer', async () => {
    say({ id: 'both', method: 'ping', result: {} });
    say({ method: 'x', params: { text: 'x'.repeat(5_000) }, id: 'late' });
    input.write('{"jsonrpc":"2.0","id":"twice","method":"x","params":{"a":1,"a":2}}\n');
    say({ id: 9, result: {} });
    const codes = ['both', 'late', 'twice'].map(async (id) => (await answerTo(id)).error?.code);
    expect(await Promise.all(codes)).toEqual([-32600, -32600, -32700]);
    expect(JSON.stringify(await answerTo('late'))).toContain('max_request_bytes');
    say({ id: 1, method: 'tools/list' });
    await answerTo(1);
    expect(lines.map(({ id }) => id)).not.toContain(9);
    expect(gateway.refusals.sort()).toEqual(['duplicate_key', 'invalid_request', 'session_needed', 'too_large']);
  });

  it('refuses methods by the same table', async () => {
    await initialize();
    say({ id: 1, method: 'subscriptions/listen' });
    say({ id: 2, method: 'ping', params: { _meta: meta } });
    say({ id: 3, method: 'initialize', params: {} });
    expect((await answerTo(1)).error?.code).toBe(-32601);
    expect((await answerTo(2)).error?.code).toBe(-32601);
    expect((await answerTo(3)).error?.code).toBe(-32600);
  });

  it('skips a byte order mark, and takes null for no parameters', async () => {
    input.write('\ufeff\r\n');
    input.write(
      `\ufeff${JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params: { protocolVersion: '2025-06-18' } })}\r\n`,
    );
    expect((await answerTo(1)).result).toMatchObject({ protocolVersion: '2025-06-18' });
    say({ id: 2, method: 'tools/list', params: null });
    say({ id: 3, method: 'tools/call', params: { name: 'shop__echo', arguments: null } });
    expect((await answerTo(2)).result).toMatchObject({ tools: expect.anything() });
    expect((await answerTo(3)).result?.['content']).toEqual([{ type: 'text', text: 'alice: {}' }]);
  });

  it('serves a client with a session', async () => {
    await initialize({ elicitation: {} });
    say({ id: 1, method: 'tools/call', params: { name: 'shop__echo', arguments: { a: 1 } } });
    expect((await answerTo(1)).result?.['content']).toEqual([{ type: 'text', text: 'alice: {"a":1}' }]);
    say({ id: 2, method: 'tools/call', params: { name: 'shop__confirm', arguments: {} } });
    const question = await line(({ method }) => method === 'elicitation/create');
    expect(question.params?.message).toBe('Sallyport asks: Cancel order {}?');
    say({ id: question.id, result: { action: 'accept', content: { confirm: true } } });
    expect((await answerTo(2)).result?.['content']).toEqual([{ type: 'text', text: 'cancelled' }]);
    expect(gateway.votes).toMatchObject([{ answer: 'approve' }]);
  });

  it('serves a client without one', async () => {
    say({ id: 1, method: 'server/discover', params: { _meta: meta } });
    expect((await answerTo(1)).result).toMatchObject({ supportedVersions: ['2026-07-28'] });
    const params = { name: 'shop__confirm', arguments: {}, _meta: meta };
    say({ id: 2, method: 'tools/call', params });
    const { result } = await answerTo(2);
    expect(result?.['resultType']).toBe('input_required');
    const inputResponses = { 'sallyport-confirm': { action: 'decline' } };
    say({ id: 3, method: 'tools/call', params: { ...params, requestState: result?.['requestState'], inputResponses } });
    expect((await answerTo(3)).result?.['isError']).toBe(true);
    expect(gateway.votes).toMatchObject([{ answer: 'reject' }]);
  });

  it('stops a call that is cancelled, and whatever runs when the input ends', async () => {
    await initialize();
    say({ id: 1, method: 'tools/call', params: { name: 'shop__slow' } });
    say({ method: 'notifications/cancelled', params: { requestId: '1' } });
    say({ id: 2, method: 'ping' });
    await answerTo(2);
    expect(gateway.aborted).toEqual([]);
    say({ method: 'notifications/cancelled', params: { requestId: 1 } });
    say({ id: 3, method: 'tools/call', params: { name: 'shop__slow' } });
    input.end();
    await endpoint.closed;
    expect(gateway.aborted).toHaveLength(2);
    expect(lines.some(({ id }) => id === 1 || id === 3)).toBe(false);
  });

  it('tells that the tools have changed', async () => {
    await initialize();
    gateway.noTools = true;
    await line(({ method }) => method === 'notifications/tools/list_changed');
  });

  it('drains', async () => {
    await initialize();
    say({ id: 1, method: 'tools/call', params: { name: 'shop__progress' } });
    await until(() => gateway.calls.length > 0);
    await endpoint.drain();
    expect(await answerTo(1)).toMatchObject({ result: { content: [{ type: 'text', text: 'done' }] } });
    say({ id: 2, method: 'tools/list' });
    expect((await answerTo(2)).error?.code).toBe(-32600);
  });
});
