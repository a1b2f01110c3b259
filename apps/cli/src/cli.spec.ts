import { mkdir, mkdtemp, readdir, readFile, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { asked, callId, decidedEvent, type FakeAdmin, startFakeAdmin, TOKEN } from '../test/fake-admin.ts';
import { run, type Running, start } from '../test/run-bin.ts';

let admin: FakeAdmin;
let folder: string;
const children: Running[] = [];
const at = (...args: string[]) => [...args, '--url', admin.url, '--token', TOKEN];
const lines = (text: string): unknown[] =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);

beforeAll(async () => {
  admin = await startFakeAdmin();
  folder = await mkdtemp(join(tmpdir(), 'sallyport-cli-'));
});
afterEach(() => void children.splice(0).forEach(({ child }) => child.kill('SIGKILL')));
afterAll(async () => {
  await admin.close();
  await rm(folder, { recursive: true });
});

function follow(...args: string[]): Running {
  const running = start(at('tail', ...args));
  children.push(running);
  return running;
}

describe('usage', () => {
  it('suggests the command that was meant, with exit code 2', async () => {
    const { code, stderr, stdout } = await run(['tial']);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('Did you mean tail?');
  });

  it.each([
    [['switch', 'off', 'sallyport', 'x']],
    [['tenants', 'onboard', 'a', '--issuer', 'https://x']],
    [['definitions', 'approve', '--yes']],
    [['definitions', 'approve', 'orders', '--all']],
    [['explain']],
    [['tail', '--denied']],
    [['tail', '--url', 'nowhere']],
  ])('ends %j with 2', async (args) => expect((await run(args)).code).toBe(2));

  it('tells its exit codes', async () => {
    const { code, stdout } = await run(['--help']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/Exit codes:[\s\S]*3 {2}Sallyport can't be reached/);
  });
});

describe('an instance that can’t be asked', () => {
  it('ends with 3 where nobody answers', async () => {
    const { code, stderr } = await run(['approvals', '--url', 'http://127.0.0.1:9', '--token', 'x']);
    expect(code).toBe(3);
    expect(stderr).toContain("127.0.0.1:9 can't be reached");
  });

  it('ends with 3 where nothing was started, and with 1 where the token is wrong', async () => {
    const none = await run(['approvals'], { cwd: folder });
    expect([none.code, none.stderr]).toEqual([3, expect.stringContaining('admin.token')]);
    const wrong = await run(['approvals', '--url', admin.url, '--token', 'wrong']);
    expect([wrong.code, wrong.stderr]).toEqual([1, expect.stringContaining('The token is not valid.')]);
    expect(wrong.stderr).toContain('--token or SALLYPORT_TOKEN');
  });

  it('says that another instance may be listening where this machine’s own token is not known', async () => {
    const here = join(folder, 'other');
    await mkdir(join(here, 'data'), { recursive: true });
    await writeFile(join(here, 'sallyport.yaml'), `listen: 127.0.0.1:${admin.port}\n`);
    await writeFile(join(here, 'data', 'admin.token'), 'of another instance\n');
    const { code, stderr } = await run(['approvals'], { cwd: here });
    expect([code, stderr]).toEqual([1, expect.stringMatching(`another instance .* 127.0.0.1:${admin.port}.*--config`)]);
  });

  it('sends this machine’s token to no other machine', async () => {
    const { code, stderr } = await run(['approvals', '--url', 'http://192.0.2.1:8787'], { cwd: folder });
    expect([code, stderr]).toEqual([2, expect.stringContaining('A token is needed')]);
  });

  it('finds address and token by the configuration, or by the environment', async () => {
    const here = join(folder, 'here');
    await mkdir(join(here, 'state'), { recursive: true });
    await writeFile(join(here, 'sallyport.yaml'), `listen: 127.0.0.1:${admin.port}\ndata: ./state\nmistake: true\n`);
    const env = { SALLYPORT_TOKEN: TOKEN };
    expect((await run(['approvals'], { cwd: here, env })).code).toBe(0);
    await writeFile(join(here, 'state', 'admin.token'), `${TOKEN}\n`);
    expect((await run(['approvals'], { cwd: here })).code).toBe(0);
    expect((await run(['approvals', '-c', join(here, 'sallyport.yaml')], { cwd: folder })).code).toBe(0);
  });
});

describe('commands that are printed', () => {
  const printed = (text: string) => /sallyport\.mjs (.*?)`?$/m.exec(text)?.[1]?.split(' ') ?? [];
  const elsewhere = (args: readonly string[]) => run([...args, '-c', 'shop/guard.yaml'], { cwd: folder });
  beforeAll(async () => {
    await mkdir(join(folder, 'shop/data'), { recursive: true });
    await writeFile(join(folder, 'shop/guard.yaml'), `listen: ${new URL(admin.url).host}\ndata: ./data\n`);
    await writeFile(join(folder, 'shop/data/admin.token'), TOKEN);
  });

  it.each([
    [['definitions', 'show', 'orders/none'], 'definitions'],
    [['definitions', 'approve', 'none'], 'definitions'],
    [['definitions', 'approve', 'orders', '--yes'], 'definitions approve orders/refund_order'],
    [['check'], 'definitions approve'],
    [['switch', 'off', 'tool', 'orders/cancel_ordr'], 'definitions'],
  ])('by %j name the instance that was asked', async (args, command) => {
    expect(printed((await elsewhere(args)).stderr).join(' ')).toBe(`${command} --config shop/guard.yaml`);
    const { stderr } = await run(at(...args));
    expect(printed(stderr).join(' ')).toBe(`${command} --url ${admin.url} --token <token>`);
  });

  it('can be run where they were printed', async () => {
    const [list, ...options] = printed((await elsewhere(['definitions', 'show', 'orders/none'])).stderr);
    expect((await run([list ?? '', ...options], { cwd: folder })).code).toBe(0);
    await writeFile(join(folder, 'none.yaml'), 'listen: 127.0.0.1:9\n');
    const { stderr } = await run(['approvals', '-c', 'none.yaml'], { cwd: folder });
    expect(stderr).toMatch(/sallyport\.mjs serve --config none\.yaml`/);
  });
});

