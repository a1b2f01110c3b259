import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { freePort, statefulProgram } from '@sallyport/testing/harness';
import { pack } from './pack.ts';

type Transport = Parameters<Client['connect']>[0];

/** Installs from an empty cache without a network. This Node is new enough, so that the package needs no other. */
const npm = { npm_config_offline: 'true', npm_config_omit: 'optional', npm_config_update_notifier: 'false' };

describe('the package, installed from its tarball by npx in a folder where nothing else is', () => {
  let home: string;
  let folder: string;
  let env: Record<string, string>;
  let started: ChildProcess | undefined;

  const commandLine = (args: readonly string[]) => ['--yes', `./${tarball()}`, ...args];
  const tarball = () => readdirSync(folder).find((name) => name.endsWith('.tgz')) ?? '';
  const sallyport = (...args: readonly string[]) =>
    execFileSync('npx', commandLine(args), { cwd: folder, env, encoding: 'utf8', stdio: 'pipe' });

  beforeAll(async () => {
    home = realpathSync(mkdtempSync(join(tmpdir(), 'sallyport-pack-')));
    folder = join(home, 'mine');
    mkdirSync(folder);
    const PATH = `${dirname(process.execPath)}:${process.env['PATH']}`;
    env = { PATH, HOME: home, npm_config_cache: join(home, 'cache'), ...npm };
    execFileSync('cp', [await pack(join(home, 'made')), folder]);
    const mcpServers = { kept: { command: process.execPath, args: [statefulProgram] } };
    writeFileSync(join(folder, 'client.json'), JSON.stringify({ mcpServers }));
  });
  // npx does not pass signals on, so that its whole group is told.
  afterEach(async () => {
    if (started?.pid === undefined) return;
    process.kill(-started.pid, 'SIGTERM');
    await once(started, 'close');
    started = undefined;
  });
  afterAll(() => rmSync(home, { recursive: true, force: true }));

  it('has the command line and what it needs, and no file of tests or types', () => {
    const files = execFileSync('tar', ['tzf', tarball()], { cwd: folder, encoding: 'utf8' }).trim().split('\n');
    expect(files).toEqual(
      expect.arrayContaining(
        ['LICENSE', 'README.md', 'THIRD-PARTY-LICENSES.txt', 'bin/sallyport.mjs'].map((name) => `package/${name}`),
      ),
    );
    const texts = files.filter((name) => /^package\/(docs|examples)\//.test(name));
    const code = files.filter((name) => /^package\/dist\/.*\.js$/.test(name));
    const bundle = execFileSync('tar', ['xzOf', tarball(), ...code], {
      cwd: folder,
      encoding: 'utf8',
      maxBuffer: 2 ** 27,
    });
    const cited = bundle.match(/docs\/[a-z][\w/-]*\.md/g) ?? [];
    expect(cited).toContain('docs/how-to/write-a-policy.md');
    expect(texts).toEqual(
      expect.arrayContaining([...cited, 'examples/policies/git.cedar'].map((name) => `package/${name}`)),
    );
    expect(files.filter((name) => /\.(ts|spec\.\w+|map)$/.test(name))).toEqual([]);
  });

  it('writes a configuration, serves it, and is reached by the commands that it prints', async () => {
    const { port, token } = await initialized();
    expect(await serving()).toContain(`npx --yes ./${tarball()} tail`);
    sallyport('definitions', 'approve', '--all', '--yes');
    const client = new Client({ name: 'packed', version: '1' });
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const to = (path: string) => new URL(path, `http://127.0.0.1:${port}`);
    await client.connect(new StreamableHTTPClientTransport(to('/mcp'), { requestInit: { headers } }) as Transport);
    expect((await client.listTools()).tools).not.toEqual([]);
    await client.close();
    // What validates these bodies is easily lost in a bundle.
    const body = JSON.stringify({ answer: ['approve'] });
    const garbage = await fetch(to('/admin/v1/approvals/A-1/votes'), { method: 'POST', headers, body });
    expect([garbage.status, await garbage.text()]).toEqual([400, expect.stringContaining('answer')]);
  });

  it('serves a client that starts it as a program', async () => {
    await initialized();
    const { mcpServers } = JSON.parse(sallyport('init', 'client.json', '--force', '--stdio'));
    const { command, args, env: own } = mcpServers.sallyport;
    // npm may empty what npx keeps.
    expect([command, ...args].join(' ')).toMatch(/^npx --yes file:\/.*\.tgz stdio --config \//);
    expect(args.join(' ')).not.toContain('_npx');
    const client = new Client({ name: 'packed', version: '1' });
    const how = { command, args, cwd: home, env: { ...env, ...own } };
    await client.connect(new StdioClientTransport({ ...how, stderr: 'ignore' }) as Transport);
    expect(client.getServerVersion()?.name).toBe('sallyport');
    await client.close();
  });

  /** Runs `init`, and gives its configuration a port that nobody has. */
  async function initialized(): Promise<{ readonly port: number; readonly token: string }> {
    const { mcpServers } = JSON.parse(sallyport('init', 'client.json', '--force'));
    const [, token = ''] = mcpServers.sallyport.headers.Authorization.split(' ');
    const config = join(folder, 'sallyport.yaml');
    const port = await freePort();
    writeFileSync(config, readFileSync(config, 'utf8').replace(/127\.0\.0\.1:\d+/, `127.0.0.1:${port}`));
    return { port, token };
  }

  /** Starts `serve` and waits for its welcome; what it says later is read too, or it could not say it. */
  function serving(): Promise<string> {
    const child = spawn('npx', commandLine(['serve']), {
      cwd: folder,
      env,
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    started = child;
    let text = '';
    return new Promise((resolve, reject) => {
      child.on('close', () => reject(new Error(`serve ended:\n${text}`)));
      child.stderr.on('data', (chunk: Buffer) => {
        text += chunk.toString();
        if (text.includes('Ctrl-C')) resolve(text);
      });
    });
  }
});
