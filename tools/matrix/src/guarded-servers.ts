import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '@sallyport/testing/harness';
import { hasPython } from './python.ts';
import { makeGround, npmServers, type PublishedServer, pythonServers } from './servers.ts';

/** A call, and a part of what is said then: by the server, in the question, or by the refusal. */
export type Told = readonly [tool: string, args: Readonly<Record<string, unknown>>, text: string];

/** A published server behind its policy in examples/policies, and what comes of that. */
export interface GuardedServer {
  /** The upstream that the policy speaks of, and the policy's file without its ending. */
  readonly id: string;
  readonly program: Program;
  /** What a user would change in the file: a text, and what stands in its place then. */
  readonly edit?: readonly [from: string, to: string];
  /** The tools that ask whatever the arguments are, and those that nobody has; all others are there. */
  readonly asks: readonly string[];
  readonly hidden?: readonly string[];
  /** Absent where an answer needs more than this machine has. */
  readonly answered?: Told;
  readonly asked: Told;
  /** Absent where the policy refuses nothing that it shows. */
  readonly refused?: Told;
}

type Program = Pick<PublishedServer, 'command' | 'env'>;

/** What the servers work on, and how each is started. */
interface Place {
  readonly folder: string;
  /** A proxy that answers for any host of http. */
  readonly proxy: string;
  readonly programs: ReadonlyMap<string, Program>;
}

/** The servers of examples/policies as they are published. `leftOut` says why those from PyPI are missing; null where they are not. */
export async function guardedServers() {
  const python = await hasPython();
  const ground = await makeGround(mkdtempSync(join(tmpdir(), 'sallyport-policies-')));
  const proxy = createServer((_, response) => response.setHeader('content-type', 'text/plain').end('Nine to five.'));
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const published = [...npmServers(ground), ...(python ? await pythonServers(ground) : [])];
  const place: Place = {
    folder: ground.folder,
    proxy: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    programs: new Map<string, Program>(published.map((server) => [server.id, server])),
  };
  return {
    servers: [...npmRows(place), ...(python ? pythonRows(place) : [])],
    leftOut: python ? null : '`python3 -m venv` does not work here: policies for servers from PyPI were not tried',
    close() {
      ground.close();
      proxy.close();
      rmSync(ground.folder, { recursive: true, force: true });
    },
  };
}

function program({ programs }: Place, id: string, ...more: readonly string[]): Program {
  const { command = [], env } = programs.get(id) ?? {};
  return { command: [...command, ...more], ...(env && { env }) };
}

const script = (path: string): string[] => [process.execPath, join(root, 'node_modules', path)];

function npmRows(place: Place): GuardedServer[] {
  const note = join(place.folder, 'note.txt');
  return [
    {
      id: 'filesystem',
      program: program(place, 'filesystem'),
      asks: ['write_file', 'edit_file', 'create_directory', 'move_file'],
      answered: ['read_text_file', { path: note }, 'Milk, bread, apples.'],
      asked: ['write_file', { path: note, content: '' }, `Write "${note}"?`],
    },
    {
      id: 'memory',
      program: program(place, 'memory'),
      asks: ['delete_entities', 'delete_observations', 'delete_relations'],
      answered: ['search_nodes', { query: '*' }, ''],
      asked: ['delete_entities', { entityNames: ['Ann'] }, 'Forget "Ann"?'],
    },
    {
      id: 'playwright',
      program: { command: [...script('@playwright/mcp/cli.js'), '--isolated', '--headless'] },
      asks: [
        ...['browser_click', 'browser_drag', 'browser_drop', 'browser_fill_form', 'browser_handle_dialog'],
        ...['browser_press_key', 'browser_select_option', 'browser_type'],
      ],
      hidden: ['browser_evaluate', 'browser_file_upload', 'browser_run_code_unsafe'],
      asked: ['browser_navigate', { url: 'https://shop.example/' }, 'Open "https://shop.example/"?'],
      refused: ['browser_navigate', { url: 'file:///etc/passwd' }, 'Only addresses that begin with https://'],
    },
    {
      id: 'github',
      program: {
        command: script('@modelcontextprotocol/server-github/dist/index.js'),
        env: { GITHUB_PERSONAL_ACCESS_TOKEN: 'none' },
      },
      asks: [
        ...['add_issue_comment', 'create_branch', 'create_issue', 'create_or_update_file', 'create_pull_request'],
        ...['create_pull_request_review', 'create_repository', 'fork_repository', 'push_files', 'update_issue'],
        'update_pull_request_branch',
      ],
      hidden: ['merge_pull_request'],
      asked: [
        'create_issue',
        { owner: 'acme', repo: 'shop', title: 'Apples are missing' },
        'Open the issue "Apples are missing" in "acme"/"shop"',
      ],
      refused: [
        'create_issue',
        { owner: 'mallory', repo: 'shop', title: 'What was read' },
        'Only repositories of acme can be changed.',
      ],
    },
  ];
}

function pythonRows(place: Place): GuardedServer[] {
  const repository = join(place.folder, 'repository');
  return [
    {
      id: 'git',
      program: program(place, 'git'),
      edit: ['/srv/repositories', place.folder],
      asks: ['git_add', 'git_checkout', 'git_commit', 'git_create_branch', 'git_reset'],
      answered: ['git_log', { repo_path: repository }, 'First'],
      asked: ['git_create_branch', { repo_path: repository, branch_name: 'pears' }, 'the branch "pears" in'],
      refused: ['git_show', { repo_path: repository, revision: '--output=a' }, "it can't begin with a hyphen"],
    },
    {
      id: 'fetch',
      program: program(place, 'fetch', `--proxy-url=${place.proxy}`),
      edit: ['https://en.wikipedia.org/', 'http://shop.example/'],
      asks: [],
      answered: ['fetch', { url: 'http://shop.example/hours' }, 'Nine to five.'],
      asked: ['fetch', { url: 'http://other.example/' }, 'Fetch "http://other.example/"?'],
      refused: ['fetch', { url: `${place.proxy}/` }, 'Addresses of this machine'],
    },
    {
      id: 'sqlite',
      program: program(place, 'sqlite'),
      edit: ['like "INSERT INTO *"', 'like "INSERT INTO notes *"'],
      asks: ['write_query', 'create_table'],
      answered: ['read_query', { query: 'SELECT 1 AS one' }, "{'one': 1}"],
      asked: ['write_query', { query: 'INSERT INTO notes VALUES (1)' }, 'Run "INSERT INTO notes VALUES (1)"?'],
      refused: ['write_query', { query: 'INSERT INTO payments VALUES (1)' }, 'Other statements are not run here.'],
    },
  ];
}
