import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  connect,
  makeScratch,
  root,
  runCli,
  type RunningSallyport,
  type Scratch,
  startSallyport,
} from '@sallyport/testing/harness';
import { parse, stringify } from 'yaml';
import { type GuardedServer, guardedServers, type Told } from './guarded-servers.ts';

type Line = Readonly<Record<string, unknown>>;

const ann = { name: 'ann', tenant: 'acme', roles: ['user', 'admin'], token: 'dev-ann-token' };
const read = (name: string): string => readFileSync(join(root, 'examples/policies', name), 'utf8');
const policyOf = ({ id }: GuardedServer): string => read(`${id}.cedar`);
const edited = (server: GuardedServer): string => policyOf(server).replaceAll(...(server.edit ?? (['', ''] as const)));

const { servers, leftOut, close } = await guardedServers();
const rows = servers.map((server) => [server.id, server] as const);
if (leftOut !== null) process.stderr.write(`${leftOut}\n`);

/** Files of an instance over all servers and their policies. */
function scratchOf(policyText: (server: GuardedServer) => string): Scratch {
  const upstreams = Object.fromEntries(
    servers.map(({ id, program: { command, env } }) => [
      id,
      { command: [...command], ...(env && { env }), detect_paths: true },
    ]),
  );
  const policies = Object.fromEntries(servers.map((server) => [`${server.id}.cedar`, policyText(server)]));
  return makeScratch({ config: { upstreams }, users: [ann], policies });
}

async function lines({ config, directory }: Scratch, ...args: string[]): Promise<Line[]> {
  const { stdout, stderr } = await runCli([...args, '--json', '--config', config], { cwd: directory });
  if (stdout === '') throw new Error(stderr);
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
}

describe('the policies for published servers', () => {
  let scratch: Scratch;
  let sallyport: RunningSallyport;

  beforeAll(async () => {
    scratch = scratchOf(edited);
    sallyport = await startSallyport(scratch, { env: { HOME: scratch.directory } });
    await lines(scratch, 'definitions', 'approve', '--all', '--yes', '--url', sallyport.url);
  }, 120_000);
  afterAll(async () => {
    await sallyport.stop();
    scratch.remove();
    close();
  });

  it('are all tried in CI', () => {
    if (process.env['CI'] === 'true') expect(leftOut).toBeNull();
  });

  it('stand beside each other, and none is warned of', async () => {
    const [checked] = await lines(scratch, 'policy', 'check');
    expect(checked).toMatchObject({ ok: true, findings: [] });
    expect(JSON.stringify(checked?.['warnings'])).not.toContain('.cedar');
  });

  it('hold their cases', async () => {
    const cases = servers.flatMap(({ id }) => {
      const { cases: own } = parse(read(`${id}.cases.yaml`)) as { cases: { name: string }[] };
      return own.map((each) => ({ ...each, name: `${id}: ${each.name}` }));
    });
    const published = scratchOf(policyOf);
    published.write('policies/cases.yaml', stringify({ cases }));
    const results = await lines(published, 'policy', 'test');
    published.remove();
    expect(results.filter(({ ok }) => ok !== true)).toEqual([]);
    expect(results).toHaveLength(cases.length);
  });

  it.each(rows)('%s: which tools are there, ask, and are hidden', async (_, { id, asks, hidden = [] }) => {
    const tools = await lines(scratch, 'tools', '--as', 'ann', '--url', sallyport.url);
    const ofIt = tools.filter(({ upstream }) => upstream === id);
    const shown = (how: string) => ofIt.filter((tool) => tool['shown'] === how).map(({ tool }) => tool);
    expect(shown('asks').sort()).toEqual([...asks].sort());
    expect(shown('hidden').sort()).toEqual([...hidden].sort());
    expect(shown('visible')).not.toEqual([]);
  });

  it.each(rows)('%s: what it answers, asks and refuses', async (_, { id, answered, asked, refused }) => {
    const client = await connect('v2 modern', sallyport.url, ann.token);
    const said = async ([tool, args]: Told) => (await client.call(`${id}__${tool}`, { ...args })).said;
    if (answered !== undefined) expect(await said(answered)).toContain(answered[2]);
    if (refused !== undefined) expect(await said(refused)).toContain(refused[2]);
    expect(client.asked).toEqual([]);
    expect(await said(asked)).toContain('You said no, so nothing was done');
    expect(client.asked).toEqual([expect.stringContaining(asked[2])]);
    await client.close();
  });
});
