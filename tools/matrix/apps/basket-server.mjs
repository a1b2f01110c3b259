import { fileURLToPath } from 'node:url';
import {
  getUiCapability,
  registerAppResource,
  registerAppTool,
  RESOURCE_MIME_TYPE,
} from '@modelcontextprotocol/ext-apps/server';
import { McpServer } from '@modelcontextprotocol/server';
import { StdioServerTransport } from '@modelcontextprotocol/server/stdio';
import { build } from 'esbuild';
import { z } from 'zod';

/** A server with an app, as MCP Apps has them written: its tool has a view for hosts that draw views, and for others none. */
const uri = 'ui://basket/view.html';
const places = JSON.parse(process.env.PLACES ?? '{}');
const bundled = await build({
  entryPoints: [fileURLToPath(new URL('view.mjs', import.meta.url))],
  bundle: true,
  format: 'esm',
  minify: true,
  write: false,
});
const script = bundled.outputFiles[0].text.replaceAll('</script', '<\\/script');
const html = `<!doctype html><title>Basket</title>
<p>Basket <b id="asked"></b>: <b id="count"></b></p>
<button id="take">Take one</button> <b id="taken"></b> <button id="read">Help</button> <b id="help"></b>
${Object.keys(places).map((id) => `<b id="${id}"></b>`)}
<script>globalThis.places = ${JSON.stringify(places)};</script><script type="module">${script}</script>`;

let count = 7;
const counted = () => ({ content: [{ type: 'text', text: `${count} left` }], structuredContent: { count } });
const inputSchema = z.object({ basket: z.string() });
const outputSchema = z.object({ count: z.number() });

const server = new McpServer({ name: 'basket', version: '1' });
server.registerTool('take', { description: 'Takes one.', inputSchema, outputSchema }, () => ((count -= 1), counted()));
server.registerResource('help', 'ui://basket/help.txt', { mimeType: 'text/plain' }, ({ href }) => ({
  contents: [{ uri: href, mimeType: 'text/plain', text: 'Click to take one.' }],
}));
const ui = { csp: { connectDomains: [places.allowed], resourceDomains: [] }, prefersBorder: true };
registerAppResource(server, 'view', uri, { _meta: { ui } }, () => ({
  contents: [{ uri, mimeType: RESOURCE_MIME_TYPE, text: html, _meta: { ui } }],
}));
server.server.oninitialized = () => {
  const show = { description: 'Shows a basket.', inputSchema, outputSchema, annotations: { readOnlyHint: true } };
  if (getUiCapability(server.server.getClientCapabilities())?.mimeTypes?.includes(RESOURCE_MIME_TYPE))
    registerAppTool(server, 'show', { ...show, _meta: { ui: { resourceUri: uri } } }, counted);
  else server.registerTool('show', show, counted);
};
await server.connect(new StdioServerTransport());
