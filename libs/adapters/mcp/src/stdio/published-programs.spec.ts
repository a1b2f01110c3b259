import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type JsonObject, type Outcome, type StdioUpstreamParts, toolTarget } from '@sallyport/contracts';
import { createUpstream } from '../create-upstream.ts';
import { sending } from '../../test/sending.ts';
import type { ManagedUpstream } from '../managed-upstream.ts';

const clock = { now: () => Date.now(), monotonic: () => performance.now() };
const baseDir = fileURLToPath(new URL('.', import.meta.url));
let folder: string;
let upstream: ManagedUpstream;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'published-'));
});

afterEach(async () => {
  await upstream.close();
  await rm(folder, { recursive: true });
});

function start(command: string[], env: Record<string, string> = {}): void {
  const config: StdioUpstreamParts = {
    ...{
      command,
      env,
      offers: ['tools'],
      pass_env: [],
      stderr: 'count',
      max_programs: 20,
      idle: 300_000,
      definitions: 'pinned',
      errors: 'mask',
      tools: {},
    },
    timeout: 60_000,
    start_timeout: 60_000,
    max_response_bytes: 1_000_000,
  };
  const env0 = { PATH: process.env['PATH'], HOME: folder };
  upstream = createUpstream({
    id: 'published',
    config,
    baseDir,
    env: env0,
    secrets: () => ({}),
    fetchFor: () => fetch,
    clock,
    log: () => undefined,
  });
}

function ask(tool: string, args: JsonObject): Promise<Outcome> {
  return upstream.send(
    {
      action: 'tools/call' as const,
      target: toolTarget(tool),
      arguments: args,
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    },
    sending({ caller: null, timeoutMs: 10_000, progressToken: 1 }),
  );
}

describe('published programs', () => {
  it('server-filesystem refuses what is outside, and reads what is inside', async () => {
    await writeFile(join(folder, 'a.txt'), 'inside');
    start(['npx', 'mcp-server-filesystem', folder]);
    expect((await upstream.list('tool')).map(({ name }) => name)).toContain('read_text_file');
    expect(await ask('read_text_file', { path: '/etc/hostname' })).toMatchObject({
      kind: 'result',
      result: { isError: true },
    });
    expect(await ask('read_text_file', { path: join(folder, 'a.txt') })).toMatchObject({
      kind: 'result',
      result: { content: [{ type: 'text', text: 'inside' }] },
    });
  }, 30_000);

  it('server-memory keeps what it is told', async () => {
    const file = join(folder, 'memory.jsonl');
    start(['npx', '-y', 'mcp-server-memory'], { MEMORY_FILE_PATH: file });
    const entities = [{ name: 'Ada', entityType: 'person', observations: ['writes programs'] }];
    expect(await ask('create_entities', { entities })).toMatchObject({ kind: 'result' });
    expect(await readFile(file, 'utf8')).toContain('Ada');
  }, 30_000);
});
