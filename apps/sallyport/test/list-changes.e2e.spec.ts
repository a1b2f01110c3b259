import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { ToolListChangedNotificationSchema } from '@modelcontextprotocol/sdk/types.js';
import {
  ANN,
  anyTool,
  BEN,
  eventually,
  faultsIn,
  makeScratch,
  messagesOf,
  modernHeaders,
  modernMeta,
  runCli,
  type RunningSallyport,
  type Scratch,
  type ScriptedUpstream,
  send,
  startSallyport,
  startScriptedUpstream,
} from '@sallyport/testing/harness';

describe('clients hear that their tools have changed', () => {
  let upstream: ScriptedUpstream;
  let scratch: Scratch;
  let sallyport: RunningSallyport;

  beforeAll(async () => {
    upstream = await startScriptedUpstream([anyTool('first'), anyTool('second')]);
    scratch = makeScratch({ config: { upstreams: { up: { url: upstream.url } } } });
    sallyport = await startSallyport(scratch);
  }, 20_000);
  afterAll(async () => {
    await sallyport.stop();
    expect(faultsIn(scratch.data)).toEqual([]);
    await upstream.close();
    scratch.remove();
  });

  const approve = (tool: string) =>
    runCli(['definitions', 'approve', `up/${tool}`, '--yes', '--url', sallyport.url, '--config', scratch.config], {
      cwd: scratch.directory,
    });

  it('over the stream of a GET', async () => {
    const client = new Client({ name: 'old', version: '1' });
    let heard = 0;
    client.setNotificationHandler(ToolListChangedNotificationSchema, () => void (heard += 1));
    const requestInit = { headers: { authorization: `Bearer ${ANN.token}` } };
    const transport = new StreamableHTTPClientTransport(new URL(`${sallyport.url}/mcp`), { requestInit });
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
    const listening = send(sallyport, { headers: modernHeaders(BEN.token, 'subscriptions/listen'), body });
    await new Promise((resolve) => setTimeout(resolve, 500));
    await approve('second');
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    await sallyport.stop();
    const messages = messagesOf((await listening).text).map((text) => JSON.parse(text) as { method?: string });
    expect(messages.map(({ method }) => method ?? 'result')).toEqual([
      'notifications/subscriptions/acknowledged',
      'notifications/tools/list_changed',
      'result',
    ]);
    expect(JSON.stringify(messages).match(/"io.modelcontextprotocol\/subscriptionId":"sub"/g)).toHaveLength(3);
  });
});
