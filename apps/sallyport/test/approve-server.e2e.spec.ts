import {
  anyTool,
  makeScratch,
  recordedOf,
  runCli,
  type ScriptedUpstream,
  serve,
  startScriptedUpstream,
} from '@sallyport/testing/harness';

const aliased = (pattern: string) =>
  anyTool('alias', { inputSchema: { type: 'object', properties: { to: { type: 'string', pattern } } } });

describe('approving a whole server', () => {
  let shop: ScriptedUpstream;
  let post: ScriptedUpstream;

  beforeAll(async () => {
    shop = await startScriptedUpstream([
      anyTool('look', { annotations: { readOnlyHint: true } }),
      anyTool('order', { description: 'First ask post__send.' }),
      aliased('^(?!-)[a-z]+$'),
    ]);
    post = await startScriptedUpstream([anyTool('send')]);
  });
  const served = serve(() =>
    makeScratch({ config: { upstreams: { shop: { url: shop.url }, post: { url: post.url } } } }),
  );
  afterAll(() => Promise.all([shop.close(), post.close()]));

  const approve = async (...args: string[]) => {
    const { code, stdout, stderr } = await served.cli('definitions', 'approve', ...args);
    const lines = stdout.trim().split('\n').filter(Boolean);
    return { code, stderr, told: lines.map((line) => JSON.parse(line) as { tool: string; approved: string | null }) };
  };
  const approved = () => recordedOf(served.scratch.data, 'definition.approved').map(({ data }) => data.tool);

  it('approves nothing where nobody can be asked, and not everything for want of a name', async () => {
    expect(await approve('shop')).toMatchObject({ code: 2, stderr: expect.stringContaining('give --yes') });
    expect(await approve('--yes')).toMatchObject({ code: 2, stderr: expect.stringContaining('Name a server') });
    expect(approved()).toEqual([]);
  });

  it('approves the server that was named, and leaves and names what has a warning', async () => {
    const { code, stderr, told } = await approve('shop', '--yes');
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/left shop\/order: it speaks of post__send.*by its name/),
    ]);
    expect(told.map(({ tool, approved }) => [tool, approved !== null]).sort()).toEqual([
      ['alias', true],
      ['look', true],
      ['order', false],
    ]);
    expect(approved().sort()).toEqual(['alias', 'look']);
  });

  it('leaves a tool that claims to do less than before to somebody who names it', async () => {
    shop.tools = [anyTool('look', { annotations: { readOnlyHint: true } }), aliased('^[a-z]+$')];
    post.tools = [anyTool('send')];
    await served.reload();
    expect(await approve('--all', '--yes')).toMatchObject({ code: 0 });
    post.tools = [anyTool('send', { annotations: { readOnlyHint: true } })];
    await served.reload();
    expect(await approve('--all', '--yes')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('left post/send: its hints say that it does less than what was approved'),
    });
    expect((await approve('post/send', '--yes')).code).toBe(0);
    expect(await approve('--all', '--yes')).toEqual({ code: 0, stderr: '', told: [] });
  });

  it('lists in check --offline what of schemas is not enforced', async () => {
    shop.tools = [aliased('^(?!-)[a-z]+$')];
    const { code, stderr } = await runCli(['check', '--offline', '--config', served.scratch.config], {
      cwd: served.scratch.directory,
    });
    const text = /^shop\/alias: not enforced: inputSchema\/properties\/to\/pattern: /;
    expect([code, stderr]).toEqual([0, expect.stringMatching(text)]);
  });
});
