import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { SSEClientTransport, StreamableHTTPClientTransport, type Transport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { startFixtureServer } from '@sallyport/conformance/fixture-server.mjs';
import { eventually, freePort } from '@sallyport/testing/harness';
import type { Mode } from './feature-client.ts';
import { pythonEnvironment } from './python.ts';
import { endsWithUs } from './running.ts';
import { type Call, module } from './servers.ts';

/** How a server is reached. */
export type Wire = 'stdio' | 'HTTP+SSE' | 'Streamable HTTP' | 'Streamable HTTP, 2026-07-28';

/** What is tried of a server. What is absent it does not have. */
export interface Tries {
  readonly prompt?: Call;
  /** Resources that are read. */
  readonly resources?: readonly string[];
  /** A URI of a template. */
  readonly template?: string;
  readonly completion?: { readonly prompt: string; readonly argument: string; readonly value: string };
  /** A resource to subscribe to, and the call after which it has changed. */
  readonly subscribe?: { readonly uri: string; readonly then: Call };
  readonly logging?: Call;
  readonly sampling?: Call;
  readonly elicitation?: Call;
  readonly roots?: Call;
  /** A call that changes a list. */
  readonly list_changed?: Call;
  /** A call that takes a while: its stream is cut after the first event. */
  readonly resume?: Call;
}

/** A server with more than tools, at one transport. */
export interface FeatureServer {
  readonly id: string;
  readonly package: string;
  readonly wire: Wire;
  readonly tries: Tries;
  /** How a client without anything between speaks with it. */
  readonly mode: Mode;
  /** The upstream, as it is configured. */
  readonly upstream: { readonly command: readonly string[]; readonly share: 'subject' } | { readonly url: string };
  /** Opens a way to it that does not lead through Sallyport; `fetch` sends what goes by HTTP. */
  transport(fetch: typeof globalThis.fetch): Transport;
  close(): Promise<void>;
}

const everything: Tries = {
  prompt: ['args-prompt', { city: 'Cork', state: 'Munster' }],
  resources: ['demo://resource/static/document/features.md', 'demo://resource/static/document/startup.md'],
  template: 'demo://resource/static/document/structure.md',
  completion: { prompt: 'completable-prompt', argument: 'department', value: 'S' },
  subscribe: { uri: 'demo://resource/dynamic/text/1', then: ['toggle-subscriber-updates', {}] },
  logging: ['toggle-simulated-logging', {}],
  sampling: ['trigger-sampling-request', { prompt: 'Who wrote Emma?', maxTokens: 20 }],
  elicitation: ['trigger-elicitation-request', {}],
  roots: ['get-roots-list', {}],
  list_changed: [
    'gzip-file-as-resource',
    { name: 'a.txt.gz', data: 'data:text/plain;base64,YQ==', outputType: 'resourceLink' },
  ],
};

/** What is tried of the server of the conformance suite. */
export const fixture: Tries = {
  prompt: ['test_prompt_with_arguments', { arg1: 'a', arg2: 'b' }],
  resources: ['test://static-text', 'test://static-binary'],
  template: 'test://template/7/data',
  completion: { prompt: 'test_prompt_with_arguments', argument: 'arg1', value: 'te' },
  logging: ['test_tool_with_logging', {}],
  sampling: ['test_sampling', { prompt: 'Who wrote Emma?' }],
  elicitation: ['test_elicitation', { message: 'Who are you?' }],
  roots: ['test_input_required_result_list_roots', {}],
  list_changed: ['test_trigger_tool_change', {}],
};

const library: Tries = {
  prompt: ['summary', { title: 'Emma' }],
  resources: ['library:///hours', 'library:///cover'],
  template: 'library:///books/Emma',
  completion: { prompt: 'summary', argument: 'title', value: 'E' },
  subscribe: { uri: 'library:///hours', then: ['lend', {}] },
  logging: ['log', {}],
  sampling: ['sample', {}],
  elicitation: ['ask', {}],
  roots: ['roots', {}],
};

/** Starts the servers from npm. */
export async function npmFeatureServers(): Promise<FeatureServer[]> {
  const name = '@modelcontextprotocol/server-everything';
  const program = module('server-everything');
  const resume: Call = ['trigger-long-running-operation', { duration: 1, steps: 2 }];
  return [
    overStdio({ id: 'everything', package: name, tries: everything }, program),
    await overHttp(
      { id: 'everything-sse', package: name, tries: everything, wire: 'HTTP+SSE' },
      { command: (port) => [[...program, 'sse'], { PORT: `${port}` }], path: '/sse' },
    ),
    await overHttp(
      { id: 'everything-http', package: name, tries: { ...everything, resume }, wire: 'Streamable HTTP' },
      { command: (port) => [[...program, 'streamableHttp'], { PORT: `${port}` }], path: '/mcp' },
    ),
    await ofSdk('sdk-legacy', 'legacy'),
    await ofSdk('sdk', 'modern'),
  ];
}

/** Starts the servers from PyPI. By stdio theirs tells of no changes, and in 2026-07-28 it can't ask within a call. */
export async function pythonFeatureServers(): Promise<FeatureServer[]> {
  const python = `${await pythonEnvironment('fastmcp')}/python`;
  const program = [python, fileURLToPath(new URL('../python/mcp_server.py', import.meta.url))];
  const { subscribe, sampling, elicitation, roots, ...both } = library;
  return [
    overStdio({ id: 'library', package: 'mcp', tries: { ...both, sampling, elicitation, roots } as Tries }, program),
    await overHttp(
      {
        id: 'library-http',
        package: 'mcp',
        tries: { ...both, subscribe } as Tries,
        wire: 'Streamable HTTP, 2026-07-28',
      },
      { command: (port) => [[...program, `${port}`], {}], path: '/mcp' },
    ),
  ];
}

type Named = Pick<FeatureServer, 'id' | 'package' | 'tries'>;

function overStdio(named: Named, command: readonly string[]): FeatureServer {
  const [program = '', ...args] = command;
  return {
    ...named,
    wire: 'stdio',
    mode: 'legacy',
    upstream: { command, share: 'subject' },
    transport: () => new StdioClientTransport({ command: program, args, stderr: 'ignore' }),
    close: () => Promise.resolve(),
  };
}

interface Program {
  /** Words and variables. */
  command(port: number): [readonly string[], Readonly<Record<string, string>>];
  readonly path: string;
}

async function overHttp(
  named: Named & Pick<FeatureServer, 'wire'>,
  { command, path }: Program,
): Promise<FeatureServer> {
  const port = await freePort();
  const [[program = '', ...args], env] = command(port);
  const child: ChildProcess = spawn(program, args, { env: { ...process.env, ...env }, stdio: 'ignore' });
  endsWithUs(child);
  const url = `http://127.0.0.1:${port}${path}`;
  const listens = () =>
    fetch(url, { method: 'OPTIONS' }).then(
      () => true,
      () => false,
    );
  await eventually(listens, 30_000);
  return {
    ...named,
    ...atUrl(url, named.wire),
    close: () => new Promise((resolve) => child.once('close', () => resolve()).kill()),
  };
}

async function ofSdk(id: string, era: 'legacy' | 'modern'): Promise<FeatureServer> {
  const { url, close } = await startFixtureServer({ eras: [era] });
  const wire = era === 'modern' ? 'Streamable HTTP, 2026-07-28' : 'Streamable HTTP';
  return { id, package: '@modelcontextprotocol/server', tries: fixture, wire, ...atUrl(url, wire), close };
}

function atUrl(url: string, wire: Wire): Pick<FeatureServer, 'mode' | 'upstream' | 'transport'> {
  const address = new URL(url);
  return {
    mode: wire === 'Streamable HTTP, 2026-07-28' ? { pin: '2026-07-28' } : 'legacy',
    upstream: { url },
    transport: (fetch) =>
      wire === 'HTTP+SSE' ? new SSEClientTransport(address) : new StreamableHTTPClientTransport(address, { fetch }),
  };
}
