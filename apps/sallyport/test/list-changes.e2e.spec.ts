import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { ToolListChangedNotificationSchema } from '@modelcontextprotocol/sdk/types.js';
import {
  ANN,
  anyTool,
  BEN,
  eventually,
  faultsIn,
  head,
  messagesOf,
  modernHeaders,
  modernMeta,
  openSocket,
  serveScripted,
} from '@sallyport/testing/harness';

describe('clients hear that their tools have changed', () => {
  const served = serveScripted({
    tools: [anyTool('first'), anyTool('second')],
    config: (url) => ({ upstreams: { up: { url } } }),
  });

  const approve = (tool: string) => served.cli('definitions', 'approve', `up/${tool}`, '--yes');

  it('over the stream of a GET', async () => {
    const client = new Client({ name: 'old', version: '1' });
    let heard = 0;
    client.setNotificationHandler(ToolListChangedNotificationSchema, () => void (heard += 1));
    const requestInit = { headers: { authorization: `Bearer ${ANN.token}` } };
    const transport = new StreamableHTTPClientTransport(new URL(`${served.sallyport.url}/mcp`), { requestInit });
    await client.connect(transport as Parameters<typeof client.connect>[0]);
    expect(client.getServerCapabilities()).toMatchObject({ tools: { listChanged: true } });
    expect((await client.listTools()).tools).toEqual([]);
    await new Promise((resolve) => setTimeout(resolve, 500));
    await approve('first');
    await eventually(() => heard > 0);
    expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(['up__first']);
    await client.close();
  });

  it('over subscriptions/listen, which ends when Sallyport stops', async () => {
    const params = { notifications: { toolsListChanged: true }, _meta: modernMeta() };
    const body = JSON.stringify({ jsonrpc: '2.0', id: 'sub', method: 'subscriptions/listen', params });
    const headers = Object.entries(modernHeaders(BEN.token, 'subscriptions/listen'));
    const lines = [['host', 'localhost'], ['content-length', body.length], ...headers].map((pair) => pair.join(': '));
    const listening = openSocket(served.sallyport, head('POST /mcp HTTP/1.1', ...lines) + body);
    await listening.received('acknowledged');
    await approve('second');
    await listening.received('list_changed');
    await served.sallyport.stop();
    const messages = messagesOf(await listening.closed).map((text) => JSON.parse(text) as { method?: string });
    expect(messages.map(({ method }) => method ?? 'result')).toEqual([
      'notifications/subscriptions/acknowledged',
      'notifications/tools/list_changed',
      'result',
    ]);
    expect(JSON.stringify(messages).match(/"io.modelcontextprotocol\/subscriptionId":"sub"/g)).toHaveLength(3);
  });

  it('leaves a sound record', () => expect(faultsIn(served.scratch.data)).toEqual([]));
});