describe('approvals and definitions', () => {
  it('ends a refused vote with 1 and says why', async () => {
    const { code, stderr, stdout } = await run(at('approve', 'A-17', '--yes'));
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toBe('Only finance may answer.\nReference r1\n');
  });

  it.each([
    [['approve', 'A-17']],
    [['reject', 'A-18', '--json']],
    [['definitions', 'approve', 'orders/refund_order']],
    [['definitions', 'approve', 'orders']],
    [['definitions', 'approve']],
  ])('takes no silence for a yes: %j without a terminal', async (args) => {
    const before = admin.asked.filter(({ method }) => method === 'POST').length;
    const { code, stderr } = await run(at(...args));
    expect([code, stderr]).toEqual([2, expect.stringContaining('give --yes')]);
    expect(admin.asked.filter(({ method }) => method === 'POST')).toHaveLength(before);
  });

  it('says before it asks that the operator’s token approves nothing, and where a token is', async () => {
    const here = join(folder, 'operator');
    await mkdir(join(here, 'data'), { recursive: true });
    await writeFile(join(here, 'sallyport.yaml'), `listen: 127.0.0.1:${admin.port}\n`);
    await writeFile(join(here, 'data', 'admin.token'), TOKEN);
    const before = admin.asked.filter(({ method }) => method === 'POST').length;
    for (const more of [[], ['--yes']]) {
      const { code, stderr } = await run(['approve', 'A-18', ...more], { cwd: here });
      expect([code, stderr]).toEqual([1, expect.stringMatching(/approve A-18 --token <token>\n.*users\.yaml/)]);
    }
    expect(admin.asked.filter(({ method }) => method === 'POST')).toHaveLength(before);
    expect((await run(['reject', 'A-18', '--yes'], { cwd: here })).code).toBe(0);
  });

  it('votes through the CLI, and prints JSON when piped', async () => {
    const { code, stdout } = await run(at('reject', 'A-18', '--yes'));
    expect([code, lines(stdout)]).toEqual([0, [{ approval: 'A-18', answer: 'reject', status: 'approved' }]]);
    expect(admin.asked.at(-1)).toMatchObject({ body: { answer: 'reject', channel: 'cli' } });
    expect(lines((await run(at('approvals'))).stdout)).toEqual([expect.objectContaining({ id: 'A-17' })]);
  });

  it('approves the copy that it was shown, and all that can be', async () => {
    expect((await run(at('definitions', 'approve', 'orders/none', '--yes'))).code).toBe(1);
    expect((await run(at('definitions', 'approve', 'orders/broken', '--yes'))).code).toBe(1);
    expect((await run(at('definitions', 'approve', 'orders/get_order'))).code).toBe(0);
    expect(admin.asked.filter(({ url }) => url.endsWith('/get_order/approve'))).toEqual([]);
    const all = await run(at('definitions', 'approve', '--all', '--yes'));
    expect([all.code, lines(all.stdout)]).toEqual([
      1,
      [
        expect.objectContaining({ tool: 'refund_order', approved: null, why: expect.stringContaining('invisible') }),
        expect.objectContaining({ tool: 'broken', approved: null, why: expect.stringContaining('bad schema') }),
      ],
    ]);
    expect((await run(at('definitions', 'approve', 'orders/refund_order', '--yes'))).code).toBe(0);
    expect(admin.asked.at(-1)).toMatchObject({ body: { digest: `sha256:${'b'.repeat(43)}` } });
  });

  it('ends check with 1 when something does not fire', async () => {
    const { code, stdout } = await run(at('check'));
    expect([code, lines(stdout)[1]]).toEqual([1, expect.objectContaining({ about: 'limits/refunds', fires: false })]);
  });

  it('explains a call, whatever the case of its reference; an unknown one ends with 1', async () => {
    const { code, stdout } = await run(at('explain', callId.toLowerCase()));
    expect([code, lines(stdout)]).toEqual([0, [expect.objectContaining({ callId })]]);
    expect((await run(at('explain', '01JNONE'))).code).toBe(1);
  });

  it.each([`call/${callId}`, 'A-17', 'approval/A-17', 'a-17'])('explains %s', async (reference) => {
    expect(lines((await run(at('explain', reference))).stdout)).toEqual([expect.objectContaining({ callId })]);
  });
});

