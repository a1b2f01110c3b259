import { spawn } from 'node:child_process';
import { join } from 'node:path';
import {
  ANN,
  anyTool,
  callTool,
  eventually,
  makeScratch,
  OPEN,
  root,
  runCli,
  type Scratch,
  type ScriptedUpstream,
  startScriptedUpstream,
  trusted,
} from '@sallyport/testing/harness';

const POLICY = `${OPEN}
@id("ask") @confirm("other") @ask("Run?") forbid (principal, action == Action::"up/run", resource);`;

describe('serve --listen', () => {
  let upstream: ScriptedUpstream;
  let scratch: Scratch;
  const config = () => ({
    listen: '127.0.0.1:1',
    ...trusted(upstream.url),
  });

  beforeAll(async () => {
    upstream = await startScriptedUpstream([anyTool('run')]);
    scratch = makeScratch({
      policies: { 'all.cedar': POLICY },
      config: config(),
    });
  });
  afterAll(async () => {
    await upstream.close();
    scratch.remove();
  });

  it('is judged as a configured address is: development users stay on this machine', async () => {
    const { code, stderr } = await runCli(['serve', '--config', scratch.config, '--listen', '0.0.0.0:0'], { cwd: '/' });
    expect([code, stderr]).toEqual([2, expect.stringContaining('because listen is 0.0.0.0:0')]);
  });

  it.each(['127.0.0.1:99999', '127.0.0.1:http', '8787'])(
    'takes no %s, in plain words and with the exit code of wrong usage',
    async (listen) => {
      const { code, stderr } = await runCli(['serve', '--config', scratch.config, '--listen', listen], { cwd: '/' });
      expect([code, stderr]).toEqual([2, expect.stringContaining('Give another with --listen')]);
      expect(stderr).not.toMatch(/report it|\n +at /);
    },
  );

  it('serves there, also after a reload, and names the address in every command', async () => {
    const bin = join(root, 'apps/cli/bin/sallyport.mjs');
    const args = [bin, 'serve', '--config', scratch.config, '--listen', '127.0.0.1:0'];
    const env = { PATH: process.env['PATH'] ?? '' };
    const child = spawn(process.execPath, args, { cwd: '/', env, stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    const welcomed = new Promise<void>((resolve) =>
      child.stderr.on('data', (chunk: Buffer) => {
        said += chunk.toString();
        if (said.includes('Ctrl-C ends')) resolve();
      }),
    );
    await welcomed;
    const [, url = ''] = /at (http:\S+)\/mcp,/.exec(said) ?? [];
    expect(said).toMatch(new RegExp(`tail --config \\S+ --url ${url}\\n`));
    const on = ['--config', scratch.config, '--url', url];
    const { meta, said: held } = await callTool({ port: Number(new URL(url).port) }, ANN.token, ['up__run', {}]);
    expect(held).toContain(`approve ${meta?.approval} --url ${url} --token <token>`);
    const ids = async (...more: string[]) => (await runCli(['search', ...on, ...more], { cwd: '/' })).stdout;
    expect(await ids('--user', 'ann', '--tool', 'up/run', '--reason', 'approval_required')).toContain(meta?.id);
    expect(await ids('--user', 'ben')).toBe('');
    expect((await runCli(['explain', `approval/${meta?.approval}`, ...on], { cwd: '/' })).stdout).toContain(meta?.id);
    scratch.configure({ ...config(), approvals: { refuse_again_for: '2min' } });
    await eventually(() => (said.includes('configuration reloaded') ? true : undefined));
    expect(said).not.toContain('need a restart');
    expect(await ids('--user', 'ann')).toContain(meta?.id);
    child.kill('SIGTERM');
    await new Promise((resolve) => child.once('close', resolve));
  });
});
