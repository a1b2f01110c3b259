import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parse } from 'yaml';
import { type CatalogTool, targetFact } from '@sallyport/contracts';
import { completeConfigSchema } from '@sallyport/guards';
import { compilePolicies } from '@sallyport/policy';
import { readClientFile } from './client-file.ts';
import { clientServers } from './client-servers.ts';
import { isSecretArgument, isSecretVariable } from './secret-signs.ts';
import { createSecretStore } from './secret-store.ts';
import { configText, policyText } from './starter-files.ts';
import { upstreamEntries } from './upstream-entries.ts';

const home = '/users/me';

interface Given {
  readonly file?: string;
  readonly here?: string;
  readonly started?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

function initiated(mcpServers: object, given: Given = {}) {
  const { file = '/here/mcp.json', here = '/here', started = here, environment = {} } = given;
  const answer = readClientFile(JSON.stringify({ mcpServers }), file, home);
  if (!answer.ok) throw new Error(answer.message);
  const { servers, leftOut } = clientServers(answer.lists);
  const secrets = createSecretStore();
  const entries = upstreamEntries(servers, secrets, { environment, home, from: dirname(file), here, started });
  return {
    entries,
    leftOut,
    text: configText(entries, { listen: '127.0.0.1:8787', approve: 'npx sallyport definitions approve', file }),
    secrets: secrets.text() ?? '',
  };
}

function toolOf(effect: CatalogTool['effect'], destructive: boolean): CatalogTool {
  const definition = { name: 'use', inputSchema: { type: 'object', properties: { query: { type: 'string' } } } };
  return {
    upstream: 'up',
    name: 'use',
    kind: 'tool',
    qualified: 'up__use',
    state: 'approved',
    definition,
    digest: 'sha256:x',
    offered: definition,
    effect,
    destructive,
    groups: [],
    resources: [],
    values: [],
    undeclared: [],
    errors: 'mask',
    checkInput: () => [],
    fit: (args) => ({ arguments: args, leftOut: 0 }),
    checkOutput: null,
  };
}

describe('init', () => {
  it('writes no secret into the configuration, wherever it stood, and starts with all of them', () => {
    const { text, secrets, entries } = initiated({
      GitHub: {
        command: 'npx',
        args: ['-y', 'server', '--api-key', 'S3CR3T-1', '--token=S3CR3T-2', 'postgres://u:S3CR3T-3@db/x'],
        env: { GITHUB_TOKEN: 'S3CR3T-4', SALT: 'S3CR3T-5 with spaces', LOG_LEVEL: 'debug', FILE: './memory.json' },
      },
      box: {
        command: 'docker',
        args: ['run', '-e', 'BOX_TOKEN=S3CR3T-9', '-e', 'MODE=fast', '--env=BOX_KEY=S3CR3T-10', 'img'],
      },
      remote: { command: 'npx', args: ['mcp-remote', 'https://a.example/mcp', '--header', 'X-Auth: S3CR3T-11'] },
      'linear.app': {
        url: 'https://mcp.linear.app/mcp?api_key=S3CR3T-6',
        headers: { Authorization: 'Bearer S3CR3T-7', 'X-Team': 'S3CR3T-8' },
      },
      basic: { url: 'https://me:S3CR3T-12@b.example/mcp' },
      path: { url: 'https://c.example/s/0f6b2d1e-8f1c-4c3a-9a57-6f0d5b1c2e3f/mcp' },
    });
    expect(text + entries.warnings.join()).not.toMatch(/S3CR3T|0f6b2d1e/);
    const basic = Buffer.from('me:S3CR3T-12').toString('base64');
    for (const kept of [
      'S3CR3T-1',
      'S3CR3T-4',
      'S3CR3T-5 with spaces',
      'Bearer S3CR3T-7',
      'S3CR3T-8',
      'S3CR3T-9',
      basic,
      '0f6b2d1e',
    ])
      expect(secrets).toContain(kept);
    expect(entries.warnings).toEqual([]);
    const { upstreams } = completeConfigSchema.parse(parse(text));
    expect(upstreams).toMatchObject({
      github: {
        command: [
          'npx',
          '-y',
          'server',
          '--api-key',
          { env: 'GITHUB_ARG_4' },
          { env: 'GITHUB_ARG_5' },
          { env: 'GITHUB_ARG_6' },
        ],
        env: { LOG_LEVEL: 'debug', FILE: './memory.json' },
        pass_env: ['GITHUB_TOKEN', 'SALT'],
      },
      box: {
        command: ['docker', 'run', '-e', 'BOX_TOKEN', '-e', 'MODE=fast', '--env=BOX_KEY', 'img'],
        pass_env: ['BOX_TOKEN', 'BOX_KEY'],
      },
      remote: { command: ['npx', 'mcp-remote', 'https://a.example/mcp', '--header', { env: 'REMOTE_ARG_4' }] },
      'linear-app': { url: { env: 'LINEAR_APP_URL' }, headers: { Authorization: { env: 'LINEAR_APP_AUTHORIZATION' } } },
      basic: { url: 'https://b.example/mcp', headers: { Authorization: { env: 'BASIC_AUTHORIZATION' } } },
      path: { url: { env: 'PATH_URL' } },
    });
  });

  it('writes a configuration that is valid, with ids that are', () => {
    const { text } = initiated({
      '7 Zip!': { command: 'zip' },
      'a b': { command: 'x' },
      a_b: { command: 'y' },
      [`long-${'n'.repeat(80)}`]: { url: 'http://127.0.0.1:1/mcp' },
    });
    const parsed = completeConfigSchema.parse(parse(text));
    expect(Object.values(parsed.upstreams).every(({ detect_paths }) => detect_paths === true)).toBe(true);
    expect(Object.keys(parsed.upstreams)).toEqual(['server-7-zip', 'a-b', 'a-b-2', `long-${'n'.repeat(24)}`]);
  });

  it('writes each upstream out, without references from one to another', () => {
    const { text } = initiated({ one: { command: 'one' }, two: { command: 'two' } });
    expect(text.match(/offers:\n +- tools\n +- prompts\n +- resources\n/g)).toHaveLength(2);
  });

  it('lets an agent read one file after each write, or ask how a job is doing every five seconds', () => {
    const { limits } = parse(initiated({ files: { command: 'files' } }).text);
    expect(limits).toContainEqual(expect.objectContaining({ id: 'repeats', identical: '12/min' }));
  });

  it('leaves what can’t be guarded as it is, says so, and takes the others', () => {
    const { entries, leftOut } = initiated({
      off: { command: 'z', disabled: true },
      unused: { command: 'z', enabled: false },
      sallyport: { url: 'http://127.0.0.1:8787/mcp', headers: { Authorization: 'Bearer S3CR3T' } },
      gateway: { command: 'npx', args: ['sallyport', 'stdio'] },
      packed: { command: 'npx', args: ['--yes', 'file:/srv/sallyport-1.2.3.tgz', 'stdio'] },
      bad: 7,
      empty: {},
      socket: { url: 'ws://x.example' },
      old: { type: 'sse', url: 'https://x.example/sse' },
      other: { command: 'a' },
    });
    expect(Object.keys(entries.upstreams)).toEqual(['old', 'other']);
    const left = leftOut.map((line) => line.replace(/, so it was left as it is\.$/, ''));
    expect(left).toEqual([
      'off: it is switched off (disabled)',
      'unused: it is switched off (disabled)',
      'sallyport: it is Sallyport itself',
      'gateway: it is Sallyport itself',
      'packed: it is Sallyport itself',
      'bad: it is not an object',
      'empty: it has neither "command" nor "url"',
      'socket: its "url" is no http:// or https:// address',
    ]);
  });

  it('hides the tools that the client had switched off', () => {
    const { entries } = initiated({ up: { command: 'a', disabledTools: ['use', 'other'] } });
    const compiled = compilePolicies({
      files: [{ path: 'start.cedar', text: policyText(entries) }],
      tools: [toolOf('read', false)],
    });
    if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems));
    const me = { id: 'me', issuer: 'development', roles: ['user'] };
    expect(compiled.policies.visible(me, toolOf('read', false))).toBe('never');
    expect(compiled.policies.visible(me, { ...toolOf('read', false), name: 'third' })).toBe('maybe');
  });