describe('tenants and switches', () => {
  it('ends with 1 for a tenant that is not there, and says so', async () => {
    const { code, stderr } = await run(at('tenants', 'suspend', 'none'));
    expect([code, stderr]).toEqual([1, 'There is no onboarded tenant none.\n']);
  });

  it('onboards with issuers by option and by file, and lists', async () => {
    const file = join(folder, 'issuers.yaml');
    await writeFile(file, '- { issuer: https://two.example, audience: b, roles: { claim: groups } }\n');
    const issuer = ['--issuer', 'https://one.example', '--audience', 'a', '--issuers', file];
    const { code, stdout } = await run(
      at('tenants', 'onboard', 'acme', ...issuer, '--calls', '600/min', '--concurrent', '4'),
    );
    expect([code, lines(stdout)]).toEqual([0, [expect.objectContaining({ id: 'acme' })]]);
    expect(admin.asked.at(-1)?.body).toEqual({
      id: 'acme',
      issuers: [
        { issuer: 'https://one.example', audience: 'a' },
        { issuer: 'https://two.example', audience: 'b', roles: { claim: 'groups' } },
      ],
      quotas: { calls: '600/min', concurrent: 4 },
    });
  });

  it('lists, and takes no quota or file that is none', async () => {
    expect(lines((await run(at('tenants'))).stdout)).toEqual([expect.objectContaining({ id: 'acme' })]);
    for (const bad of [
      ['--concurrent', 'many'],
      ['--issuers', join(folder, 'none.yaml')],
    ])
      expect((await run(at('tenants', 'onboard', 'acme', ...bad))).code).toBe(2);
  });

  it('suspends with a reason', async () => {
    const { stdout } = await run(at('tenants', 'suspend', 'acme', '--reason', 'unpaid'));
    expect([lines(stdout), admin.asked.at(-1)]).toEqual([
      [expect.objectContaining({ state: 'suspended' })],
      expect.objectContaining({ method: 'PATCH', body: { state: 'suspended', reason: 'unpaid' } }),
    ]);
  });

  it('switches off and on, and warns of a tool that nobody offers', async () => {
    const { code, stdout, stderr } = await run(at('switch', 'off', 'tool', 'orders/cancel_ordr', '--of', 'acme'));
    expect([code, lines(stdout)]).toEqual([0, [expect.objectContaining({ off: true, changed: true })]]);
    expect(stderr).toContain('No upstream offers orders/cancel_ordr');
    expect(admin.asked.at(-1)).toMatchObject({ method: 'PUT', url: expect.stringContaining('?of=acme') });
    expect((await run(at('switch', 'on', 'agent', 'https://a.example'))).code).toBe(0);
    expect(lines((await run(at('switch'))).stdout)).toEqual([expect.objectContaining({ reason: 'incident_7' })]);
  });
});

