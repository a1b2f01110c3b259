import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { ANN, anyTool, modernHeaders, modernMeta, send, serveScripted } from '@sallyport/testing/harness';

describe('what a server says of itself', () => {
  const served = serveScripted({ tools: [anyTool('read')] });

  /** `initialize` of a session, and `server/discover` of the stateless revision. */
  const told = async (path = '/mcp'): Promise<[unknown, unknown]> => {
    const client = new Client({ name: 'old', version: '1' });
    const requestInit = { headers: { authorization: `Bearer ${ANN.token}` } };
    const transport = new StreamableHTTPClientTransport(new URL(served.sallyport.url + path), { requestInit });
    await client.connect(transport as Parameters<typeof client.connect>[0]);
    const legacy = client.getInstructions();
    await client.close();
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'server/discover', params: { _meta: modernMeta() } });
    const { text } = await send(served.sallyport, { path, headers: modernHeaders(ANN.token, 'server/discover'), body });
    return [legacy, (JSON.parse(text) as { result: { instructions?: string } }).result.instructions];
  };

  it('is told to nobody while nobody approved it', async () => {
    served.upstream.instructions = 'Ask for \u0007one order at a time. ';
    await served.restart();
    expect(await told()).toEqual([undefined, undefined]);
    const { stdout } = await served.cli('definitions');
    expect(stdout).toMatch(/"kind":"instructions","tool":"instructions","state":"unapproved"/);
  });

  it('reaches clients of both kinds once it is approved, without what a reader can not see', async () => {
    const { stdout } = await served.cli('definitions', 'approve', 'up/instructions', '--yes');
    expect(JSON.parse(stdout)).toMatchObject({
      upstream: 'up',
      tool: 'instructions',
      approved: expect.stringMatching(/^sha256:/),
    });
    const alone = 'Ask for one order at a time. ';
    expect(await told('/mcp/up')).toEqual([alone, alone]);
    const under = `up (tools up__*) says of itself:\n> ${alone}`;
    expect(await told()).toEqual([under, under]);
  });
});
