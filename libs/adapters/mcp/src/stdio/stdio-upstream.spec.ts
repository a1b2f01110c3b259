import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type JsonObject, type Outcome, type SendOptions, type ServerMessage, toolTarget } from '@sallyport/contracts';
import { until } from '@sallyport/testing';
import { forms } from '../../test/http-upstream.ts';
import { sending } from '../../test/sending.ts';
import type { ManagedUpstream } from '../managed-upstream.ts';
import { createStdioUpstream, type StdioUpstreamOptions } from './stdio-upstream.ts';

const clock = { now: () => Date.now(), monotonic: () => performance.now() };
const baseDir = fileURLToPath(new URL('./fixtures', import.meta.url));
let upstream: ManagedUpstream;
let logged: string[];

function start(
  mode = 'plain',
  over: Partial<StdioUpstreamOptions> = {},
  config: Partial<StdioUpstreamOptions['config']> = {},
): void {
  logged = [];
  upstream = createStdioUpstream({
    id: 'odd',
    config: {
      command: ['node', 'odd-program.mjs', mode],
      env: { GIVEN: 'yes' },
      pass_env: ['PASSED'],
      offers: ['tools'],
      definitions: 'pinned',
      errors: 'mask',
      timeout: 60_000,
      start_timeout: 60_000,
      max_response_bytes: 1_000_000,
      stderr: 'count',
      max_programs: 20,
      idle: 300_000,
      tools: {},
      ...config,
    },
    baseDir,
    env: { PATH: process.env['PATH'], HOME: '/home/x', PASSED: 'p', SECRET_TOKEN: 'must not be seen' },
    clock,
    backoff: { firstMs: 50, maxMs: 50 },
    log: (level, message, fields) => void logged.push(`${level} ${message} ${JSON.stringify(fields ?? {})}`),
    ...over,
  });
}

function ask(tool: string, args: JsonObject = {}, over: Partial<SendOptions> = {}): Promise<Outcome> {
  return upstream.send(
    { action: 'tools/call' as const, target: toolTarget(tool), arguments: args, traceparent: null },
    sending({ caller: null, ...over }),
  );
}

async function text(tool: string, args: JsonObject = {}): Promise<string> {
  const outcome = await ask(tool, args);
  if (outcome.kind !== 'result') throw new Error(JSON.stringify(outcome));
  return String((outcome.result['content'] as JsonObject[])[0]?.['text']);
}

afterEach(() => upstream.close());

describe('a program that fails', () => {
  it('ends at each start: calls are refused at once, and nothing is sent', async () => {
    start('die');
    await until(() => upstream.state() === 'down');
    const outcome = await ask('echo');
    expect(outcome).toMatchObject({ kind: 'failed', reason: 'upstream_down', sent: false });
    expect(outcome.kind === 'failed' && outcome.detail).toMatch(/started again in \d+ ms/);
    await expect(upstream.list('tool')).rejects.toMatchObject({ code: 'upstream_unavailable' });
  });

  it('does not answer `initialize` within start_timeout: it is ended and started again', async () => {
    start('mute', {}, { start_timeout: 50 });
    await until(() => logged.some((line) => line.includes('initialize failed: no answer within 50 ms')));
    expect(upstream.state()).not.toBe('up');
  });

  it('says on stderr why it can’t start: that is logged, since no call has reached it', async () => {
    start('broken');
    await until(() =>
      logged.some((line) => line.includes('did not get ready') && line.includes('cannot open /etc/odd')),
    );
  });

  it('does not exist: down, and close still works', async () => {
    start();
    await upstream.close();
    start('plain', { config: { ...configOf('/no/such/program') } });
    expect(await ask('echo')).toMatchObject({ kind: 'failed', reason: 'upstream_down', sent: false });
  });

  it('crashes: what is under way fails as sent, and it is started again', async () => {
    start();
    const before = await text('pid');
    const [hanging, crashing] = await Promise.all([ask('hang'), ask('crash')]);
    expect([hanging, crashing]).toEqual([
      expect.objectContaining({ reason: 'upstream_down', sent: true }),
      expect.objectContaining({ reason: 'upstream_down', sent: true }),
    ]);
    let changes = 0;
    upstream.onChanged((kind) => void (changes += kind === 'tool' ? 1 : 0));
    await until(() => upstream.state() === 'up');
    expect(await text('pid')).not.toBe(before);
    expect(changes).toBe(1);
  });

  it('answers and ends at once: the answer counts', async () => {
    start();
    for (let round = 0; round < 5; round += 1) {
      expect(await text('bye')).toBe('bye');
      await until(() => upstream.state() === 'down');
      await until(() => upstream.state() === 'up');
    }
  });

  it('hangs: the call times out, is told so, and the others are served', async () => {
    start();
    const hanging = ask('hang', {}, { timeoutMs: 1_500 });
    expect(await text('echo', { message: 'me' })).toBe('me');
    expect(await hanging).toMatchObject({ kind: 'failed', reason: 'upstream_timeout', sent: true });
    expect(JSON.parse(await text('seen'))).toContain('notifications/cancelled');
  });

  it('never answers the handshake: the call ends with its own time', async () => {
    start('mute');
    expect(await ask('echo', {}, { timeoutMs: 100 })).toMatchObject({ reason: 'upstream_timeout', sent: false });
  });

  it('answers more than allowed: that call fails, and no other', async () => {
    start();
    const before = await text('pid');
    const other = text('slow');
    expect(await ask('huge')).toMatchObject({ kind: 'failed', reason: 'upstream_too_large', sent: true });
    expect([await other, await text('huge_noise'), await text('pid')]).toEqual(['slow', 'after noise', before]);
  });

  it('says an error without an id: that ends nobody’s call', async () => {
    start();
    expect(await text('lost')).toBe('found');
  });

  it.each([
    ['text_id', 'as text'],
    ['batch', 'of a batch'],
    ['marked', 'marked'],
    ['printed', 'printed'],
  ])('writes oddly (%s), and is understood', async (tool, said) => {
    start();
    expect(await text(tool)).toBe(said);
  });

  it('answers with an id that nobody gave', async () => {
    start();
    expect(await ask('wrong_id')).toMatchObject({ kind: 'failed', reason: 'upstream_wrong_id', sent: true });
  });

  it('lists without end', async () => {
    start('endless');
    await expect(upstream.list('tool')).rejects.toMatchObject({ code: 'upstream_unavailable' });
  });
});

