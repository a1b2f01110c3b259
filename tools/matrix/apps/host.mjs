/* A host of MCP Apps: calls the first tool that has a view, draws that view apart from itself, and passes on what it asks for. */
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { AppBridge, getToolUiResourceUri, PostMessageTransport } from '@modelcontextprotocol/ext-apps/app-bridge';

const { endpoint, token, revision } = Object.fromEntries(new URLSearchParams(location.search));
const info = { name: 'host', version: '1' };
const ui = { 'io.modelcontextprotocol/ui': { mimeTypes: ['text/html;profile=mcp-app'] } };

/** The policy of a view, as MCP Apps has hosts make it of what the resource says of itself. */
function policyOf({ connectDomains = [] } = {}) {
  return `default-src 'none'; script-src 'unsafe-inline'; connect-src ${connectDomains.join(' ') || "'none'"}`;
}

async function show() {
  const client = new Client(info, {
    capabilities: { extensions: ui },
    versionNegotiation: { mode: revision === 'legacy' ? 'legacy' : { pin: revision } },
  });
  const headers = { authorization: `Bearer ${token}` };
  await client.connect(new StreamableHTTPClientTransport(new URL(endpoint), { requestInit: { headers } }));
  const { tools } = await client.listTools();
  const tool = tools.find((one) => getToolUiResourceUri(one) !== undefined);
  const {
    contents: [view],
  } = await client.readResource({ uri: getToolUiResourceUri(tool) });

  const frame = document.body.appendChild(document.createElement('iframe'));
  frame.sandbox = 'allow-scripts';
  const bridge = new AppBridge(client, info, { serverTools: {}, serverResources: {} });
  bridge.addEventListener('initialized', async () => {
    const args = { basket: 'a' };
    await bridge.sendToolInput({ arguments: args });
    await bridge.sendToolResult(await client.callTool({ name: tool.name, arguments: args }));
  });
  await bridge.connect(new PostMessageTransport(frame.contentWindow, frame.contentWindow));
  frame.srcdoc = `<meta http-equiv="Content-Security-Policy" content="${policyOf(view._meta.ui.csp)}">${view.text}`;
  document.getElementById('view').textContent = JSON.stringify(view);
}

show().catch((fault) => (document.getElementById('fault').textContent = String(fault)));
