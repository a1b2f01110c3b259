import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, openSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually, root, runCli, statefulProgram } from '@sallyport/testing/harness';
import { parse, stringify } from 'yaml';

const secrets = {
  arg: 'Zk83hTq0LmPw55RvYc',
  variable: 'Qw7eRt9yUi1oPa3sDf',
  path: '7d9f3c10-52ab-4c8e-9b1d-3f60a2c4e811',
};
const read = (file: string): string => readFileSync(file, 'utf8');

/** A server that writes down what it was started with. As `docker` it has the variables that a container would be given. */
const program = `#!${process.execPath}
const [file] = process.argv.slice(2).filter((arg) => arg.endsWith('.json'));
require('node:fs').writeFileSync(file, JSON.stringify({ args: process.argv.slice(2), token: process.env.BOX_TOKEN }));
import(${JSON.stringify(statefulProgram)});
`;

describe('credentials in a client’s file', () => {
  let folder: string;
  let serving: ChildProcess;
  let site: Server;
  const asked: (string | undefined)[] = [];
  const started = (name: string) =>
    eventually(() => {
      try {
        return JSON.parse(read(join(folder, name))) as { args: string[]; token?: string };
      } catch {
        return null;
      }
    }, 30_000);

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sallyport-credentials-'));
    for (const name of ['server.cjs', 'docker']) writeFileSync(join(folder, name), program, { mode: 0o755 });
    site = createServer(({ url }, response) => {
      asked.push(url);
      response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
    const mcpServers = {
      plain: {
        command: process.execPath,
        args: [join(folder, 'server.cjs'), join(folder, 'plain.json'), '--api-key', secrets.arg],
      },
      box: {
        command: join(folder, 'docker'),
        args: ['run', '-e', `BOX_TOKEN=${secrets.variable}`, 'image', join(folder, 'box.json')],
      },
      site: { url: `http://127.0.0.1:${(site.address() as AddressInfo).port}/s/${secrets.path}/mcp` },
    };
    const lost = { command: process.execPath, args: [statefulProgram], env: { LOST_TOKEN: '${input:lost}' } };
    writeFileSync(join(folder, 'mcp.json'), JSON.stringify({ mcpServers: { ...mcpServers, lost } }));
    expect(await runCli(['init', 'mcp.json'], { cwd: folder })).toMatchObject({ code: 0 });
    const config = join(folder, 'sallyport.yaml');
    writeFileSync(config, stringify({ ...parse(read(config)), listen: '127.0.0.1:0' }));
    const bin = join(root, 'apps/cli/bin/sallyport.mjs');
    serving = spawn(process.execPath, [bin, 'serve', '--config', config], {
      stdio: ['ignore', 'ignore', openSync(join(folder, 'log'), 'w')],
    });
  });
  afterAll(async () => {
    const ended = new Promise((resolve) => serving.on('close', resolve));
    serving.kill();
    await ended;
    site.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('reach the server as an argument', async () => {
    expect((await started('plain.json')).args.slice(1)).toEqual(['--api-key', secrets.arg]);
  });

  it('reach the container as a variable, which its command line does not show', async () => {
    const { args, token } = await started('box.json');
    expect([args.slice(0, 3), token]).toEqual([['run', '-e', 'BOX_TOKEN'], secrets.variable]);
  });

  it('reach the server as a part of its address', async () => {
    await eventually(() => asked.includes(`/s/${secrets.path}/mcp`), 30_000);
  });

  it('are asked for in the log where they still have their placeholder', async () => {
    const told = /value of upstreams\.lost .*: LOST_TOKEN\. Write it in sallyport\.env/;
    await eventually(() => told.test(read(join(folder, 'log'))), 30_000);
  });

  it('stand nowhere else but in a file that only its owner reads, the log included', async () => {
    await eventually(() => read(join(folder, 'log')).includes('site: can’t be asked'), 30_000);
    const holding = readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name !== 'plain.json' && entry.name !== 'box.json')
      .filter((entry) =>
        Object.values(secrets).some((secret) => read(join(entry.parentPath, entry.name)).includes(secret)),
      )
      .map(({ name }) => name);
    expect(holding.sort()).toEqual(['mcp.json', 'sallyport.env']);
    expect(statSync(join(folder, 'sallyport.env')).mode & 0o777).toBe(0o600);
  });
});