  it('knows the client’s variables, and says which it can’t know', () => {
    const { entries, secrets } = initiated(
      {
        one: {
          command: '${workspaceFolder}/bin/run',
          args: ['${userHome}/x', '${DIR:-/srv}', '--token', '${input:tok}', 'Authorization:${AUTH}'],
          env: {
            AUTH: 'Bearer S3CR3T',
            TOKEN: '${env:MINE}',
            LEVEL: '${LOG:-info}',
            LOST: '${env:NOBODY}',
            HERE: '${HERE}',
          },
        },
      },
      { file: '/srv/app/.cursor/mcp.json', environment: { MINE: 'S3CR3T-2' } },
    );
    expect(entries.upstreams['one']).toEqual({
      command: ['/srv/app/bin/run', '/users/me/x', '/srv', '--token', { env: 'ONE_ARG_4' }, 'Authorization:${AUTH}'],
      env: { LEVEL: 'info' },
      pass_env: ['AUTH', 'TOKEN', 'LOST', 'HERE'],
    });
    expect(secrets).toMatch(/TOKEN='S3CR3T-2'[\s\S]*LOST='REPLACE-ME'[\s\S]*ONE_ARG_4='REPLACE-ME'/);
    expect(entries.warnings).toEqual([
      'one: ${env:NOBODY} is not known here: write its value over REPLACE-ME at LOST in sallyport.env.',
      'one: HERE is not set here: set it where Sallyport is started.',
      'one: ${input:tok} is not known here: write its value over REPLACE-ME at ONE_ARG_4 in sallyport.env.',
    ]);
  });

