import { mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import {
  admin,
  ANN,
  anyTool,
  BEN,
  callTool,
  decisionOn,
  eventually,
  faultsIn,
  makeScratch,
  OPEN,
  operatorToken,
  recordedOf,
  runCli,
  type RunningSallyport,
  type Scratch,
  type ScriptedUpstream,
  startSallyport,
  startScriptedUpstream,
  storyOf,
  textResult,
  trusted,
} from '@sallyport/testing/harness';

const NEVER = `${OPEN}@id("never") @hard @advice("Not today.") forbid (principal, action == Action::"up/run", resource) when { context.arguments has n };\n`;

describe('changes to a running instance', () => {
  let upstream: ScriptedUpstream;
  let scratch: Scratch;
  let sallyport: RunningSallyport;
  const config = (more: object = {}) => ({
    ...trusted(upstream.url),
    ...more,
  });

  beforeEach(async () => {
    upstream = await startScriptedUpstream([
      anyTool('run', { inputSchema: { type: 'object', properties: { n: { type: 'integer' } } } }),
      anyTool('other'),
    ]);
    scratch = makeScratch({ config: config() as never });
    sallyport = await startSallyport(scratch);
  });
  afterEach(async () => {
    expect(faultsIn(scratch.data)).toEqual([]);
    await sallyport.stop();
    await upstream.close();
    scratch.remove();
  });

  let n = 0;
  const run = (token = ANN.token) => callTool(sallyport, token, ['up__run', { n: (n += 1) }]);
  async function written(change: () => void, says = 'configuration reloaded'): Promise<void> {
    const from = sallyport.log().length;
    change();
    await sallyport.logged(says, from);
  }

  it('a new policy is in force, and a call under way is not disturbed', async () => {
    let open = (): void => undefined;
    upstream.behaviour = () => new Promise((resolve) => (open = () => resolve(textResult('undisturbed'))));
    const reached = upstream.nextCall();
    const under = run();
    await reached;
    await written(() => scratch.write('policies/open.cedar', NEVER));
    const { meta, said } = await run();
    expect([meta?.reason, said.includes('Not today.')]).toEqual(['forbidden', true]);
    open();
    const first = await under;
    expect(first.said).toBe('undisturbed');
    expect(storyOf(scratch.data, first.meta?.id ?? '')).toEqual(['allow', 'allowed', 'call.completed']);
    const [before, after] = [first, { meta }].map((one) => decisionOn(scratch.data, one.meta?.id ?? '').policy);
    const activated = recordedOf(scratch.data, 'policy.activated').map(({ data }) => data.policy);
    expect(activated).toEqual([before, after]);
  });

  it.each([
    ['a syntax error', 'open.cedar', `${OPEN}permit (principal`, 'open.cedar:3'],
    [
      'an unknown tool',
      'open.cedar',
      `${OPEN}@id("x") @hard forbid (principal, action == Action::"up/rum", resource);`,
      'open.cedar:3',
    ],
    ['a forbid without a mark', 'more.cedar', '@id("x")\nforbid (principal, action, resource);', 'more.cedar:'],
  ])('a policy with %s is refused with file, line and hint, and the last good ones stay', async (_, file, text, at) => {
    await written(() => scratch.write(`policies/${file}`, text), 'last good configuration stays');
    expect(sallyport.log()).toContain(at);
    expect((await run()).meta?.decision).toBe('allow');
    const answer = await admin(sallyport, operatorToken(scratch.data), ['POST', '/reload']);
    expect([answer.status, answer.text.includes(at)]).toEqual([422, true]);
    rmSync(join(scratch.directory, 'policies/more.cedar'), { force: true });
    await written(() => scratch.write('policies/open.cedar', NEVER));
    expect((await run()).meta?.reason).toBe('forbidden');
  });

  it('policies are followed to where the configuration says that they are now, also when they were bad at first', async () => {
    mkdirSync(join(scratch.directory, 'elsewhere'));
    scratch.write('elsewhere/open.cedar', `${OPEN}permit (principal`);
    await written(() => scratch.configure(config({ policies: './elsewhere' })), 'last good configuration stays');
    await written(() => scratch.write('elsewhere/open.cedar', OPEN));
    expect((await run()).meta?.decision).toBe('allow');
    await written(() => scratch.write('elsewhere/open.cedar', NEVER));
    expect((await run()).meta?.reason).toBe('forbidden');
  });

  it('policies in a mounted volume, which is swapped as a whole, are reloaded', async () => {
    const at = (name: string) => join(scratch.directory, 'mounted', name);
    for (const [version, text] of Object.entries({ '..1': OPEN, '..2': NEVER })) {
      mkdirSync(at(version), { recursive: true });
      scratch.write(`mounted/${version}/open.cedar`, text);
    }
    symlinkSync('..1', at('..data'));
    symlinkSync('..data/open.cedar', at('open.cedar'));
    await written(() => scratch.configure(config({ policies: './mounted' })));
    expect((await run()).meta?.decision).toBe('allow');
    symlinkSync('..2', at('..data_tmp'));
    await written(() => renameSync(at('..data_tmp'), at('..data')));
    expect((await run()).meta?.reason).toBe('forbidden');
  });

  it('a configuration with a mistake is refused with line and the nearest name, and the last good one stays', async () => {
    await written(() => scratch.configure(config({ limitz: [] })), 'last good configuration stays');
    expect(sallyport.log()).toMatch(/sallyport\.yaml:\d+:\d+ [^\n]*limitz[\s\S]*limits/);
    expect((await run()).meta?.decision).toBe('allow');
    const limits = [{ id: 'few', per: ['tenant'], tool: 'up/run', rate: '1/h', kind: 'attempt' }];
    await written(() => scratch.configure(config({ limits })));
    expect((await run()).meta?.decision).toBe('allow');
    expect((await run()).meta?.reason).toBe('limit_exceeded');
    expect(recordedOf(scratch.data, 'config.reloaded').length).toBeGreaterThan(0);
  });

  it('a credential that can’t be had is refused as a whole: no half of the new configuration is in force', async () => {
    const limits = [{ id: 'none', per: ['tenant'], tool: 'up/run', rate: '1/h', kind: 'attempt' }];
    const upstreams = {
      ...config().upstreams,
      next: { url: upstream.url, headers: { authorization: { env: 'NOT_SET_ANYWHERE' } } },
    };
    await written(() => scratch.configure(config({ limits, upstreams })), 'NOT_SET_ANYWHERE');
    for (let time = 0; time < 3; time += 1) expect((await run()).meta?.decision).toBe('allow');
    const answer = await admin(sallyport, operatorToken(scratch.data), ['POST', '/reload']);
    expect([answer.status, answer.text.includes('NOT_SET_ANYWHERE')]).toEqual([422, true]);
    await written(() => scratch.configure(config()));
    expect((await run()).meta?.decision).toBe('allow');
  });

  it('a user who is taken out of the file is nobody any more', async () => {
    expect((await run(BEN.token)).meta?.decision).toBe('allow');
    await written(() => scratch.write('users.yaml', stringify({ users: [ANN] })));
    expect((await callTool(sallyport, BEN.token, ['up__run', { n: 0 }]).catch(() => null))?.status ?? 401).toBe(401);
    expect((await run()).meta?.decision).toBe('allow');
  });

  it('an upstream that is configured again lets its calls under way finish', async () => {
    let open = (): void => undefined;
    upstream.behaviour = () => new Promise((resolve) => (open = () => resolve(textResult('finished'))));
    const reached = upstream.nextCall();
    const under = run();
    await reached;
    await written(() =>
      scratch.configure({
        upstreams: { up: { url: upstream.url, definitions: 'trust_on_first_use', timeout: '30s' } },
      }),
    );
    upstream.behaviour = () => textResult('done');
    open();
    expect((await under).said).toBe('finished');
    await eventually(async () => (await run()).meta?.decision === 'allow');
  });

  it('a limit whose tool is misspelt never fires, and check says which', async () => {
    const limits = [
      { id: 'good', per: ['tenant'], tool: 'up/run', rate: '100/h', kind: 'attempt' },
      { id: 'silent', per: ['tenant'], tool: 'up/rum', rate: '1/h', kind: 'use' },
    ];
    const check = (...args: string[]) =>
      runCli(['check', '--config', scratch.config, ...args], { cwd: scratch.directory });
    expect((await check('--url', sallyport.url)).code).toBe(0);
    await written(() => scratch.configure(config({ limits })), 'never fires');
    const { code, stdout } = await check('--url', sallyport.url);
    const findings = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { about: string; fires: boolean });
    expect(code).toBe(1);
    expect(findings.filter(({ fires }) => !fires).map(({ about }) => about)).toEqual([
      expect.stringContaining('silent'),
    ]);
    expect(findings.find(({ about }) => about.includes('good'))?.fires).toBe(true);
    const offline = await check('--offline');
    expect([offline.code, offline.stdout.includes('silent')]).toEqual([1, true]);
  }, 20_000);
});