describe('a program that works', () => {
  it('gets a clean environment: an allow-list, and what is configured', async () => {
    start();
    const env = JSON.parse(await text('env')) as Record<string, string>;
    expect(Object.keys(env).sort()).toEqual(['GIVEN', 'HOME', 'PASSED', 'PATH']);
    expect(await text('version')).toBe(process.version);
  });

  it('is not written to when beforeWrite says no', async () => {
    start();
    await text('echo', { message: 'x' });
    expect(await ask('echo', {}, { beforeWrite: () => false })).toMatchObject({ reason: 'cancelled', sent: false });
    expect(JSON.parse(await text('seen')).filter((method: string) => method === 'tools/call')).toHaveLength(2);
  });

  it('serves many calls at a time, each its own answer', async () => {
    start();
    const messages = Array.from({ length: 200 }, (_, index) => `m${index}`);
    expect(await Promise.all(messages.map((message) => text('echo', { message })))).toEqual(messages);
  });

  it('is not ended by a client that fails to hear', async () => {
    start();
    const notify = (): never => {
      throw new Error('gone');
    };
    expect(await ask('progress', {}, { progressToken: 1, notify })).toMatchObject({ kind: 'result' });
    upstream.onChanged(notify);
    expect(await text('changed')).toBe('changed');
    const beforeWrite = notify;
    expect(await ask('echo', {}, { beforeWrite })).toMatchObject({ kind: 'failed', sent: false });
  });

  it('may chatter on stdout and stderr; the text of stderr, which may hold arguments, is counted and not logged', async () => {
    start();
    expect(await text('chatter')).toBe('after chatter');
    await until(() => upstream.usage().stderr.lines === 1);
    expect(upstream.usage().stderr).toEqual({ lines: 1, bytes: 15 });
    expect(logged.join()).not.toContain('told on stderr');
    expect(logged.join()).toContain('set `stderr: log` for this upstream');
  });

  it('has its stderr logged where the operator asks for it', async () => {
    start('plain', { config: { ...configOf('node'), command: ['node', 'odd-program.mjs'], stderr: 'log' } });
    await text('chatter');
    await until(() => logged.some((line) => line.includes('told on stderr')));
  });

  it('is told of a cancelled call', async () => {
    start();
    const controller = new AbortController();
    const hanging = ask('hang', {}, { signal: controller.signal });
    await text('echo', { message: 'x' });
    controller.abort();
    expect(await hanging).toMatchObject({ kind: 'failed', reason: 'cancelled', sent: true });
    expect(JSON.parse(await text('seen'))).toContain('notifications/cancelled');
  });

  it('sends progress to its own call alone, with the client’s token', async () => {
    start();
    const heard: ServerMessage[] = [];
    await ask('progress', {}, { progressToken: 42, notify: (message) => void heard.push(message) });
    expect(heard).toEqual([{ method: 'notifications/progress', params: { progressToken: 42, progress: 1, total: 2 } }]);
  });

  it('asks nobody where several calls are under way: nobody knows for which', async () => {
    start();
    const asked: unknown[] = [];
    const answer: SendOptions['ask'] = (message) => Promise.resolve({ result: { asked: asked.push(message) } });
    const hanging = ask('hang', {}, { ask: answer });
    const both = await ask('ask', {}, { ask: answer });
    expect(JSON.stringify(both)).toContain('-32601');
    expect(asked).toEqual([]);
    await upstream.close();
    await hanging;
  });

  it('has its request answered by the one call that is under way', async () => {
    start();
    expect(JSON.parse(await text('ask'))).toMatchObject({ error: { code: -32601 } });
    const answer: SendOptions['ask'] = ({ method }) => Promise.resolve({ result: { method } });
    const outcome = await ask('ask', {}, { ask: answer });
    expect(JSON.stringify(outcome)).toContain('sampling/createMessage');
  });

  it('lists all its pages, without what is no tool, and tells of changes', async () => {
    start();
    let changes = 0;
    upstream.onChanged((kind) => void (changes += kind === 'tool' ? 1 : 0));
    expect((await upstream.list('tool')).map(({ name }) => name)).toEqual(['tool_0', 'tool_1', 'tool_2']);
    await text('changed');
    expect(changes).toBe(1);
  });

  it('may speak 2026-07-28 only', async () => {
    start('modern');
    expect(await text('echo', { message: 'modern' })).toBe('modern');
    expect(JSON.parse(await text('seen')).slice(0, 2)).toEqual(['initialize', 'server/discover']);
  });

  it('is sent a call that goes on where it knows such calls, and nowhere else', async () => {
    start('modern', {}, { client_requests: forms });
    const input = { responses: { a: {} }, state: 'theirs' };
    const call = {
      action: 'tools/call' as const,
      target: toolTarget('params'),
      arguments: {},
      traceparent: null,
      input,
    };
    const told = await upstream.send(call, sending({ caller: null, capabilities: { elicitation: {}, roots: {} } }));
    expect(JSON.stringify(told)).toContain('theirs');
    expect(JSON.stringify(told)).toContain('clientCapabilities\\":{\\"elicitation\\":{\\"form\\":{}}}');
    await upstream.close();
    start();
    expect(await upstream.send(call, sending({ caller: null }))).toMatchObject({ kind: 'failed', sent: false });
    expect(await text('seen')).not.toMatch(/tools\/call.*tools\/call/);
  });
});

