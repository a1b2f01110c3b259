import { PassThrough } from 'node:stream';
import { request } from 'node:http';
import { until } from '@sallyport/testing';
import { createStdioEndpoint } from '../stdio/stdio-endpoint.ts';
import { fakeOptions, FakeGateway, people } from '../testing/fake-gateway.ts';
import { type RunningEndpoint, runEndpoint } from '../testing/running-endpoint.ts';

let run: RunningEndpoint;
beforeEach(async () => {
  run = await runEndpoint();
  run.gateway.tellsOfResources = true;
});
afterEach(() => run.close());

/** Sends a request and gathers what comes until it ends. */
function streamed(method: string, headers: Record<string, string>, body = ''): { text: string; close: () => void } {
  const gathered = { text: '', close: () => void outgoing.destroy() };
  const outgoing = request({ port: run.port, host: '127.0.0.1', method, path: '/mcp', headers }, (response) => {
    response.on('data', (chunk: Buffer) => (gathered.text += chunk.toString()));
    response.on('error', () => undefined);
  });
  outgoing.on('error', () => undefined);
  outgoing.end(body);
  return gathered;
}

const messagesIn = (text: string) =>
  text
    .split('data: ')
    .slice(1)
    .map((one) => JSON.parse(one.split('\n')[0] ?? '') as { method?: string; params?: object; result?: object });

describe('resources/subscribe', () => {
  const uri = 'shop+file:///a';

  it('is refused as a read is, and nobody is subscribed then', async () => {
    const session = await run.open();
    const { json } = await run.legacy('resources/subscribe', { uri: 'shop+file:///denied' }, session);
    expect(json.error).toMatchObject({ code: -32000, message: expect.stringContaining('Not you.') });
    expect(run.gateway.listeners.get('file:///denied')?.signal.aborted).toBe(true);
    expect((await run.legacy('resources/subscribe', {}, session)).json.error?.code).toBe(-32602);
    expect((await run.legacy('resources/unsubscribe', {}, session)).json.error?.code).toBe(-32602);
    expect((await run.legacy('resources/subscribe', { uri: 'nobody+file:///a' }, session)).json.error?.code).toBe(
      -32002,
    );
  });

  it('needs a session that tells clients of a subject apart', async () => {
    run.gateway.tellsOfResources = false;
    const { json } = await run.legacy('resources/subscribe', { uri });
    expect(json.error?.message).toContain('initialize again');
    expect(run.gateway.refusals).toEqual(['session_needed']);
  });

  it('is told on the stream of the session under the client’s own name, until it unsubscribes', async () => {
    const session = await run.open();
    const others = await run.open();
    const accept = { accept: 'text/event-stream' };
    const [own, other] = [streamed('GET', { ...session, ...accept }), streamed('GET', { ...others, ...accept })];
    expect((await run.legacy('resources/subscribe', { uri }, session)).json.result).toBeDefined();
    const listener = run.gateway.listeners.get('file:///a');
    await until(() => {
      listener?.updated();
      return own.text !== '';
    });
    expect(messagesIn(own.text)[0]).toEqual({
      jsonrpc: '2.0',
      method: 'notifications/resources/updated',
      params: { uri },
    });
    expect(other.text).toBe('');
    expect((await run.legacy('resources/unsubscribe', { uri }, session)).json.result).toEqual({});
    expect(listener?.signal.aborted).toBe(true);
    own.close();
    other.close();
  });

  it('ends with its session', async () => {
    const session = await run.open();
    await run.legacy('resources/subscribe', { uri }, session);
    await run.send({ method: 'DELETE', headers: session });
    expect(run.gateway.listeners.get('file:///a')?.signal.aborted).toBe(true);
  });

  it('is declared where some upstream tells of its resources, and nowhere else', async () => {
    const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'x', version: '1' } };
    const declared = async () => (await run.legacy('initialize', params)).json.result?.['capabilities'];
    expect(await declared()).toMatchObject({ resources: { subscribe: true, listChanged: true } });
    run.gateway.tellsOfResources = false;
    expect(await declared()).toMatchObject({ resources: { listChanged: true } });
    expect(JSON.stringify(await declared())).not.toContain('subscribe');
  });

  it('works over standard streams', async () => {
    const gateway = new FakeGateway();
    gateway.tellsOfResources = true;
    const [input, output] = [new PassThrough(), new PassThrough()];
    const { alice } = people;
    if (alice === undefined) throw new Error('nobody there');
    const endpoint = createStdioEndpoint({ ...fakeOptions(gateway), principal: alice, input, output });
    let text = '';
    output.on('data', (chunk: Buffer) => (text += chunk.toString()));
    const say = (message: object): unknown => input.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
    const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'x', version: '1' } };
    say({ id: 1, method: 'initialize', params });
    say({ id: 2, method: 'resources/subscribe', params: { uri } });
    await until(() => text.includes('"id":2'));
    gateway.listeners.get('file:///a')?.updated();
    await until(() => text.includes('notifications/resources/updated'));
    input.end();
    await endpoint.closed;
    expect(gateway.listeners.get('file:///a')?.signal.aborted).toBe(true);
  });
});

