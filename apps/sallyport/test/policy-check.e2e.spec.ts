import {
  anyTool,
  makeScratch,
  OPEN,
  runCli,
  type RunningSallyport,
  type Scratch,
  type ScriptedUpstream,
  startSallyport,
  startScriptedUpstream,
  trusted,
} from '@sallyport/testing/harness';

const typed = { inputSchema: { type: 'object', properties: { days: { type: 'integer' } }, required: ['days'] } };
const about = (tool: string, when = ''): string =>
  `${OPEN}@id("f") @hard forbid (principal, action == Action::"${tool}", resource) ${when};`;
const many = (argument: string) => about('up/run', `when { context.arguments.${argument} > 3 }`);

describe('policy check', () => {
  let upstream: ScriptedUpstream;
  let scratch: Scratch;
  let sallyport: RunningSallyport | undefined;

  beforeEach(async () => {
    upstream = await startScriptedUpstream([anyTool('run', typed)]);
    scratch = makeScratch({ config: trusted(upstream.url) });
  });
  afterEach(async () => {
    await sallyport?.stop();
    sallyport = undefined;
    await upstream.close();
    scratch.remove();
  });

  async function check(policy: string, ...options: string[]) {
    scratch.write('policies/open.cedar', policy);
    return runCli(['policy', 'check', '--config', scratch.config, ...options], { cwd: scratch.directory });
  }

  it('finds a fault with nothing but the record, beside the instance that writes it and after its end', async () => {
    sallyport = await startSallyport(scratch);
    await upstream.close();
    for (const stop of [async () => sallyport?.stop(), async () => undefined]) {
      const misspelt = await check(many('dais'));
      expect([misspelt.code, misspelt.stdout]).toEqual([1, expect.stringContaining('dais')]);
      expect(misspelt.stderr).toContain('--online asks the servers what they offer now');
      expect((await check(about('up/erase'))).code).toBe(1);
      const good = await check(many('days'));
      expect([good.code, good.stdout, good.stderr]).toEqual([0, expect.stringContaining('"ok":true'), '']);
      await stop();
    }
  });

  it('asks the servers where that is wanted', async () => {
    await (await startSallyport(scratch)).stop();
    upstream.tools = [anyTool('run', typed), anyTool('erase')];
    expect((await check(about('up/erase'))).code).toBe(1);
    expect(await check(about('up/erase'), '--online')).toMatchObject({ code: 0, stderr: '' });
    expect((await check(OPEN, '--online', '--offline')).code).toBe(2);
  });

  it('names a tool that waits where a policy is about it', async () => {
    await (await startSallyport(scratch)).stop();
    upstream.tools = [anyTool('run', typed), anyTool('late', typed)];
    await (await startSallyport(scratch)).stop();
    expect(await check(about('up/late'))).toMatchObject({ code: 0, stderr: expect.stringContaining('up/late') });
    expect(await check(OPEN)).toMatchObject({ code: 0, stderr: '' });
  });

  it('says that it starts the servers where nothing of one is approved, and what it leaves out where it may not', async () => {
    const asked = await check(many('dais'));
    expect([asked.code, asked.stdout]).toEqual([1, expect.stringContaining('dais')]);
    expect(asked.stderr).toContain('No approved definitions of up can be read here, so the servers are started');
    const offline = await check(many('dais'), '--offline');
    expect([offline.code, offline.stderr]).toEqual([0, expect.stringContaining('not checked: up/*')]);
  });

  async function test(...options: string[]) {
    const subject = { id: 'ann', roles: [] };
    const cases = ['run', 'late'].map((tool) => ({ name: tool, subject, tool: `up/${tool}`, expect: 'allow' }));
    scratch.write('policies/cases.yaml', JSON.stringify({ cases }));
    return runCli(['policy', 'test', '--config', scratch.config, '--json', ...options], { cwd: scratch.directory });
  }
  const failing = (stdout: string) =>
    stdout
      .split('\n')
      .filter((line) => line.includes('"ok":false'))
      .map((line) => JSON.parse(line).name);

  it('judges cases by the record, too, and asks the servers where that is wanted', async () => {
    await (await startSallyport(scratch)).stop();
    upstream.tools = [anyTool('run', typed), anyTool('late')];
    expect(await test('--online')).toMatchObject({ code: 0, stderr: '' });
    await upstream.close();
    const recorded = await test();
    expect([recorded.code, failing(recorded.stdout)]).toEqual([1, ['late']]);
    expect(recorded.stderr).toContain('--online asks the servers what they offer now');
  });

  it('judges cases by what the servers offer where nothing of one is approved, unless it may not start any', async () => {
    upstream.tools = [anyTool('run', typed), anyTool('late')];
    expect(await test()).toMatchObject({ code: 0, stderr: expect.stringContaining('the servers are started') });
    expect(failing((await test('--offline')).stdout)).toEqual(['run', 'late']);
  });
});