describe('tail', () => {
  it('prints a decision a line, comes back after a cut where it was, and ends cleanly on Ctrl-C', async () => {
    const tail = follow('--deny', '--tenant', 'shop');
    await until(() => admin.asked.some(({ url }) => url.includes('stream')));
    expect(admin.asked.at(-1)?.url).toBe('/admin/v1/events/stream?tenant=shop&deny=true');
    admin.send(decidedEvent('deny', 7), 'shop:7');
    await tail.until('e7');
    admin.cut();
    await tail.until('waiting for it to come back');
    await tail.until('Connected again.');
    expect(admin.asked.at(-1)?.lastEventId).toBe('shop:7');
    admin.send({ ...decidedEvent('deny', 8), type: 'dev.sallyport.admin.acted.v1' }, 'shop:8');
    admin.send(decidedEvent('deny', 9), 'shop:9');
    await tail.until('e9');
    tail.child.kill('SIGINT');
    const { code, stdout } = await tail.ended;
    expect([code, lines(stdout).map((event) => (event as { id: string }).id)]).toEqual([0, ['e7', 'e9']]);
  });

  it('shows what was asked for alone, questions among it', async () => {
    const tail = follow('--tool', 'cancel_order', '--since', '1h');
    await until(() => admin.asked.at(-1)?.url === '/admin/v1/events/stream?after=0');
    admin.send({ ...decidedEvent('deny', 11), time: new Date().toISOString() }, 'shop:11');
    admin.send(asked(), 'shop:12');
    admin.send({ ...asked(new Date().toISOString()), id: 'e13' }, 'shop:13');
    await tail.until('e13');
    tail.child.kill('SIGINT');
    const { stdout } = await tail.ended;
    expect(lines(stdout).map((event) => (event as { id: string }).id)).toEqual(['e13']);
  });

  it('ends with 1 when it is refused', async () => {
    expect((await run(['tail', '--url', admin.url, '--token', 'wrong'])).code).toBe(1);
  });
});

describe('search', () => {
  const found = async (...args: string[]) => {
    const { code, stdout, stderr } = await run(at('search', ...args));
    return [code, stdout === '' ? stderr.trim() : lines(stdout).map((event) => (event as { id: string }).id)];
  };

  it.each<[string[], string[]]>([
    [[], ['e1', 'e2', 'e3']],
    [
      ['--tool', 'orders/get_order'],
      ['e1', 'e2'],
    ],
    [['--tool', 'orders__cancel_order'], ['e3']],
    [
      ['--tool', 'orders'],
      ['e1', 'e2', 'e3'],
    ],
    [['--reason', 'not_owner'], ['e2']],
    [
      ['--user', 'alice'],
      ['e1', 'e2'],
    ],
    [['--user', 'sub_4b'], ['e3']],
    [['--since', '2026-11-23T10:00:00Z'], ['e3']],
    [
      ['--until', '2026-11-23T10:00:00Z'],
      ['e1', 'e2'],
    ],
  ])('finds by %j', async (args, ids) => expect(await found(...args)).toEqual([0, ids]));

  it('says where nothing is like that, and what a time looks like', async () => {
    expect(await found('--user', 'bob')).toEqual([0, 'Nothing on record is like that.']);
    expect(await found('--since', 'tuesday')).toEqual([2, expect.stringContaining('Write 10min')]);
  });
});