  it.each([
    ['/srv/app/.vscode/mcp.json', '/here', '/srv/app', /starts from \/srv\/app, so it is started there/],
    ['/srv/app/.mcp.json', '/here', '/srv/app', /so it is started there/],
    ['/srv/app/.mcp.json', '/srv/app', undefined, /^$/],
    ['/users/me/.cursor/mcp.json', '/here', undefined, /a folder that its client chooses, and from \/here here/],
    ['/here/mcp.json', '/here', undefined, /^$/],
  ])('a relative path of %s, guarded from %s, starts in %s', (file, here, cwd, warned) => {
    const { entries } = initiated({ one: { command: 'node', args: ['./server.js', '@scope/x'] } }, { file, here });
    expect(entries.upstreams['one']?.['cwd']).toBe(cwd);
    expect(entries.warnings.join()).toMatch(warned);
  });

  it.each([
    ['/srv/app/.vscode/mcp.json', '/srv/app', ['--fast'], '/srv/app'],
    ['/srv/app/.vscode/mcp.json', '/srv/app', ['.'], '/srv/app'],
    ['/srv/app/mcp.json', '/srv/app', ['docs'], '/srv/app'],
    ['/users/me/.cursor/mcp.json', '/srv/app', ['.'], undefined],
  ])('no server of %s is started among Sallyport’s files, with a folder of their own', (file, started, args, cwd) => {
    const { entries } = initiated({ one: { command: 'serve', args } }, { file, started, here: '/own' });
    expect(entries.upstreams['one']?.['cwd']).toBe(cwd);
  });

