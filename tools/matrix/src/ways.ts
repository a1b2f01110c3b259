import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { makeScratch, root, type Scratch } from '@sallyport/testing/harness';
import { runSallyport } from './running.ts';
import type { PublishedServer } from './servers.ts';

/** Ways through Sallyport to a server. */
export const ways = ['/mcp', '/mcp/<upstream>', 'stdio'] as const;
export type Way = (typeof ways)[number];

const token = 'dev-ann-token';
const bin = join(root, 'apps/cli/bin/sallyport.mjs');

/** A client that stands before one server, and how a tool of it is called there. */
export interface Connected {
  readonly client: Client;
  readonly prefix: string;
}

/** Connects to a server without anything between. */
export async function connectDirectly({ command, env }: PublishedServer): Promise<Connected> {
  const [program = '', ...args] = command;
  return connected(new StdioClientTransport({ command: program, args, env: { ...env }, stderr: 'ignore' }), '');
}

export interface OpenWay {
  connect(id: string): Promise<Connected>;
  close(): Promise<void>;
}

/** Starts Sallyport over all servers with its defaults, in one way; each way has programs of its own. */
export async function openWay(way: Way, servers: readonly PublishedServer[]): Promise<OpenWay> {
  const upstreams = Object.fromEntries(
    servers.map(({ id, command, env }) => [
      id,
      { command: [...command], ...(env && { env }), definitions: 'trust_on_first_use' as const },
    ]),
  );
  const scratch = makeScratch({ config: { upstreams } });
  return way === 'stdio' ? overStdio(scratch) : overHttp(way, scratch);
}

async function overHttp(way: Way, scratch: Scratch): Promise<OpenWay> {
  const sallyport = await runSallyport(scratch);
  const requestInit = { headers: { authorization: `Bearer ${token}` } };
  return {
    connect(id) {
      const path = way === '/mcp' ? '/mcp' : `/mcp/${id}`;
      const transport = new StreamableHTTPClientTransport(new URL(`${sallyport.url}${path}`), { requestInit });
      return connected(transport, way === '/mcp' ? `${id}__` : '');
    },
    async close() {
      await sallyport.stop();
      scratch.remove();
    },
  };
}

async function overStdio(scratch: Scratch): Promise<OpenWay> {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [bin, 'stdio', '--config', scratch.config],
    env: { PATH: process.env['PATH'] ?? '', HOME: scratch.directory, SALLYPORT_TOKEN: token },
    stderr: 'ignore',
  });
  const { client } = await connected(transport, '');
  return {
    connect: (id) => Promise.resolve({ client, prefix: `${id}__` }),
    async close() {
      await client.close();
      scratch.remove();
    },
  };
}

async function connected(
  transport: StdioClientTransport | StreamableHTTPClientTransport,
  prefix: string,
): Promise<Connected> {
  const client = new Client({ name: 'matrix', version: '1' }, { capabilities: {} });
  await client.connect(transport as Parameters<Client['connect']>[0]);
  return { client, prefix };
}
