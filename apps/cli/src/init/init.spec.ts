import { parse } from 'yaml';
import { type CatalogTool, configSchema } from '@sallyport/contracts';
import { compilePolicies } from '@sallyport/policy';
import { readMcpServers } from './mcp-servers.ts';
import { isSecretVariable, withoutSecrets } from './secret-signs.ts';
import { createSecretStore } from './secret-store.ts';
import { configText, starterPolicy } from './starter-files.ts';
import { upstreamEntries } from './upstream-entries.ts';

function initiated(mcpServers: object, environment: Readonly<Record<string, string>> = {}) {
  const answer = readMcpServers(JSON.stringify({ mcpServers }));
  if (!answer.ok) throw new Error(answer.message);
  const secrets = createSecretStore();
  const entries = upstreamEntries(answer.servers, secrets, environment);
  return { entries, leftOut: answer.leftOut, text: configText(entries), secrets: secrets.text() };
}

function toolOf(effect: CatalogTool['effect'], destructive: boolean): CatalogTool {
  const definition = { name: 'use', inputSchema: { type: 'object', properties: { query: { type: 'string' } } } };
  return {
    upstream: 'up',
    name: 'use',
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
    checkOutput: null,
  };
}

describe('init', () => {
  it.each([
    '',
    '[]',
    '{}',
    '{"mcpServers":[]}',
    '{"mcpServers":{}}',
    '{"mcpServers":{"a":7}}',
    '{"mcpServers":{"a":{}}}',
  ])('refuses %s', (text) => expect(readMcpServers(text).ok).toBe(false));

  it('writes no secret into the configuration, wherever it stood', () => {
    const { text, secrets, entries } = initiated({
      GitHub: {
        command: 'npx',
        args: ['-y', 'server', '--api-key', 'S3CR3T-1', '--token=S3CR3T-2', 'postgres://u:S3CR3T-3@db/x'],
        env: { GITHUB_TOKEN: 'S3CR3T-4', SALT: 'S3CR3T-5 with spaces', LOG_LEVEL: 'debug', FILE: './memory.json' },
      },
      'linear.app': {
        url: 'https://mcp.linear.app/mcp?api_key=S3CR3T-6',
        headers: { Authorization: 'Bearer S3CR3T-7', 'X-Team': 'S3CR3T-8' },
      },
    });
    expect(text).not.toContain('S3CR3T');
    expect(entries.warnings.join('\n')).not.toContain('S3CR3T');
    for (const kept of ['S3CR3T-4', 'S3CR3T-5 with spaces', 'Bearer S3CR3T-7', 'S3CR3T-8'])
      expect(secrets).toContain(kept);
    expect(parse(text)).toMatchObject({
      upstreams: {
        github: {
          command: ['npx', '-y', 'server', '--api-key', 'REPLACE-ME', '--token=REPLACE-ME', 'REPLACE-ME'],
          env: { LOG_LEVEL: 'debug', FILE: './memory.json' },
          pass_env: ['GITHUB_TOKEN', 'SALT'],
        },
        'linear-app': {
          url: 'https://mcp.linear.app/mcp',
          headers: { Authorization: { env: 'LINEAR_APP_AUTHORIZATION' } },
        },
      },
    });
  });

  it('writes a configuration that is valid, with ids that are', () => {
    const { text } = initiated({
      '7 Zip!': { command: 'zip' },
      'a b': { command: 'x' },
      a_b: { command: 'y' },
      [`long-${'n'.repeat(80)}`]: { url: 'http://127.0.0.1:1/mcp' },
      off: { command: 'z', disabled: true },
    });
    const parsed = configSchema.parse(parse(text));
    expect(Object.values(parsed.upstreams).every(({ detect_paths }) => detect_paths === true)).toBe(true);
    expect(Object.keys(parsed.upstreams)).toEqual(['server-7-zip', 'a-b', 'a-b-2', `long-${'n'.repeat(24)}`]);
  });

  it('leaves out what is switched off and an entry of its own, and says so', () => {
    const { entries, leftOut } = initiated({
      off: { command: 'z', disabled: true },
      sallyport: { url: 'http://127.0.0.1:8787/mcp', headers: { Authorization: 'Bearer S3CR3T' } },
      gateway: { command: 'npx', args: ['sallyport', 'stdio'] },
      other: { command: 'a' },
    });
    expect(Object.keys(entries.upstreams)).toEqual(['other']);
    expect(leftOut).toEqual([
      'off: it is switched off, so it was left out.',
      'sallyport: it is Sallyport itself, so it was left out.',
      'gateway: it is Sallyport itself, so it was left out.',
    ]);
    expect(readMcpServers('{"mcpServers":{"sallyport":{"url":"http://localhost:1/mcp"}}}').ok).toBe(false);
  });

  it('passes on how the network is reached, where that is set', () => {
    const { entries } = initiated({ a: { command: 'a' } }, { NODE_EXTRA_CA_CERTS: '/ca.pem', https_proxy: 'http://p' });
    expect(entries.upstreams['a']).toEqual({ command: ['a'], pass_env: ['NODE_EXTRA_CA_CERTS', 'https_proxy'] });
  });

  it('says so when two servers want one variable with two values, and takes references as they are', () => {
    const { entries, secrets } = initiated({
      one: { command: 'a', env: { API_KEY: 'first', HERE: '${HERE}', MIXED: 'x-${OTHER}' } },
      two: { command: 'b', env: { API_KEY: 'second' } },
      three: { url: 'https://x.example/mcp', headers: { Authorization: '${env:THREE}' } },
    });
    expect(secrets).toContain('first');
    expect(secrets).not.toContain('second');
    expect(entries.warnings.join()).toMatch(/one: the variable MIXED.*two: the variable API_KEY/);
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
    expect(withoutSecrets(['--verbose', './data', '--port', '80']).removed).toBe(0);
  });

  it.each(['read', 'write', 'egress'] as const)(
    'starts with policies that show what is %s, and ask for writes',
    (effect) => {
      const tool = toolOf(effect, effect === 'egress');
      const compiled = compilePolicies({ files: [{ path: 'start.cedar', text: starterPolicy }], tools: [tool] });
      if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems));
      expect([compiled.warnings, compiled.findings]).toEqual([[], []]);
      const me = { id: 'me', issuer: 'development', roles: ['user'] };
      expect(compiled.policies.visible(me, tool)).toBe(effect === 'read' ? 'maybe' : 'confirm');
      expect(compiled.policies.visible({ ...me, roles: [] }, tool)).toBe('never');
      const facts = { bulk: 0, wildcards: ['/query'], unbounded: [], bytes: 9, depth: 1, resources: [] };
      const answer = compiled.policies.authorize({ subject: me, agent: 'a', tool, arguments: { query: '*' }, facts });
      expect(answer.effect).toBe(effect === 'read' ? 'allow' : 'deny');
    },
  );

  it('starts with policies that Sallyport accepts before there is any tool', () => {
    const compiled = compilePolicies({ files: [{ path: 'start.cedar', text: starterPolicy }], tools: [] });
    expect(compiled).toMatchObject({ ok: true });
  });
});