  it('copies the variables of an envFile, secrets apart', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'init-'));
    await writeFile(join(folder, '.env'), '# mine\nAPI_KEY="S3CR3T"\nLEVEL=debug\n');
    const one = { command: 'a', envFile: '${workspaceFolder}/.env', env: { LEVEL: 'info' } };
    const given = { one, two: { command: 'b', envFile: 'none.env' } };
    const { entries, secrets } = initiated(given, { file: join(folder, '.mcp.json'), here: folder });
    expect(entries.upstreams['one']).toEqual({ command: ['a'], env: { LEVEL: 'info' }, pass_env: ['API_KEY'] });
    expect(secrets).toContain("API_KEY='S3CR3T'");
    expect(entries.warnings).toEqual([expect.stringContaining('was copied'), expect.stringContaining('(ENOENT)')]);
    await rm(folder, { recursive: true });
  });

  it('passes on how the network is reached, where that is set', () => {
    const { entries } = initiated(
      { a: { command: 'a' } },
      { environment: { NODE_EXTRA_CA_CERTS: '/ca.pem', https_proxy: 'http://p' } },
    );
    expect(entries.upstreams['a']).toEqual({ command: ['a'], pass_env: ['NODE_EXTRA_CA_CERTS', 'https_proxy'] });
  });

  it('says so when two servers want one variable with two values, and takes references as they are', () => {
    const { entries, secrets } = initiated(
      {
        one: { command: 'a', env: { API_KEY: 'first', HERE: '${HERE}' } },
        two: { command: 'b', env: { API_KEY: 'second' } },
        three: { url: 'https://x.example/mcp', headers: { Authorization: '${env:THREE}' } },
      },
      { environment: { HERE: 'x', THREE: 'y' } },
    );
    expect(secrets).toContain('first');
    expect(secrets).not.toContain('second');
    expect(entries.warnings).toEqual([expect.stringContaining('two: the variable API_KEY')]);
    expect(entries.upstreams['one']?.['pass_env']).toContain('HERE');
    expect(entries.upstreams['three']?.['headers']).toEqual({ Authorization: { env: 'THREE' } });
  });

  it('takes for a secret whatever is not clearly harmless', () => {
    for (const [name, value] of [
      ['X', 'a8f5f167f44f4964e6c998dee827110c'],
      ['DB', 'postgres://u:p@h/d'],
      ['PAT', 'x'.repeat(17)],
    ]) {
      expect(isSecretVariable(name as string, value as string)).toBe(true);
    }
    for (const value of ['true', '8080', 'info', '/tmp/x', 'https://api.example.com/v1', '']) {
      expect(isSecretVariable('PLAIN', value)).toBe(false);
    }
    for (const [arg, before] of [
      ['--verbose', ''],
      ['./data', '--verbose'],
      ['80', '--port'],
      ['https://x.example/mcp', '-y'],
      ['C:\\Users\\x', '/c'],
      ['@scope/server-postgres@1.2.3', '-y'],
    ]) {
      expect([arg, isSecretArgument(arg as string, before as string)]).toEqual([arg, false]);
    }
  });

  it.each(['read', 'write', 'egress'] as const)(
    'starts with policies that show what is %s, and ask for writes',
    (effect) => {
      const tool = toolOf(effect, effect === 'egress');
      const compiled = compilePolicies({
        files: [{ path: 'start.cedar', text: policyText({ toolsOff: {} }) }],
        tools: [tool],
      });
      if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems));
      expect([compiled.warnings, compiled.findings]).toEqual([[], []]);
      const me = { id: 'me', issuer: 'development', roles: ['user'] };
      expect(compiled.policies.visible(me, tool)).toBe(effect === 'read' ? 'maybe' : 'confirm');
      expect(compiled.policies.visible({ ...me, roles: [] }, tool)).toBe('never');
      const facts = { bulk: 0, wildcards: ['/query'], unbounded: [], bytes: 9, depth: 1, resources: [] };
      const answer = compiled.policies.authorize({
        subject: me,
        action: 'tools/call' as const,
        agent: 'a',
        tool,
        arguments: { query: '*' },
        facts,
      });
      expect(answer.effect).toBe(effect === 'read' ? 'allow' : 'deny');
    },
  );

  it('starts with policies that permit prompts and resources, and completions of both', () => {
    const calls = [
      ['prompt', 'prompts/get', { topic: '*' }],
      ['prompt', 'completion/complete', {}],
      ['resource', 'resources/read', {}],
      ['resource', 'resources/subscribe', {}],
      ['template', 'completion/complete', {}],
    ] as const;
    const entries = calls.map(([kind]) => ({ ...toolOf('read', false), kind, name: 'note:///1' }));
    const files = [{ path: 'start.cedar', text: policyText({ toolsOff: {} }) }];
    const compiled = compilePolicies({ files, tools: [...entries, toolOf('read', false)] });
    if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems));
    expect([compiled.warnings, compiled.findings]).toEqual([[], []]);
    const effectsFor = (...roles: string[]) =>
      entries.map((tool, at) => {
        const [kind, action, args] = calls[at] ?? calls[0];
        const own = targetFact(tool.upstream, { kind, name: tool.name });
        const wildcards = Object.keys(args).map((name) => `/${name}`);
        const facts = { bulk: 0, wildcards, unbounded: [], bytes: 9, depth: 1, resources: own ? [own] : [] };
        const subject = { id: 'me', issuer: 'development', roles };
        return compiled.policies.authorize({ subject, action, agent: 'a', tool, arguments: args, facts }).effect;
      });
    expect(effectsFor()).toEqual(calls.map(() => 'deny'));
    expect(effectsFor('user')).toEqual(calls.map(() => 'allow'));
  });

  it('starts with policies that permit no object that a URI names: its owner decides', () => {
    const rule = { argument: 'id', type: 'Note' };
    const tool = { ...toolOf('read', false), kind: 'resource' as const, name: 'note:///1', resources: [rule] };
    const own = targetFact(tool.upstream, { kind: 'resource', name: tool.name });
    if (own === null) throw new Error('no fact');
    const note = { ...own, type: 'Note', id: '1', owner: 'me', attributes: {} };
    const effectWith = (...more: string[]) => {
      const files = [{ path: 'start.cedar', text: [policyText({ toolsOff: {} }), ...more].join('\n') }];
      const compiled = compilePolicies({ files, tools: [tool] });
      if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems));
      const facts = { bulk: 1, wildcards: [], unbounded: [], bytes: 9, depth: 1, resources: [own, note] };
      const subject = { id: 'me', issuer: 'development', roles: ['user'] };
      const action = 'resources/read' as const;
      return compiled.policies.authorize({ subject, action, agent: 'a', tool, arguments: {}, facts }).effect;
    };
    expect(effectWith()).toBe('deny');
    expect(
      effectWith(`@id("notes") permit (principal, action == Action::"mcp:resources/read", resource is Note);`),
    ).toBe('allow');
  });

  it('starts with policies that Sallyport accepts before there is any tool', () => {
    const compiled = compilePolicies({
      files: [{ path: 'start.cedar', text: policyText({ toolsOff: {} }) }],
      tools: [],
    });
    expect(compiled).toMatchObject({ ok: true });
  });
});
