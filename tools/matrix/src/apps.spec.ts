import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { ANN, makeScratch, OPEN, serve } from '@sallyport/testing/harness';
import { build } from 'esbuild';
import { openBrowser } from './apps/browser.ts';

const part = (name: string): string => fileURLToPath(new URL(`../apps/${name}`, import.meta.url));
const READS = `@id("views") permit (principal, action == Action::"mcp:resources/read", resource is Mcp::Resource)
when { resource.scheme == "ui" };\n`;

/** A place of the web, which says its name to all that ask. */
async function startPlace(answer: string, type = 'text/plain'): Promise<{ readonly origin: string; close(): void }> {
  const server: Server = createServer((_, response) =>
    response.writeHead(200, { 'content-type': type, 'access-control-allow-origin': '*' }).end(answer),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = (): void => void server.close().closeAllConnections();
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close };
}

/** What the server itself answers. */
async function viewWithoutUs(): Promise<Readonly<Record<string, unknown>>> {
  const client = new Client({ name: 'test', version: '1' }, { capabilities: {} });
  await client.connect(new StdioClientTransport({ command: process.execPath, args: [part('basket-server.mjs')], env }));
  const { contents } = await client.readResource({ uri: 'ui://basket/view.html' });
  await client.close();
  return { ...contents[0] };
}

async function hostPage(): Promise<string> {
  const { outputFiles } = await build({ entryPoints: [part('host.mjs')], bundle: true, format: 'esm', write: false });
  const script = outputFiles[0]?.text.replaceAll('</script', '<\\/script') ?? '';
  return `<!doctype html><pre id="view"></pre><p id="fault"></p><script type="module">${script}</script>`;
}

const places = [await startPlace('open'), await startPlace('closed'), await startPlace(await hostPage(), 'text/html')];
const [allowed, other, host] = places.map(({ origin }) => origin);
const env = { PLACES: JSON.stringify({ allowed, other }) };

const open = await openBrowser();

/** The fixture as an upstream. */
function basket(...offers: ('tools' | 'resources')[]) {
  const command = [process.execPath, part('basket-server.mjs')];
  return { command, env, offers, definitions: 'trust_on_first_use' as const };
}

const served = serve(() =>
  makeScratch({
    config: { upstreams: { basket: basket('tools', 'resources'), plain: basket('tools') } },
    policies: { 'open.cedar': OPEN, 'views.cedar': READS },
  }),
);
afterAll(async () => {
  await open?.close();
  for (const { close } of places) close();
});

async function viewsAt(upstream: string): Promise<unknown[]> {
  const client = new Client({ name: 'test', version: '1' }, { capabilities: {} });
  const requestInit = { headers: { authorization: `Bearer ${ANN.token}` } };
  const url = new URL(`${served.sallyport.url}/mcp/${upstream}`);
  await client.connect(new StreamableHTTPClientTransport(url, { requestInit }));
  const { tools } = await client.listTools();
  await client.close();
  return tools.flatMap(({ _meta }) => _meta?.['ui'] ?? []);
}

it('has a server list its tools with views where these can be read, and the others elsewhere', async () => {
  expect(await viewsAt('basket')).toEqual([{ resourceUri: 'ui://basket/view.html' }]);
  expect(await viewsAt('plain')).toEqual([]);
});

describe('an app of a server, drawn by a browser', () => {
  it('is drawn in CI', () => {
    if (process.env['CI'] === 'true') expect(open).not.toBeNull();
  });

  it.each([
    ['/mcp', '2026-07-28', 'ui://basket/basket/view.html'],
    ['/mcp', 'legacy', 'ui://basket/basket/view.html'],
    ['/mcp/basket', '2026-07-28', 'ui://basket/view.html'],
    ['/mcp/basket', 'legacy', 'ui://basket/view.html'],
  ])('at %s, %s, does what it does without us', async (path, revision, uri) => {
    if (open === null) return;
    const page = await open.browser.newPage();
    const query = new URLSearchParams({ endpoint: served.sallyport.url + path, token: ANN.token, revision });
    await page.goto(`${host}/?${query}`);
    const view = page.frameLocator('iframe');
    const fault = page.locator('#fault');
    const drawn = (id: string) => view.locator(`#${id}`).or(fault).filter({ hasText: /./ }).first().textContent();

    expect(await drawn('asked')).toBe('a');
    const count = Number(await drawn('count'));
    await view.locator('#take').click();
    expect(await drawn('taken')).toBe(`left ${count - 1}`);
    expect([await drawn('allowed'), await drawn('other')]).toEqual(['open', 'refused']);
    expect(JSON.parse((await page.textContent('#view')) ?? '')).toEqual({ ...(await viewWithoutUs()), uri });
    if (path !== '/mcp') {
      await view.locator('#read').click();
      expect(await drawn('help')).toBe('Click to take one.');
    }
    await page.close();
  });
});
