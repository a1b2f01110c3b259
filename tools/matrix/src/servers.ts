import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Environment, pythonEnvironment } from './python.ts';

/** A published server: how it is started, a call that it answers and one that it fails. */
export interface PublishedServer {
  /** Its id as an upstream. */
  readonly id: string;
  readonly package: string;
  readonly command: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly call: Call;
  readonly error: Call;
}

export type Call = readonly [tool: string, args: Readonly<Record<string, unknown>>];

/** What the servers work on. */
export interface Ground {
  /** A folder with a file, a repository and a memory; results are the same wherever it lies. */
  readonly folder: string;
  /** A page that can be fetched. */
  readonly page: string;
  close(): void;
}

const fixedTime = '2026-01-02T03:04:05Z';

/** Makes what the servers work on. */
export async function makeGround(folder: string): Promise<Ground> {
  const repository = join(folder, 'repository');
  mkdirSync(repository);
  writeFileSync(join(folder, 'note.txt'), 'Milk, bread, apples.\n');
  const ann = { type: 'entity', name: 'Ann', entityType: 'person', observations: ['likes apples'] };
  writeFileSync(join(folder, 'memory.jsonl'), `${JSON.stringify(ann)}\n`);
  const env = { ...process.env, GIT_AUTHOR_DATE: fixedTime, GIT_COMMITTER_DATE: fixedTime };
  const git = (...args: string[]) => execFileSync('git', ['-C', repository, ...args], { env, stdio: 'pipe' });
  git('init', '--quiet', '--initial-branch=main');
  git('-c', 'user.name=Ann', '-c', 'user.email=ann@shop.example', 'commit', '--allow-empty', '--quiet', '-m', 'First');
  const pages = createServer((request, response) => {
    const found = request.url === '/page';
    response.writeHead(found ? 200 : 404, { 'content-type': 'text/html' });
    response.end(found ? '<html><body><h1>Opening hours</h1><p>Nine to five.</p></body></html>' : 'not here');
  });
  await new Promise<void>((resolve) => pages.listen(0, '127.0.0.1', resolve));
  return { folder, page: `http://127.0.0.1:${portOf(pages)}/page`, close: () => pages.close() };
}

const portOf = (server: Server): number => (server.address() as AddressInfo).port;

/** The words that start a reference server from npm. */
export const module = (name: string): string[] => [
  process.execPath,
  fileURLToPath(import.meta.resolve(`@modelcontextprotocol/${name}/dist/index.js`)),
];

/** The servers from npm. */
export function npmServers({ folder }: Ground): PublishedServer[] {
  const missing = join(folder, 'missing.txt');
  const thought = { thought: 'Apples first.', totalThoughts: 1, nextThoughtNeeded: false };
  return [
    {
      id: 'everything',
      package: '@modelcontextprotocol/server-everything',
      command: module('server-everything'),
      call: ['get-structured-content', { location: 'Chicago' }],
      error: ['get-resource-reference', { resourceType: 'Text', resourceId: -1 }],
    },
    {
      id: 'filesystem',
      package: '@modelcontextprotocol/server-filesystem',
      command: [...module('server-filesystem'), folder],
      call: ['read_text_file', { path: join(folder, 'note.txt') }],
      error: ['read_text_file', { path: missing }],
    },
    {
      id: 'memory',
      package: '@modelcontextprotocol/server-memory',
      command: module('server-memory'),
      env: { MEMORY_FILE_PATH: join(folder, 'memory.jsonl') },
      call: ['search_nodes', { query: 'Ann' }],
      error: ['add_observations', { observations: [{ entityName: 'Nobody', contents: ['is here'] }] }],
    },
    {
      id: 'thinking',
      package: '@modelcontextprotocol/server-sequential-thinking',
      command: module('server-sequential-thinking'),
      call: ['sequentialthinking', { ...thought, thoughtNumber: 1 }],
      error: ['sequentialthinking', { ...thought, thoughtNumber: 0 }],
    },
  ];
}

/** The servers from PyPI, and one of our own on fastmcp. Installs what they need. */
export async function pythonServers({ folder, page }: Ground): Promise<PublishedServer[]> {
  const program = async (environment: Environment, name: string) => join(await pythonEnvironment(environment), name);
  const repository = join(folder, 'repository');
  return [
    {
      id: 'sqlite',
      package: 'mcp-server-sqlite',
      command: [await program('sqlite', 'mcp-server-sqlite'), '--db-path', join(folder, 'shop.db')],
      call: ['read_query', { query: 'SELECT 1 AS one' }],
      error: ['read_query', { query: 'SELECT * FROM missing' }],
    },
    {
      id: 'fetch',
      package: 'mcp-server-fetch',
      command: [await program('servers', 'mcp-server-fetch'), '--allow-private-ips'],
      // Raw, since for a readable page it first installs packages from npm.
      call: ['fetch', { url: page, raw: true }],
      error: ['fetch', { url: page.replace('/page', '/none'), raw: true }],
    },
    {
      id: 'git',
      package: 'mcp-server-git',
      command: [await program('servers', 'mcp-server-git'), '--repository', repository],
      call: ['git_log', { repo_path: repository, max_count: 1 }],
      error: ['git_show', { repo_path: repository, revision: 'nowhere' }],
    },
    {
      id: 'time',
      package: 'mcp-server-time',
      command: [await program('servers', 'mcp-server-time'), '--local-timezone=UTC'],
      call: ['convert_time', { source_timezone: 'UTC', time: '12:00', target_timezone: 'Asia/Tokyo' }],
      error: ['get_current_time', { timezone: 'Nowhere/None' }],
    },
    {
      id: 'small',
      package: 'fastmcp',
      command: [
        await program('fastmcp', 'python'),
        fileURLToPath(new URL('../python/fastmcp_server.py', import.meta.url)),
      ],
      call: ['add', { a: 2, b: 3 }],
      error: ['withdraw', { amount: 5 }],
    },
  ];
}