describe('init', () => {
  const address = /^http:\/\/127\.0\.0\.1:\d+\/mcp$/;
  const servers = { mcpServers: { github: { command: 'npx', args: ['gh'], env: { GITHUB_TOKEN: 'S3CR3T' } } } };

  it('writes a configuration once, keeps secrets apart, and prints the client’s entry', async () => {
    const here = await mkdtemp(join(folder, 'init-'));
    await writeFile(join(here, 'mcp.json'), JSON.stringify(servers));
    const first = await run(['init', 'mcp.json'], { cwd: here });
    expect(first.code).toBe(0);
    expect(lines(first.stdout)).toEqual([
      { mcpServers: { sallyport: { url: expect.stringMatching(address), headers: expect.any(Object) } } },
    ]);
    expect(await readFile(join(here, 'sallyport.yaml'), 'utf8')).not.toContain('S3CR3T');
    expect(await readFile(join(here, 'sallyport.env'), 'utf8')).toContain("GITHUB_TOKEN='S3CR3T'");
    for (const name of ['sallyport.env', 'users.yaml']) expect((await stat(join(here, name))).mode & 0o777).toBe(0o600);

    const users = await readFile(join(here, 'users.yaml'), 'utf8');
    const again = await run(['init', 'mcp.json'], { cwd: here });
    expect([again.code, again.stderr]).toEqual([1, expect.stringContaining('Give --force')]);
    expect(await readFile(join(here, 'users.yaml'), 'utf8')).toBe(users);
  });

  it('keeps what --force overwrites, and the address and token that clients have', async () => {
    const here = await mkdtemp(join(folder, 'forced-'));
    const at = (name: string) => join(here, name);
    await writeFile(at('mcp.json'), JSON.stringify(servers));
    const first = await run(['init', 'mcp.json'], { cwd: here });
    const users = await readFile(at('users.yaml'), 'utf8');
    for (const [times, bak] of ['.bak', '.bak-2'].entries()) {
      await writeFile(at('policies/start.cedar'), `// mine ${times}`);
      const forced = await run(['init', 'mcp.json', '--force'], { cwd: here });
      expect(forced).toMatchObject({ code: 0, stdout: first.stdout });
      expect(forced.stderr).toMatch(new RegExp(`start.cedar; as it was: .*start.cedar${bak}\n[^]*kept users.yaml`));
      expect(await readFile(at(`policies/start.cedar${bak}`), 'utf8')).toBe(`// mine ${times}`);
      expect(await readFile(at('policies/start.cedar'), 'utf8')).toContain('users-read');
    }
    expect(await readFile(at('users.yaml'), 'utf8')).toBe(users);
    await expect(stat(at('sallyport.yaml.bak'))).rejects.toThrow('ENOENT');

    await writeFile(at('sallyport.env'), 'GITHUB_TOKEN=0LD', { mode: 0o600 });
    await writeFile(at('users.yaml'), 'users: {');
    expect((await run(['init', 'mcp.json', '--force'], { cwd: here })).stderr).toContain('users.yaml.bak');
    const { mode } = await stat(at('sallyport.env.bak'));
    expect([await readFile(at('sallyport.env.bak'), 'utf8'), mode & 0o777]).toEqual(['GITHUB_TOKEN=0LD', 0o600]);
  });

  it('takes the next port where something listens, and says so', async () => {
    const here = await mkdtemp(join(folder, 'port-'));
    await writeFile(join(here, 'mcp.json'), JSON.stringify(servers));
    const other = createServer();
    await new Promise<void>((resolve) => other.once('error', () => resolve()).listen(8787, '127.0.0.1', resolve));
    const { stdout, stderr } = await run(['init', 'mcp.json'], { cwd: here });
    other.close();
    const [, port] = /127\.0\.0\.1:(\d+)/.exec(stdout) ?? [];
    expect(Number(port)).toBeGreaterThan(8787);
    expect(stderr).toContain(`port 8787 is in use, so Sallyport is to listen at ${port}`);
    expect(await readFile(join(here, 'sallyport.yaml'), 'utf8')).toContain(`listen: 127.0.0.1:${port}`);
  });

  describe('in a workspace that a server serves', () => {
    let workspace: string;
    let env: { HOME: string; XDG_CONFIG_HOME: string };
    const init = (...args: string[]) => run(['init', '.vscode/mcp.json', ...args], { cwd: workspace, env });
    const serving = (args: string[]) => JSON.stringify({ servers: { notes: { command: 'npx', args } } });

    beforeEach(async () => {
      const home = await realpath(await mkdtemp(join(folder, 'home-')));
      env = { HOME: home, XDG_CONFIG_HOME: join(home, 'settings') };
      workspace = join(home, 'code', 'garden');
      await mkdir(join(workspace, '.vscode'), { recursive: true });
      await writeFile(join(workspace, '.vscode/mcp.json'), serving(['files', '${workspaceFolder}']));
    });

    it('writes to a folder outside, says why, and names it in each command and in the entry', async () => {
      const own = join(env.XDG_CONFIG_HOME, 'sallyport/garden');
      const { code, stdout, stderr } = await init('--apply', '--stdio');
      expect([code, await readdir(workspace)]).toEqual([0, ['.vscode']]);
      expect(await readdir(join(workspace, '.vscode'))).toEqual(['mcp.json', 'mcp.json.before-sallyport']);
      expect((await readdir(own)).sort()).toEqual(['policies', 'sallyport.yaml', 'users.yaml']);
      expect((await stat(own)).mode & 0o777).toBe(0o700);
      expect(stdout).toContain(join(own, 'sallyport.yaml'));
      expect(stderr).toContain(`notes serves ${workspace}: an agent could read Sallyport’s tokens`);
      expect(stderr).toContain(`So its files are in ${own}; --directory chooses another folder.`);
      expect(stderr).toContain(`notes serves ${join(workspace, '.vscode/mcp.json')} too, and the token`);
      expect(stderr).not.toContain('before-sallyport too');
      const config = await readFile(join(own, 'sallyport.yaml'), 'utf8');
      expect(config).toContain(`definitions approve --config ${join(own, 'sallyport.yaml')}`);
      expect(config).toContain(`cwd: ${workspace}`);
    });

    it('finds its folder again, and takes another for a workspace of the same name', async () => {
      await init();
      expect((await init('--apply')).code).toBe(0);
      workspace = join(env.HOME, 'other', 'garden');
      await mkdir(join(workspace, '.vscode'), { recursive: true });
      await writeFile(join(workspace, '.vscode/mcp.json'), serving(['files', '.', '--token=ghp_0123456789abcdef']));
      const { stderr } = await init('--apply');
      expect(stderr).toContain(join(env.XDG_CONFIG_HOME, 'sallyport/garden-2'));
      expect(stderr).toContain(`${join(workspace, '.vscode/mcp.json.before-sallyport')} too, and the credentials`);
    });

    it('writes where the user says, and warns where that is served', async () => {
      const inside = await init('--directory', 'guard');
      expect([inside.code, inside.stderr]).toEqual([0, expect.stringContaining(`You chose ${workspace}/guard`)]);
      expect(await readdir(join(workspace, 'guard'))).toContain('users.yaml');
      const outside = await init('--directory', '../guard');
      expect([outside.code, outside.stderr]).toEqual([0, expect.not.stringContaining('an agent could read')]);
      expect(await readdir(join(workspace, '../guard'))).toContain('users.yaml');
    });

    it('writes nothing where all of it is served, and says what to choose', async () => {
      await writeFile(join(workspace, '.vscode/mcp.json'), serving(['files', '${userHome}']));
      const { code, stderr } = await init();
      expect([code, stderr]).toEqual([1, expect.stringContaining('--directory <folder>')]);
      expect([await readdir(workspace), await readdir(env.HOME)]).toEqual([['.vscode'], ['code']]);
    });
  });

  it('writes the entry into the client’s file, over what init wrote before, and takes it back', async () => {
    const here = await mkdtemp(join(folder, 'apply-'));
    const file = join(here, 'claude_desktop_config.json');
    const text = JSON.stringify({ ...servers, theme: 'dark' });
    await writeFile(file, text, { mode: 0o644 });
    const applied = ['init', file, '--apply'];
    expect((await run(['init', file], { cwd: here })).code).toBe(0);
    expect(await readFile(file, 'utf8')).toBe(text);
    expect(await run(applied, { cwd: here })).toMatchObject({ code: 0, stderr: expect.stringContaining('chmod 600') });
    expect((await stat(file)).mode & 0o777).toBe(0o644);
    const [, token] = /token: (\S+)/.exec(await readFile(join(here, 'users.yaml'), 'utf8')) ?? [];
    const args = expect.arrayContaining(['stdio', '--config', join(here, 'sallyport.yaml')]);
    const entry = { command: process.execPath, args, env: { SALLYPORT_TOKEN: token } };
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({ mcpServers: { sallyport: entry }, theme: 'dark' });
    const backup = `${file}.before-sallyport`;
    expect([await readFile(backup, 'utf8'), (await stat(backup)).mode & 0o777]).toEqual([text, 0o600]);

    const again = await run(applied, { cwd: here });
    expect([again.code, again.stderr]).toEqual([2, expect.stringContaining('it is Sallyport itself')]);
    const entered = await readFile(file, 'utf8');
    await writeFile(file, entered.slice(0, -9));
    const broken = await run(['init', file, '--undo'], { cwd: here });
    expect([broken.code, broken.stderr, (await stat(backup)).size]).toEqual([
      1,
      expect.stringContaining('nothing was put back'),
      text.length,
    ]);
    await writeFile(file, entered);
    expect((await run(['init', file, '--undo'], { cwd: here })).code).toBe(0);
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual(JSON.parse(text));
    expect((await run(['init', file, '--undo'], { cwd: here })).stderr).toContain('nothing to undo');
  });

  it('leaves a client’s file alone whose servers the configuration that is there does not guard', async () => {
    const here = await mkdtemp(join(folder, 'apply-'));
    await writeFile(join(here, 'mcp.json'), JSON.stringify(servers));
    await run(['init', 'mcp.json'], { cwd: here });
    const other = JSON.stringify({ mcpServers: { ...servers.mcpServers, other: { command: 'o' } } });
    await writeFile(join(here, 'mcp.json'), other);
    const { code, stderr } = await run(['init', 'mcp.json', '--apply'], { cwd: here });
    expect([code, stderr]).toEqual([1, expect.stringContaining('sallyport.yaml does not guard other')]);
    await writeFile(join(here, 'sallyport.yaml'), 'upstreams: {');
    const unreadable = await run(['init', 'mcp.json', '--apply'], { cwd: here });
    expect([unreadable.code, unreadable.stderr]).toEqual([2, expect.stringContaining('sallyport.yaml is not YAML')]);
    expect(await readFile(join(here, 'mcp.json'), 'utf8')).toBe(other);
  });

  it('ends with 2 for a file that is none', async () => {
    expect((await run(['init', 'none.json'], { cwd: folder })).code).toBe(2);
    await writeFile(join(folder, 'bad.json'), '{"mcpServers": 7}');
    expect((await run(['init', 'bad.json'], { cwd: folder })).stderr).toContain('it has no "mcpServers"');
  });
});

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 10));
}