describe('subscriptions/listen', () => {
  const listen = (uris: readonly unknown[], more = {}) => {
    const meta = {
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientCapabilities': {},
    };
    const params = { notifications: { resourceSubscriptions: uris, ...more }, _meta: meta };
    const headers = {
      authorization: 'Bearer alice',
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': 'subscriptions/listen',
    };
    return streamed(
      'POST',
      headers,
      JSON.stringify({ jsonrpc: '2.0', id: 'l', method: 'subscriptions/listen', params }),
    );
  };
  const subscriptionId = { 'io.modelcontextprotocol/subscriptionId': 'l' };

  it('is refused where nothing that it names is told of', async () => {
    const stream = listen(['shop+file:///denied']);
    await until(() => stream.text !== '');
    expect(JSON.parse(stream.text)).toMatchObject({ id: 'l', error: { code: -32000 } });
    expect(run.gateway.calls).toMatchObject([{ action: 'resources/subscribe', target: { name: 'file:///denied' } }]);
  });

  it('says which resources it tells of, and why not of the others', async () => {
    const stream = listen(['shop+file:///a', 'shop+file:///a', 'shop+file:///denied', 7]);
    await until(() => stream.text !== '');
    expect(messagesIn(stream.text)[0]?.params).toMatchObject({
      notifications: { resourceSubscriptions: ['shop+file:///a'] },
      _meta: { ...subscriptionId, 'dev.sallyport/untold': [{ uri: 'shop+file:///denied', code: -32000 }] },
    });
    run.gateway.listeners.get('file:///a')?.updated();
    await until(() => messagesIn(stream.text).length === 2);
    const params = { uri: 'shop+file:///a', _meta: subscriptionId };
    expect(messagesIn(stream.text)[1]).toEqual({ jsonrpc: '2.0', method: 'notifications/resources/updated', params });
    stream.close();
    await until(() => run.gateway.listeners.get('file:///a')?.signal.aborted === true);
  });

  it('ends with its reason when nothing is left to tell', async () => {
    const stream = listen(['shop+file:///a']);
    await until(() => stream.text !== '');
    run.gateway.listeners.get('file:///a')?.ended('Not you any more.');
    await until(() => messagesIn(stream.text).length === 2);
    const untold = [{ uri: 'shop+file:///a', message: 'Not you any more.' }];
    expect(messagesIn(stream.text)[1]?.result).toMatchObject({ _meta: { 'dev.sallyport/untold': untold } });
  });

  it('names no resources where no upstream tells of them', async () => {
    run.gateway.tellsOfResources = false;
    const stream = listen(['shop+file:///a'], { toolsListChanged: true });
    await until(() => stream.text !== '');
    expect(messagesIn(stream.text)[0]?.params).toMatchObject({ notifications: { toolsListChanged: true } });
    expect([stream.text.includes('resourceSubscriptions'), run.gateway.calls]).toEqual([false, []]);
    stream.close();
  });
});
