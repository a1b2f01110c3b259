import { createMemoryJournal } from '@sallyport/adapter-memory';
import type { EventData, NewEvent } from '@sallyport/contracts';
import { sweep, type SweepParts } from './sweep.ts';

const digest = `sha256:${'A'.repeat(43)}`;
const subject = { ref: 'sub_a', issuer: 'development' };

function decided(boot: string, decision: 'allow' | 'deny'): EventData['call.decided'] {
  return {
    tenant: 'shop',
    decision,
    reason: 'x',
    guard: 'x',
    subject,
    agent: { ref: 'cli_a', verified: false },
    session: null,
    flow: null,
    action: 'tools/call',
    upstream: 'orders',
    tool: 'get_order',
    definition: null,
    call: digest,
    arguments: { digest, commitment: digest, bytes: 2 },
    resources: [],
    facts: { digest, bulk: 0, wildcards: [], unbounded: [], depth: 1 },
    verdicts: [],
    policy: digest,
    guards: digest,
    gateway: { boot, counter: 1 },
    approval: null,
    elapsed_us: 1,
  };
}

function fixture() {
  const { journal } = createMemoryJournal();
  let next = 0;
  const ids = { ulid: () => String((next += 1)), random: () => 'x' };
  const parts = (boot: string): SweepParts => ({
    journal,
    ids,
    clock: { now: () => 0 },
    boot,
    live: async () => new Set([boot]),
    overdueMs: 180_000,
    swept: new Map(),
  });
  const write = (stream: string, event: Pick<NewEvent, 'type' | 'data'>) => {
    const written = { id: ids.ulid(), time: '2026-11-24T00:00:00.000Z', source: '/test', traceparent: null, ...event };
    return journal.commit({
      tenant: 'shop',
      commandId: written.id,
      writes: [{ stream, expectedVersion: 'any', events: [written] }],
    });
  };
  const allow = (call: string, boot: string) =>
    write(`call/${call}`, { type: 'call.decided', data: decided(boot, 'allow') });
  const types = async (call: string) => (await journal.readStream('shop', `call/${call}`)).map(({ type }) => type);
  return { parts, write, allow, types };
}

describe('the sweep', () => {
  it('leaves calls of this process alone, and finds them when it is an earlier one', async () => {
    const { parts, allow, types } = fixture();
    await allow('1', 'first');
    await allow('2', 'second');
    expect(await sweep(parts('second'), 'shop')).toMatchObject({ unknown: 1 });
    expect(await types('2')).toEqual(['call.decided']);
    expect(await sweep(parts('third'), 'shop')).toMatchObject({ unknown: 1 });
    expect(await types('2')).toEqual(['call.decided', 'call.outcome_unknown']);
  });

  it('closes a call of a living process that must have ended long ago', async () => {
    const { parts, allow, types } = fixture();
    await allow('1', 'first');
    const decided = Date.parse('2026-11-24T00:00:00.000Z');
    const at = (ms: number) => ({ ...parts('first'), clock: { now: () => decided + ms, monotonic: () => 0 } });
    expect(await sweep(at(179_000), 'shop')).toMatchObject({ unknown: 0 });
    expect(await sweep(at(181_000), 'shop')).toMatchObject({ unknown: 1 });
    expect(await types('1')).toEqual(['call.decided', 'call.outcome_unknown']);
  });

  it('says of each open call once that its outcome is unknown', async () => {
    const { parts, allow, types } = fixture();
    await allow('1', 'first');
    expect(await sweep(parts('second'), 'shop')).toMatchObject({ unknown: 1 });
    expect(await sweep(parts('third'), 'shop')).toMatchObject({ unknown: 0 });
    expect(await types('1')).toEqual(['call.decided', 'call.outcome_unknown']);
  });

  it('leaves a call alone whose gateway came while it read the log', async () => {
    const { parts, allow, types } = fixture();
    const { journal, ...others } = parts('audit');
    const alive = new Set<string>();
    const slow = {
      ...journal,
      async readAll(...asked: Parameters<typeof journal.readAll>) {
        if (asked[1].kind !== undefined) return journal.readAll(...asked);
        alive.add('new');
        await allow('1', 'new');
        return journal.readAll(...asked);
      },
    };
    expect(await sweep({ ...others, journal: slow, live: async () => new Set(alive) }, 'shop')).toMatchObject({
      unknown: 0,
    });
    expect(await types('1')).toEqual(['call.decided']);
  });

  it('reads on from where it was, and looks again at what was under way then', async () => {
    const { parts, allow } = fixture();
    const { journal, ...others } = parts('audit');
    const asked: string[] = [];
    const watched = {
      ...journal,
      readAll(...of: Parameters<typeof journal.readAll>) {
        asked.push(`${of[1].kind ?? 'all'} after ${of[1].after}`);
        return journal.readAll(...of);
      },
    };
    const sweeping = { ...others, journal: watched };
    await allow('1', 'gone');
    await allow('2', 'audit');
    expect(await sweep(sweeping, 'shop')).toMatchObject({ unknown: 1 });
    expect(await sweep({ ...sweeping, live: async () => new Set() }, 'shop')).toMatchObject({ unknown: 1 });
    expect(asked).toEqual(['tenant after 0', 'all after 0', 'all after 1']);
  });

  it('finds where it was behind a flood of other events, and never reads all of them at once', async () => {
    const { parts, allow, write } = fixture();
    await allow('1', 'gone');
    expect(await sweep(parts('audit'), 'shop')).toMatchObject({ unknown: 1 });
    const gateway = { boot: 'gone', counter: 0 };
    const data = { tenant: 'shop', subject, reason: 'parse', bytes: 1, gateway };
    for (let sent = 0; sent < 2_500; sent += 1) await write('tenant/shop', { type: 'request.refused', data });
    const { journal, ...others } = parts('next');
    const asked: (readonly [string | null, number, number])[] = [];
    const watched = {
      ...journal,
      readStream: () => Promise.reject(new Error('too long to be read at once')),
      readAll(...of: Parameters<typeof journal.readAll>) {
        const [, { kind = null, after, limit }] = of;
        asked.push([kind, after, limit]);
        return journal.readAll(...of);
      },
    };
    expect(await sweep({ ...others, journal: watched }, 'shop')).toMatchObject({ unknown: 0 });
    expect(asked.filter(([kind]) => kind === 'tenant')).toHaveLength(3);
    expect(asked.find(([kind]) => kind === null)?.[1]).toBe(1);
    expect(Math.max(...asked.map(([, , limit]) => limit))).toBe(1_000);
  });

  it('says nothing of calls that were refused or have an outcome', async () => {
    const { parts, allow, write } = fixture();
    await write('call/1', { type: 'call.decided', data: decided('first', 'deny') });
    await allow('2', 'first');
    await write('call/2', {
      type: 'call.not_run',
      data: { tenant: 'shop', reason: 'late', gateway: { boot: 'first', counter: 2 } },
    });
    expect(await sweep(parts('second'), 'shop')).toMatchObject({ unknown: 0 });
  });
});
