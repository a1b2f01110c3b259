import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, root, runCli, type RunningSallyport, startSallyport } from '@sallyport/testing/harness';
import { parse, stringify } from 'yaml';

const server = (name: string): string => join(root, `node_modules/@modelcontextprotocol/server-${name}/dist/index.js`);

describe('from a client’s file to published servers that are guarded', () => {
  let folder: string;
  let sallyport: RunningSallyport;
  let token: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sallyport-init-'));
    mkdirSync(join(folder, 'files'));
    writeFileSync(join(folder, 'files', 'a.txt'), 'what stands in a');
    const mcpServers = {
      files: { command: process.execPath, args: [server('filesystem'), join(folder, 'files')] },
      memory: {
        command: process.execPath,
        args: [server('memory')],
        env: { MEMORY_FILE_PATH: join(folder, 'm.jsonl') },
      },
    };
    writeFileSync(join(folder, 'mcp.json'), JSON.stringify({ mcpServers }));
    expect(await cli('init', 'mcp.json')).toMatchObject({ code: 0 });
    const config = join(folder, 'sallyport.yaml');
    writeFileSync(config, stringify({ ...parse(readFileSync(config, 'utf8')), listen: '127.0.0.1:0' }));
    [token] = parse(readFileSync(join(folder, 'users.yaml'), 'utf8')).users.map(
      (user: { token: string }) => user.token,
    );
    sallyport = await startSallyport({ config });
  });
  afterAll(async () => {
    await sallyport.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const cli = (...args: string[]) => runCli(args, { cwd: folder });
  const asked = (...args: string[]) => cli(...args, '--url', sallyport.url, '--config', join(folder, 'sallyport.yaml'));
  async function seen(): Promise<Record<string, string>> {
    const { stdout } = await asked('tools', '--as', 'me', '--json');
    const tools = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, string>);
    return Object.fromEntries(
      tools.map(({ upstream, tool, shown, by, rules }) => [`${upstream}/${tool}`, `${shown} ${by ?? ''} ${rules}`]),
    );
  }

  it('says what hides each tool, before and after somebody approves them', async () => {
    await sallyport.logged('tools, 0 hidden by policy');
    expect(new Set(Object.values(await seen()))).toEqual(new Set(['hidden definition ']));
    await asked('definitions', 'approve', '--all', '--yes');
    expect(await seen()).toMatchObject({
      'files/read_text_file': expect.stringMatching(/^visible  users-read/),
      'files/write_file': 'asks policy destructive-writes-ask',
      'files/create_directory': 'asks policy writes-ask',
      'memory/read_graph': expect.stringMatching(/^visible  users-read/),
    });
    const all = Object.values(await seen());
    expect(all.filter((how) => how.startsWith('hidden'))).toEqual([]);
    await sallyport.logged(`${all.length} tools, 0 hidden by policy, 0 not approved`);
    await asked('switch', 'off', 'tool', 'files/write_file');
    expect(await seen()).toMatchObject({
      'files/write_file': 'refused switch ',
      'memory/read_graph': expect.stringMatching(/^visible/),
    });
    await asked('switch', 'on', 'tool', 'files/write_file');
    expect((await seen())['files/write_file']).toBe('asks policy destructive-writes-ask');
    const stranger = await asked('tools', '--as', 'stranger');
    expect([stranger.code, stranger.stderr]).toEqual([1, expect.stringContaining('no development user stranger')]);
  });

  it('reads at once, and asks before it writes', async () => {
    const me = await connect('v2 modern', sallyport.url, token);
    const path = join(folder, 'files', 'a.txt');
    expect((await me.call('files__read_text_file', { path })).said).toContain('what stands in a');
    expect((await me.call('memory__search_nodes', { query: '*' })).meta?.decision).toBe('allow');
    const write = await me.call('files__write_file', { path, content: 'other' });
    // The client asks its user, who declines here.
    expect(write.said).toContain('You said no, so nothing was done');
    expect(readFileSync(path, 'utf8')).toBe('what stands in a');
    await me.close();
  });
});
