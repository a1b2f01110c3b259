import {
  admin,
  ANN,
  anyTool,
  callTool,
  connect,
  decisionOn,
  eventually,
  faultsIn,
  launchSallyport,
  makeScratch,
  operatorToken,
  runCli,
  type RunningSallyport,
  type Scratch,
  type ScriptedUpstream,
  send,
  startSallyport,
  startScriptedUpstream,
  textResult,
} from '@sallyport/testing/harness';

const POLICY = `
@id("own") permit (principal, action, resource is Doc) when { resource has owner && resource.owner == principal };
@id("look") permit (principal, action == Action::"docs/owner_of", resource is Tool);
`;

const id = { type: 'string' };
const object = (properties: object) => ({ type: 'object', properties });
const move = (from = 'from') =>
  anyTool('move', { inputSchema: object({ plan: object({ [from]: id, to: id }), note: id }) as never });
const ownerships: Record<string, { owner: string }> = { d1: { owner: 'ann' }, d3: { owner: 'zoe' } };
const ownerOf = anyTool('owner_of', { inputSchema: object({ doc_id: id }) as never });

describe('places that the configuration names and a tool does not have', () => {
  let upstream: ScriptedUpstream;
  let scratch: Scratch;
  let sallyport: RunningSallyport | undefined;

  const config = (paths: readonly string[], more: object = {}) => ({
    upstreams: {
      docs: {
        url: upstream.url,
        definitions: 'trust_on_first_use',
        tools: {
          owner_of: { effect: 'read' },
          move: {
            effect: 'write',
            resources: paths.map((argument) => ({
              argument,
              type: 'Doc',
              resolver: { tool: 'owner_of', argument: 'doc_id', owner: '/structuredContent/owner', ttl: '1s' },
            })),
          },
        },
      },
    },
    ...more,
  });

  beforeEach(async () => {
    upstream = await startScriptedUpstream([move(), ownerOf], ({ tool, args }) =>
      tool === 'owner_of'
        ? { ...textResult('x'), structuredContent: ownerships[String(args['doc_id'])] ?? {} }
        : textResult('moved'),
    );
    scratch = makeScratch({ policies: { 'docs.cedar': POLICY }, config: config(['/plan/from', '/plan/to']) as never });
  });
  afterEach(async () => {
    await sallyport?.stop();
    sallyport = undefined;
    await upstream.close();
    scratch.remove();
  });

  const listed = async (running: RunningSallyport) => {
    const client = await connect('v2 modern', running.url, ANN.token);
    const names = await client.list();
    await client.close();
    return names.join(' ');
  };
  const moved = () => upstream.calls.filter(({ tool }) => tool === 'move').length;
  const foreign = { plan: { from: 'd3', to: 'd1' } };

  it('a tool is not served whose resource is nowhere in its schema, and everybody is told why', async () => {
    scratch.configure(config(['/plan/form', '/plan/to']) as never);
    sallyport = await startSallyport(scratch);
    const { meta, error } = await callTool(sallyport, ANN.token, ['docs__move', foreign as never]);
    expect(meta?.decision ?? error?.message).not.toBe('allow');
    expect(moved()).toBe(0);
    expect(await listed(sallyport)).not.toContain('docs__move');
    const told = 'resources: /plan/form is not in the input schema of docs/move. Did you mean /plan/from?';
    await sallyport.logged(told);
    const ready = await send(sallyport, { method: 'GET', path: '/readyz', headers: {}, body: '' });
    expect([ready.status, ready.text]).toEqual([200, expect.stringContaining('/plan/form')]);
    const at = ['--url', sallyport.url, '--config', scratch.config];
    const shown = await runCli(['definitions', 'show', 'docs/move', ...at], { cwd: scratch.directory });
    expect(shown.stdout).toContain(told);
    const check = await runCli(['check', ...at], { cwd: scratch.directory });
    expect([check.code, check.stdout + check.stderr]).toEqual([1, expect.stringContaining('Did you mean /plan/from?')]);
    expect(faultsIn(scratch.data)).toEqual([]);
  });

  it('neither a reload nor a start takes such a configuration over an approved definition', async () => {
    sallyport = await startSallyport(scratch);
    const refused = await callTool(sallyport, ANN.token, ['docs__move', foreign as never]);
    expect(refused.meta).toMatchObject({ decision: 'deny', reason: 'not_owner' });
    const own = { plan: { from: 'd1', to: 'd1' } };
    expect((await callTool(sallyport, ANN.token, ['docs__move', own as never])).meta?.decision).toBe('allow');
    for (const [path, told] of [
      ['/plan/form', 'Did you mean /plan/from?'],
      ['/plan/steps/from', 'Did you mean /plan/from?'],
      ['plan.from', 'write /plan/from'],
      ['plan/*', 'write /plan/*'],
    ] as const) {
      scratch.configure(config([path, '/plan/to']) as never);
      const answer = await admin(sallyport, operatorToken(scratch.data), ['POST', '/reload']);
      expect([answer.status, answer.text]).toEqual([422, expect.stringContaining(told)]);
    }
    const still = await callTool(sallyport, ANN.token, ['docs__move', foreign as never]);
    expect(still.meta).toMatchObject({ decision: 'deny', reason: 'not_owner' });
    await sallyport.stop();
    sallyport = undefined;
    const limits = [
      { id: 'spend', per: ['tenant'], tool: 'docs/move', budget: { argument: '/note', max: 1, window: 'day' } },
    ];
    for (const [wrong, told] of [
      [config(['/plan/form']), 'Did you mean /plan/from?'],
      [config(['/plan/from'], { limits }), 'is no number in the input schema of docs/move'],
    ] as const) {
      scratch.configure(wrong as never);
      const started = launchSallyport(scratch);
      expect((await started.ended).code).not.toBe(0);
      expect(started.log()).toContain(told);
    }
  });

  it('neither takes a schema of arguments that could never refuse anything', async () => {
    const narrowed = (schema: object) => {
      const { upstreams } = config(['/plan/from', '/plan/to']);
      const { tools } = upstreams.docs;
      return {
        upstreams: { docs: { ...upstreams.docs, tools: { ...tools, move: { ...tools.move, arguments: schema } } } },
      };
    };
    const wrong = [
      [{ properties: { note: { maxLenght: 9 } } }, 'properties.note.maxLenght: unknown keyword', 'mean "maxLength"?'],
      [{ properties: { note: { format: 'emial' } } }, 'no format "emial" is checked', 'Did you mean "email"?'],
      [{ required: ['nte'] }, 'docs/move: arguments: the tool takes no argument /nte.', 'Did you mean /note?'],
      [{ not: { required: ['nte'] } }, 'docs/move: arguments: the tool takes no argument /nte.', 'mean /note?'],
      [{ properties: { note: { maxItems: 1 } } }, 'docs/move: arguments: maxItems says nothing of /note', 'string'],
    ] as const;
    const plain = (text: string) => text.replaceAll('\\"', '"');
    sallyport = await startSallyport(scratch);
    for (const [schema, message, hint] of wrong) {
      scratch.configure(narrowed(schema) as never);
      const { status, text } = await admin(sallyport, operatorToken(scratch.data), ['POST', '/reload']);
      expect(status).toBe(422);
      for (const told of [message, hint]) expect(plain(text)).toContain(told);
    }
    await sallyport.stop();
    sallyport = undefined;
    for (const [schema, message, hint] of [wrong[0], wrong[2]]) {
      scratch.configure(narrowed(schema) as never);
      const started = launchSallyport(scratch);
      expect((await started.ended).code).not.toBe(0);
      for (const told of [message, hint]) expect(plain(started.log())).toContain(told);
    }
    scratch.configure(narrowed(wrong[0][0]) as never);
    const check = await runCli(['check', '--offline', '--config', scratch.config], { cwd: scratch.directory });
    expect([check.code, plain(check.stdout + check.stderr)]).toEqual([
      2,
      expect.stringContaining('Did you mean "maxLength"?'),
    ]);
    scratch.configure(narrowed({ 'x-owner': 'ops', properties: { note: { maxLength: 9 } } }) as never);
    sallyport = await startSallyport(scratch);
    const own = { plan: { from: 'd1', to: 'd1' }, note: 'much too long' };
    const { meta } = await callTool(sallyport, ANN.token, ['docs__move', own as never]);
    expect(meta).toMatchObject({ decision: 'deny', reason: 'invalid_arguments' });
  });

  it('a changed definition that lacks a declared place is not approved', async () => {
    sallyport = await startSallyport(scratch);
    upstream.tools = [move('source'), ownerOf];
    await admin(sallyport, operatorToken(scratch.data), ['POST', '/reload']);
    const running = sallyport;
    const at = ['--url', running.url, '--config', scratch.config];
    const cli = (...args: string[]) => runCli([...args, ...at], { cwd: scratch.directory });
    await eventually(async () => (await cli('definitions')).stdout.includes('drifted'));
    const { code, stderr, stdout } = await cli('definitions', 'approve', 'docs/move', '--yes');
    expect([code, stderr + stdout]).toEqual([1, expect.stringContaining('resources: /plan/from is not in the input')]);
    expect(await listed(running)).not.toContain('docs__move');
  });

  it('a resolver that is asked for what its tool does not take keeps the tool out', async () => {
    upstream.tools = [move(), anyTool('owner_of', { inputSchema: object({ document: id }) as never })];
    sallyport = await startSallyport(scratch);
    expect(await listed(sallyport)).not.toContain('docs__move');
    await sallyport.logged('doc_id is not in the input schema of docs/owner_of');
  });

  it('one element of many that names no object is no way around the owner of the others', async () => {
    upstream.tools = [
      anyTool('move', {
        inputSchema: object({
          steps: { type: 'array', items: object({ doc: id, all: { type: 'boolean' } }) },
        }) as never,
      }),
      ownerOf,
    ];
    scratch.configure(config(['/steps/*/doc']) as never);
    sallyport = await startSallyport(scratch);
    const call = (steps: object[]) => callTool(running, ANN.token, ['docs__move', { steps } as never]);
    const running = sallyport;
    const { meta } = await call([{ doc: 'd1' }, { all: true }]);
    expect(meta).toMatchObject({ decision: 'deny', reason: 'unbounded_query' });
    expect(decisionOn(scratch.data, meta?.id ?? '').facts.unbounded).toEqual(['/steps']);
    expect((await call([{ doc: 'd1' }])).meta?.decision).toBe('allow');
    expect(moved()).toBe(1);
  });
});
