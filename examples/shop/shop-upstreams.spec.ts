import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { parse } from 'yaml';

const shop = dirname(fileURLToPath(import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'shop-upstreams-'));
afterAll(() => rmSync(folder, { recursive: true }));

interface ToolConfig {
  readonly effect: 'read' | 'write' | 'egress';
  readonly arguments?: { readonly properties: Readonly<Record<string, unknown>> };
  readonly resources?: readonly { readonly argument: string; readonly resolver: { readonly tool: string } }[];
}

interface Upstream {
  readonly command: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly tools: Readonly<Record<string, ToolConfig>>;
}

const { upstreams } = parse(readFileSync(join(shop, 'sallyport.yaml'), 'utf8')) as {
  upstreams: Record<string, Upstream>;
};

/** Starts an upstream as the configuration says, but keeps what it writes in a temporary folder. */
async function withUpstream<T>(id: string, work: (client: Client, upstream: Upstream) => Promise<T>): Promise<T> {
  const upstream = upstreams[id];
  if (!upstream) throw new Error(`no upstream ${id}`);
  const [, script = '', ...rest] = upstream.command;
  const args = [join(shop, script), ...rest.map((path) => join(shop, path))];
  const client = new Client({ name: 'shop-spec', version: '1.0.0' });
  const env = { ...upstream.env, SHOP_DB: join(folder, 'shop.db') };
  await client.connect(
    new StdioClientTransport({ command: process.execPath, args, cwd: folder, env, stderr: 'ignore' }),
  );
  try {
    return await work(client, upstream);
  } finally {
    await client.close();
  }
}

describe.each(Object.keys(upstreams))('upstream %s of sallyport.yaml', (id) => {
  test('has exactly the tools that are configured, read where the server says so', async () => {
    await withUpstream(id, async (client, { tools: configured }) => {
      const { tools } = await client.listTools();
      expect(tools.map(({ name }) => name).sort()).toEqual(Object.keys(configured).sort());
      const reading = tools.filter(({ annotations }) => annotations?.readOnlyHint).map(({ name }) => name);
      const read = tools.map(({ name }) => name).filter((name) => configured[name]?.effect === 'read');
      expect(reading).toEqual(read);
    });
  });

  test('overlays, resources and resolvers name arguments and tools that exist', async () => {
    await withUpstream(id, async (client, { tools: configured }) => {
      const { tools } = await client.listTools();
      for (const { name, inputSchema } of tools) {
        const { arguments: overlay, resources = [] } = configured[name] ?? {};
        const named = [...Object.keys(overlay?.properties ?? {}), ...resources.map(({ argument }) => argument)];
        expect(Object.keys(inputSchema.properties ?? {})).toEqual(expect.arrayContaining(named));
        expect(Object.keys(configured)).toEqual(expect.arrayContaining(resources.map(({ resolver }) => resolver.tool)));
      }
    });
  });
});

test('the filesystem server refuses what is outside and serves the shop’s files', async () => {
  await withUpstream('files', async (client) => {
    const read = (path: string) => client.callTool({ name: 'read_text_file', arguments: { path } });
    expect(await read('/etc/passwd')).toMatchObject({ isError: true });
    expect(await read('../users.yaml')).toMatchObject({ isError: true });
    const hours = await read(join(shop, 'files', 'opening-hours.txt'));
    expect(hours.structuredContent).toMatchObject({ content: expect.stringContaining('Monday to Friday') });
  });
});

test('the memory server keeps its file in the working directory, not in its package', async () => {
  await withUpstream('memory', async (client) => {
    const entities = [{ name: 'alice', entityType: 'customer', observations: ['prefers mail'] }];
    await client.callTool({ name: 'create_entities', arguments: { entities } });
    expect(readFileSync(join(folder, 'data', 'memory.jsonl'), 'utf8')).toContain('prefers mail');
  });
});