describe('stopping', () => {
  it('ends the whole group, and SIGKILL follows SIGTERM', async () => {
    start('deaf');
    const pid = Number(await text('pid'));
    const child = Number(await text('child'));
    expect([lives(pid), lives(child)]).toEqual([true, true]);
    await upstream.close();
    await until(() => !lives(pid) && !lives(child));
    expect(await ask('echo')).toMatchObject({ reason: 'upstream_down', sent: false });
  });

  it('ends the program when we exit without closing', async () => {
    upstream = { close: async () => undefined } as ManagedUpstream;
    const host = spawn(process.execPath, ['--conditions=@sallyport/source', join(baseDir, 'careless-host.mjs')]);
    const output: Buffer[] = [];
    host.stdout.on('data', (chunk: Buffer) => output.push(chunk));
    await new Promise((resolve) => host.once('exit', resolve));
    const pid = Number(Buffer.concat(output).toString());
    expect(pid).toBeGreaterThan(1);
    await until(() => !lives(pid));
  });

  it('leaves nothing of a crashed program', async () => {
    start();
    const child = Number(await text('child'));
    await ask('crash');
    await until(() => !lives(child));
  });
});

function configOf(program: string): StdioUpstreamOptions['config'] {
  const rest = {
    stderr: 'count',
    max_programs: 20,
    idle: 300_000,
    env: {},
    pass_env: [],
    definitions: 'pinned',
    errors: 'mask',
    tools: {},
  } as const;
  return {
    ...rest,
    offers: ['tools'],
    pass_env: [],
    command: [program],
    timeout: 1_000,
    start_timeout: 60_000,
    max_response_bytes: 1_000,
  };
}

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
