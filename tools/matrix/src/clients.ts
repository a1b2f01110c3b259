import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import {
  Client as ClientV2,
  StreamableHTTPClientTransport as HttpV2,
  type VersionNegotiationMode,
} from '@modelcontextprotocol/client';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { CallToolResultSchema, ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { startPython } from './python-client.ts';

/** What came of a call: its text, or why there is none. */
export interface Said {
  readonly text?: string;
  readonly isError?: boolean;
  readonly cancelled?: boolean;
  readonly thrown?: string;
}

/** A real client that is connected. */
export interface ConnectedClient {
  list(): Promise<string[]>;
  /** Calls a tool; after `within` ms the client itself cancels the call. */
  call(name: string, args: object, within?: number): Promise<Said>;
  /** How often its person was asked; the answer is always yes. */
  asked(): number;
  close(): Promise<void>;
}

/** One row of the page. */
export interface ClientKind {
  readonly id: string;
  readonly package: string;
  connect(url: string, token: string): Promise<ConnectedClient>;
}

const yes = { action: 'accept' as const, content: { confirm: true } };
const bearer = (token: string) => ({ requestInit: { headers: { authorization: `Bearer ${token}` } } });
const info = { name: 'matrix', version: '1' };

/** Clients from npm. */
export const npmClients: readonly ClientKind[] = [
  {
    id: 'SDK v1',
    package: '@modelcontextprotocol/sdk',
    connect: (url, token) => withV1(new StreamableHTTPClientTransport(new URL(url), bearer(token))),
  },
  { id: 'SDK v2, legacy', package: '@modelcontextprotocol/client', connect: withV2('legacy') },
  { id: 'SDK v2, auto', package: '@modelcontextprotocol/client', connect: withV2('auto') },
  { id: 'SDK v2, pinned', package: '@modelcontextprotocol/client', connect: withV2({ pin: '2026-07-28' }) },
  { id: 'Inspector CLI', package: '@modelcontextprotocol/inspector', connect: inspector },
  { id: 'mcp-remote', package: 'mcp-remote', connect: mcpRemote },
];

/** Clients from PyPI. */
export const pythonClients: readonly ClientKind[] = [
  { id: 'Python mcp, legacy', package: 'mcp', connect: withPython('mcp', 'legacy') },
  { id: 'Python mcp, auto', package: 'mcp', connect: withPython('mcp', 'auto') },
  { id: 'fastmcp', package: 'fastmcp', connect: withPython('fastmcp', 'auto') },
];

async function withV1(transport: StreamableHTTPClientTransport | StdioClientTransport): Promise<ConnectedClient> {
  let asked = 0;
  const client = new Client(info, { capabilities: { elicitation: {} } });
  client.setRequestHandler(ElicitRequestSchema, () => {
    asked += 1;
    return yes;
  });
  await client.connect(transport as Parameters<Client['connect']>[0]);
  return {
    list: async () => (await client.listTools()).tools.map(({ name }) => name),
    call: (name, args, within) =>
      said(within, (signal) =>
        client.request({ method: 'tools/call', params: { name, arguments: { ...args } } }, CallToolResultSchema, {
          signal,
        }),
      ),
    asked: () => asked,
    close: () => client.close(),
  };
}

function withV2(mode: VersionNegotiationMode): ClientKind['connect'] {
  return async (url, token) => {
    let asked = 0;
    const client = new ClientV2(info, {
      capabilities: { elicitation: { form: {} } },
      versionNegotiation: { mode },
    });
    client.setRequestHandler('elicitation/create', () => {
      asked += 1;
      return yes;
    });
    await client.connect(new HttpV2(new URL(url), bearer(token)));
    return {
      list: async () => (await client.listTools()).tools.map(({ name }) => name),
      call: (name, args, within) =>
        said(within, (signal) => client.callTool({ name, arguments: { ...args } }, { signal })),
      asked: () => asked,
      close: () => client.close(),
    };
  };
}

async function said(within: number | undefined, call: (signal: AbortSignal) => Promise<unknown>): Promise<Said> {
  const signal = AbortSignal.timeout(within ?? 30_000);
  try {
    const { content, isError } = (await call(signal)) as { content: { text: string }[]; isError?: boolean };
    return { text: content[0]?.text ?? '', isError: isError === true };
  } catch (thrown) {
    return signal.aborted ? { cancelled: true } : { thrown: (thrown as Error).message };
  }
}

async function mcpRemote(url: string, token: string): Promise<ConnectedClient> {
  const program = fileURLToPath(import.meta.resolve('mcp-remote/dist/proxy.js'));
  const args = [program, url, '--allow-http', '--header', `Authorization: Bearer ${token}`];
  return withV1(new StdioClientTransport({ command: process.execPath, args, stderr: 'ignore' }));
}

/** The Inspector's command line: each command is a session of its own. */
function inspector(url: string, token: string): Promise<ConnectedClient> {
  const program = fileURLToPath(
    new URL('../../../node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js', import.meta.url),
  );
  const run = (method: string[], within = 30_000): Promise<{ code: unknown; stdout: string; stderr: string }> =>
    new Promise((resolve) => {
      const to = ['--cli', url, '--transport', 'http', '--header', `Authorization: Bearer ${token}`];
      const options = { timeout: within, killSignal: 'SIGINT' as const };
      execFile(process.execPath, [program, ...to, ...method, '--format', 'json'], options, (error, stdout, stderr) =>
        resolve({ code: error?.code ?? error?.signal ?? 0, stdout, stderr }),
      );
    });
  return Promise.resolve({
    async list() {
      const { stdout } = await run(['--method', 'tools/list']);
      return resultIn(stdout).tools.map(({ name }) => name);
    },
    async call(name, args, within) {
      const given = Object.entries(args).flatMap(([key, value]) => ['--tool-arg', `${key}=${value}`]);
      const { code, stdout, stderr } = await run(['--method', 'tools/call', '--tool-name', name, ...given], within);
      if (within !== undefined) return { cancelled: true };
      if (stdout.trim() === '') return { thrown: `${code}: ${stderr.trim()}` };
      const { content, isError } = resultIn(stdout);
      return { text: content[0]?.text ?? '', isError: isError === true };
    },
    asked: () => 0,
    close: () => Promise.resolve(),
  });
}

interface Printed {
  readonly tools: { name: string }[];
  readonly content: { text: string }[];
  readonly isError?: boolean;
}

function resultIn(stdout: string): Printed {
  const printed = JSON.parse(stdout) as Printed & { result?: Printed };
  return printed.result ?? printed;
}

function withPython(library: string, mode: string): ClientKind['connect'] {
  return async (url, token) => {
    const { ask, close } = await startPython('client.py', [library, mode, url, token]);
    let asked = 0;
    return {
      list: async () => ((await ask({ do: 'list' })) as { names?: string[] }).names ?? [],
      async call(name, args, within) {
        const seconds = within === undefined ? {} : { within: within / 1000 };
        const answer: Said & { asked?: number } = await ask({ do: 'call', name, arguments: args, ...seconds });
        asked = answer.asked ?? asked;
        return answer;
      },
      asked: () => asked,
      close,
    };
  };
}
