import {
  ANN,
  anyTool,
  callTool,
  connect,
  decisionOn,
  faultsIn,
  launchSallyport,
  runCli,
  serveScripted,
  trusted,
} from '@sallyport/testing/harness';

const POLICY = `
@id("docs") permit (principal, action in [Action::"up/read", Action::"up/write"], resource is Tool)
when { context.arguments has path && context.arguments.path like "/srv/docs/*" };
@id("web") permit (principal, action == Action::"up/fetch", resource is Tool)
when { context.arguments has url && context.arguments.url like "https://example.com/*" };
@id("many") permit (principal, action == Action::"up/read_many", resource is Tool);
`;
const text = { type: 'string' };
const schema = (properties: object) => ({ inputSchema: { type: 'object', properties } as never });

const tools = [
  anyTool('read', schema({ path: text })),
  anyTool('write', schema({ path: text, content: text })),
  anyTool('fetch', schema({ url: { type: 'string', format: 'uri' } })),
  anyTool(
    'read_many',
    schema({
      paths: { type: 'array', items: text },
      batch: { type: 'array', items: { type: 'object', properties: { file: text } } },
    }),
  ),
];
const values = {
  read: { effect: 'read', values: [{ argument: 'path', kind: 'path' }] },
  write: { effect: 'write', values: [{ argument: '/path', kind: 'path' }] },
  fetch: { effect: 'read', values: [{ argument: 'url', kind: 'uri' }] },
  read_many: {
    effect: 'read',
    values: [
      { argument: '/paths/*', kind: 'path' },
      { argument: '/batch/*/file', kind: 'path' },
    ],
  },
};

describe('paths and URIs have one spelling', () => {
  const config = (more: object) => trusted(served.upstream.url, more);

  const served = serveScripted({
    tools,
    policies: { 'files.cedar': POLICY },
    config: (url) => trusted(url, { tools: values }),
  });

  const call = (tool: string, args: object) => callTool(served.sallyport, ANN.token, [`up__${tool}`, args as never]);

  it.each([
    '/srv/docs/../secret',
    '/srv/docs/%2e%2e/secret',
    '/srv/docs/..\\..\\secret',
    '/srv/docs//a',
    '/srv/docs/./a',
    '/srv/docs/．．/secret',
    '/srv/docs/a\0.txt',
  ])('refuses the path %j before a policy sees it, to readers and writers', async (path) => {
    for (const [tool, args] of [
      ['read', { path }],
      ['write', { path, content: 'x' }],
      ['read_many', { paths: ['/srv/docs/a', path] }],
      ['read_many', { batch: [{ file: 'a' }, { file: path }] }],
    ] as const) {
      const { meta, said } = await call(tool, args);
      expect([tool, meta?.decision, meta?.reason]).toEqual([tool, 'deny', 'not_normal_form']);
      expect(said).toMatch(/^\/(?:path|paths\/1|batch\/1\/file) must /);
      expect(said).not.toContain('secret');
      expect(decisionOn(served.scratch.data, meta?.id ?? '').guard).toBe('normal-form');
    }
    expect(served.upstream.calls).toEqual([]);
  });

  it.each(['https://example.com/../x', 'HTTPS://example.com/a', 'https://example.com/a#b', 'https://u:p@example.com/'])(
    'refuses the URI %j',
    async (url) => {
      expect((await call('fetch', { url })).meta).toMatchObject({ decision: 'deny', reason: 'not_normal_form' });
      expect(served.upstream.calls).toEqual([]);
    },
  );

  it('lets what is in normal form to the policies, which judge it', async () => {
    expect((await call('read', { path: '/srv/docs/a.txt' })).meta?.decision).toBe('allow');
    expect((await call('write', { path: '/srv/docs/a.txt', content: '../..' })).meta?.decision).toBe('allow');
    expect((await call('fetch', { url: 'https://example.com/a' })).meta?.decision).toBe('allow');
    expect((await call('read', { path: '/srv/secret' })).meta).toMatchObject({
      decision: 'deny',
      reason: 'not_permitted',
    });
    expect((await call('read', {})).meta?.decision).toBe('deny');
    const client = await connect('v2 modern', served.sallyport.url, ANN.token);
    expect((await client.list()).toSorted()).toEqual(['up__fetch', 'up__read', 'up__read_many', 'up__write']);
    await client.close();
    expect(served.upstream.calls).toHaveLength(3);
    expect(faultsIn(served.scratch.data)).toEqual([]);
  });

  it('warns of a rule on a path that is not declared, and not where it is, is detected or is text', async () => {
    const cli = async (more: object): Promise<string> => {
      served.scratch.configure(config(more) as never);
      const { stdout } = await runCli(['policy', 'check', '--config', served.scratch.config], {
        cwd: served.scratch.directory,
      });
      return stdout;
    };
    const bare = { read: { effect: 'read' }, fetch: { effect: 'read' } };
    const warned = await cli({ tools: bare });
    expect(warned).toContain('compares /path of up/read, which looks like a path');
    expect(warned).toContain('compares /url of up/fetch, which looks like a uri');
    expect(await cli({ tools: bare, detect_paths: true })).not.toContain('looks like');
    expect(await cli({ tools: values })).not.toContain('looks like');
    const none = { values: [{ argument: 'path', kind: 'text' }] };
    expect(await cli({ tools: { ...values, read: none } })).not.toContain('looks like');
  });

  it('detects them where that is wanted, and can’t be put in shadow', async () => {
    served.scratch.configure(config({ detect_paths: true, tools: { read: { effect: 'read' } } }) as never);
    expect(
      (await runCli(['check', '--offline', '--config', served.scratch.config], { cwd: served.scratch.directory }))
        .stdout,
    ).toContain('normal-form/up/read /path (path)');
    await served.restart();
    const { meta } = await call('read', { path: '/srv/docs/../secret' });
    expect(meta).toMatchObject({ decision: 'deny', reason: 'not_normal_form' });
    served.scratch.configure({ ...config({ tools: values }), shadow: ['normal-form'] } as never);
    const started = launchSallyport(served.scratch);
    expect((await started.ended).code).not.toBe(0);
    expect(started.log()).toContain('normal-form keeps from policies');
  });
});
