import { once } from 'node:events';
import { copyFileSync, existsSync, rmSync, statSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { text as readText } from 'node:stream/consumers';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import {
  ANN,
  anyTool,
  BEN,
  type Decision,
  eventually,
  faultsIn,
  makeScratch,
  OPEN,
  recordedOf,
  runCli,
  type RunningSallyport,
  type Scratch,
  type ScriptedUpstream,
  startSallyport,
  startScriptedUpstream,
  stdioTransport,
  textResult,
  trusted,
} from '@sallyport/testing/harness';

const ASKED = `${OPEN}
@id("sure") @confirm("self") @ask("Really?") forbid (principal, action == Action::"up/careful", resource);`;

/** A client, and the program that it started. */
interface Program {
  readonly client: Client;
  readonly pid: number;
  stderr(): string;
}

describe('a program over standard streams whose data directory an instance has already', () => {
  let upstream: ScriptedUpstream;
  let scratch: Scratch;
  let serving: RunningSallyport | null = null;
  let programs: Program[] = [];

  beforeAll(async () => void (upstream = await startScriptedUpstream([anyTool('run'), anyTool('careful')])));
  afterAll(() => upstream.close());
  beforeEach(() => {
    scratch = makeScratch({ policies: { 'all.cedar': ASKED }, config: trusted(upstream.url) });
  });
  afterEach(async () => {
    for (const { client } of programs) await client.close();
    await serving?.stop();
    [serving, programs] = [null, []];
    scratch.remove();
  });

  async function start(token = ANN.token, config = scratch.config): Promise<Program> {
    const client = new Client({ name: `client ${programs.length}`, version: '1' });
    const transport = stdioTransport({ config }, token, 'pipe');
    let stderr = '';
    transport.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    const failed = (error: unknown) => Promise.reject(new Error(stderr || String(error), { cause: error }));
    await client.connect(transport as Parameters<Client['connect']>[0]).catch(failed);
    const program = { client, pid: transport.pid ?? 0, stderr: () => stderr };
    programs.push(program);
    return program;
  }

  async function call({ client }: Program, name = 'up__run') {
    const result = await client.callTool({ name, arguments: {} });
    const [block] = result.content as { text: string }[];
    const meta = (result._meta as Record<string, Decision> | undefined)?.['dev.sallyport/decision'];
    return { decision: meta?.decision, text: block?.text ?? '' };
  }

  it('is refused where its configuration is another, which says whose the directory is', async () => {
    serving = await startSallyport(scratch);
    scratch.write(
      'other.yaml',
      `upstreams: { up: { url: '${upstream.url}' } }\nidentity: { development: { users: ./users.yaml } }\n`,
    );
    await expect(start(ANN.token, join(scratch.directory, 'other.yaml'))).rejects.toThrow(
      /is in use by an instance \(process \d+\) with the configuration \S+sallyport.yaml, and this is \S+other.yaml. Give each its own `data:`/,
    );
  });

  it('keeps the directory from a `serve` with another configuration, and `serve` from another, which say whose it is', async () => {
    await start();
    scratch.write(
      'other.yaml',
      `upstreams: { up: { url: '${upstream.url}' } }\nidentity: { development: { users: ./users.yaml } }\n`,
    );
    const other = { config: join(scratch.directory, 'other.yaml') };
    await expect(startSallyport(other)).rejects.toThrow(
      /is in use by an instance \(process \d+\) with the configuration/,
    );
    serving = await startSallyport(scratch);
    await expect(startSallyport(scratch)).rejects.toThrow(
      new RegExp(`is in use by \`sallyport serve\` \\(process ${serving.pid}\\) .* stop it first`),
    );
  });

  it('is told why an instance whose configuration was moved away can’t answer, and that one goes on', async () => {
    const moved = join(scratch.directory, 'moved.yaml');
    serving = await startSallyport(scratch);
    copyFileSync(scratch.config, moved);
    rmSync(scratch.config);
    await expect(startSallyport({ config: moved })).rejects.toThrow(/process \d+\) could not answer: .*ENOENT/);
    expect(await handOverAsked('%')).toMatch(/^403 .*could not answer: .*URI malformed/);
    expect((await fetch(`${serving.url}/livez`)).status).toBe(200);
  });

  /** What the instance answers to somebody who asks for the directory, with a header of their own. */
  async function handOverAsked(config: string): Promise<string> {
    const to = { socketPath: join(scratch.data, 'sallyport.sock'), method: 'POST' };
    const asked = request({ ...to, headers: { 'sallyport-config': config } }).end();
    const [response] = (await once(asked, 'response')) as [IncomingMessage];
    return `${response.statusCode} ${await readText(response)}`;
  }

  it('is refused without a token that the instance knows', async () => {
    serving = await startSallyport(scratch);
    await expect(start('nobody')).rejects.toThrow('Give a token with --token or SALLYPORT_TOKEN.');
    expect((await call(await start(BEN.token))).decision).toBe('allow');
  });

  it('is told what is in the way where the path of the socket would be too long', async () => {
    const data = join(scratch.directory, 'deep'.repeat(30));
    const upstreams = { up: { url: upstream.url, definitions: 'trust_on_first_use' as const } };
    scratch.configure({ upstreams, data });
    serving = await startSallyport(scratch);
    expect(serving.log()).toMatch(
      /no second client can join this instance: \S+ \S+ is too long for a socket; set `data:`/,
    );
  });

  it('joins `serve`, where its calls are held and approved as everywhere', async () => {
    serving = await startSallyport(scratch);
    const program = await start();
    expect((await call(program)).decision).toBe('allow');
    const { decision, text } = await call(program, 'up__careful');
    expect([decision, text]).toEqual(['hold', expect.stringContaining(`--url ${serving.url} `)]);
    const [, id = ''] = /approve (\S+)/.exec(text) ?? [];
    const vote = ['approve', id, '--url', serving.url, '--yes', '--token', ANN.token];
    expect((await runCli(vote, { cwd: '/' })).code).toBe(0);
    expect((await call(program, 'up__careful')).decision).toBe('allow');
    expect(recordedOf(scratch.data, 'gateway.started')).toHaveLength(1);
  });

  it('joins through a socket that is its owner’s alone, and that is gone with the instance', async () => {
    const socket = join(scratch.data, 'sallyport.sock');
    serving = await startSallyport(scratch);
    expect(statSync(socket).mode & 0o777).toBe(0o600);
    await serving.stop();
    expect(existsSync(socket)).toBe(false);
  });

  it('joins another such program that starts at the same moment', async () => {
    const both = await Promise.all([start(ANN.token), start(BEN.token)]);
    for (const program of both) expect((await call(program)).decision).toBe('allow');
    expect(recordedOf(scratch.data, 'gateway.started')).toHaveLength(1);
  });

  it('serves its client itself when the other program ends with its own', async () => {
    const first = await start(ANN.token);
    const second = await start(BEN.token);
    expect((await call(second)).decision).toBe('allow');
    await first.client.close();
    expect((await call(second)).decision).toBe('allow');
    expect(recordedOf(scratch.data, 'gateway.started')).toHaveLength(2);
    await second.client.close();
    expect(recordedOf(scratch.data, 'gateway.stopped')).toHaveLength(2);
    expect(faultsIn(scratch.data)).toEqual([]);
  });

  it('makes room for `serve`, finishes what runs, and is served by it like all that had joined', async () => {
    const [first, second] = [await start(ANN.token), await start(BEN.token)];
    for (const program of [first, second]) expect((await call(program)).decision).toBe('allow');
    const { promise: slow, resolve: release } = Promise.withResolvers<void>();
    upstream.behaviour = () => slow.then(() => textResult('done'));
    const reached = upstream.nextCall();
    const running = call(first);
    await reached;
    const started = startSallyport(scratch);
    await eventually(() => !existsSync(join(scratch.data, 'sallyport.sock')));
    release();
    expect(await running).toEqual({ decision: 'allow', text: 'done' });
    serving = await started;
    for (const program of [first, second]) expect((await call(program)).decision).toBe('allow');
    expect(serving.log()).toContain('hands over the data directory');
    expect(recordedOf(scratch.data, 'gateway.started')).toHaveLength(2);
    expect(faultsIn(scratch.data)).toEqual([]);
  });

  it('tells its client which call may have run when the instance is killed, and goes on', async () => {
    serving = await startSallyport(scratch);
    const program = await start();
    await call(program);
    const { promise: never, resolve: release } = Promise.withResolvers<void>();
    upstream.behaviour = () => never.then(() => textResult('late'));
    const reached = upstream.nextCall();
    const told = expect(call(program)).rejects.toThrow('it may have been carried out. Look whether it was');
    await reached;
    await serving.stop('SIGKILL');
    await told;
    release();
    expect((await call(program)).decision).toBe('allow');
    expect(program.stderr()).toContain('the instance that served this client has ended');
  });
});
