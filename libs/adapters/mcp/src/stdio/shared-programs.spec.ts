import { fileURLToPath } from 'node:url';
import {
  configSchema,
  type Caller,
  type ClientSession,
  type JsonObject,
  type Outcome,
  type StdioUpstreamParts,
  toolTarget,
} from '@sallyport/contracts';
import { sending } from '../../test/sending.ts';
import type { ManagedUpstream } from '../managed-upstream.ts';
import { createStdioUpstream } from './stdio-upstream.ts';

const baseDir = fileURLToPath(new URL('./fixtures', import.meta.url));
let upstream: ManagedUpstream;

function start(more: Partial<Omit<StdioUpstreamParts, 'command'>>, now: () => number = () => performance.now()): void {
  const command = ['node', 'odd-program.mjs'];
  const { odd } = configSchema.parse({
    upstreams: { odd: { command, ...more } },
  }).upstreams;
  if (odd === undefined || 'url' in odd) throw new Error('no program');
  upstream = createStdioUpstream({
    id: 'odd',
    config: { ...odd, command },
    baseDir,
    env: { PATH: process.env['PATH'] },
    clock: { now: () => 0, monotonic: now },
    log: () => undefined,
  });
}

const principal = {
  tenant: 'a',
  subject: { issuer: 'https://id', id: 'x', roles: [] },
  client: null,
  expiresAt: null,
};
const by = (tenant: string, subject: string): Caller => ({ tenant, issuer: 'https://id', subject });

/** `session`: of a client that can be asked; null for one that can't. */
function ask(caller: Caller | null, tool: string, session: ClientSession | null = null): Promise<Outcome> {
  return upstream.send(
    { action: 'tools/call' as const, target: toolTarget(tool), arguments: {}, traceparent: null },
    sending({ caller, session, ask: session && (() => Promise.resolve({ result: {} })) }),
  );
}

async function pid(caller: Caller | null): Promise<number> {
  const outcome = await ask(caller, 'pid');
  if (outcome.kind !== 'result') throw new Error(JSON.stringify(outcome));
  return Number((outcome.result['content'] as JsonObject[])[0]?.['text']);
}

afterEach(() => upstream.close());

describe('a program whose configuration does not say who shares it', () => {
  it('is the first tenant’s: another is refused, and the call has not run', async () => {
    start({});
    expect(await pid(by('a', 'x'))).toBe(await pid(by('a', 'y')));
    expect(await ask(by('b', 'x'), 'pid')).toMatchObject({ reason: 'upstream_not_shared', sent: false });
  });
});

describe('programs of subjects', () => {
  it('are one each, and none of them is the one that is asked for lists and owners', async () => {
    start({ share: 'subject' });
    const pids = [await pid(null), await pid(by('a', 'x')), await pid(by('a', 'y')), await pid(by('b', 'x'))];
    expect(new Set(pids).size).toBe(4);
    expect(await pid(by('a', 'x'))).toBe(pids[1]);
    expect(upstream.usage().programs).toBe(4);
  });

  it('are of a tenant, or of all, where the operator says so', async () => {
    start({ share: 'tenant' });
    expect(await pid(by('a', 'x'))).toBe(await pid(by('a', 'y')));
    expect(await pid(by('a', 'x'))).not.toBe(await pid(by('b', 'x')));
    await upstream.close();
    start({ share: 'all' });
    expect(new Set([await pid(null), await pid(by('a', 'x')), await pid(by('b', 'y'))]).size).toBe(1);
  });

  it('are capped: a call beyond is refused and has not run, and an idle one gives way', async () => {
    start({ share: 'subject', max_programs: 1 });
    const hanging = ask(by('a', 'x'), 'hang');
    expect(await ask(by('a', 'y'), 'pid')).toMatchObject({ reason: 'upstream_full', sent: false });
    void ask(by('a', 'x'), 'crash');
    expect(await hanging).toMatchObject({ reason: 'upstream_down', sent: true });
    expect(await pid(by('a', 'y'))).toBeGreaterThan(0);
  });

  it('are few for one subject, however many of its sessions have a call open: nobody else is shut out', async () => {
    // The schema adds the rest.
    const client_requests = { elicitation: { forms: true } } as StdioUpstreamParts['client_requests'];
    start({ share: 'subject', client_requests, max_programs: 5 });
    const open = Array.from({ length: 8 }, (_, at) =>
      ask(by('a', 'x'), 'hang', { id: `s${at}`, principal, capabilities: { elicitation: {} } }),
    );
    const [refused] = await Promise.all(open.slice(3));
    expect(refused).toMatchObject({
      reason: 'upstream_full',
      sent: false,
      detail: expect.stringContaining('_per_subject'),
    });
    expect(await pid(by('b', 'x'))).toBeGreaterThan(0);
    expect(await pid(by('a', 'y'))).toBeGreaterThan(0);
    expect(upstream.usage().programs).toBe(6);
  });

  it('end alone: a crash fails nobody else’s call, and its next call starts it again, not at once', async () => {
    let now = 0;
    start({ share: 'subject' }, () => now);
    const [before, hanging] = [await pid(by('a', 'x')), ask(by('a', 'y'), 'hang')];
    await pid(by('a', 'y'));
    expect(await ask(by('a', 'x'), 'crash')).toMatchObject({ reason: 'upstream_down', sent: true });
    expect(await ask(by('a', 'x'), 'pid')).toMatchObject({ reason: 'upstream_down', sent: false });
    now = 1_000;
    expect(await pid(by('a', 'x'))).not.toBe(before);
    await ask(by('a', 'y'), 'crash');
    expect(await hanging).toMatchObject({ sent: true });
    expect(upstream.state()).not.toBe('down');
  });

  it('end with their tenant, once their calls are over', async () => {
    start({ share: 'subject' });
    const [mine, other] = [await pid(by('a', 'x')), await pid(by('b', 'x'))];
    await upstream.endTenant('a');
    expect(() => process.kill(mine, 0)).toThrow();
    expect(await pid(by('b', 'x'))).toBe(other);
    expect(await pid(by('a', 'x'))).not.toBe(mine);
  });

  it('all end when the upstream is closed', async () => {
    start({ share: 'subject' });
    const pids = [await pid(null), await pid(by('a', 'x')), await pid(by('b', 'x'))];
    await upstream.close();
    for (const one of pids) expect(() => process.kill(one, 0)).toThrow();
    expect(await ask(by('a', 'x'), 'pid')).toMatchObject({ sent: false });
  });
});
