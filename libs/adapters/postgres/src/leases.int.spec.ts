import { jest } from '@jest/globals';
import type { Lease } from '@sallyport/contracts';
import { type PostgresUnderTest, sampleCommit, sampleWrite, startPostgres } from '@sallyport/testing';
import { as, emptied, wrap } from '../test/faults.fixture.ts';
import { openPostgresJournal, type PostgresJournal } from './postgres-journal.ts';
import { openPostgresReader, type PostgresReader } from './postgres-reader.ts';

// Containers start and servers go away, perhaps on a busy machine.
jest.setTimeout(60_000);

let postgres: PostgresUnderTest;
let audit: PostgresJournal;
let gateways: PostgresReader[];

beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.stop());
beforeEach(async () => {
  await emptied(postgres);
  audit = await openPostgresJournal({ connection: as('audit', postgres), wrap });
  gateways = await Promise.all([1, 2].map(() => openPostgresReader({ connection: as('gateway', postgres), wrap })));
});
afterEach(() => Promise.all([audit, ...gateways].map((each) => each.close())));

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

function take(of: PostgresReader | PostgresJournal | undefined, holder: string, { slots = 2, ttlMs = 60_000 } = {}) {
  return of?.leases.take({ name: 'reply', slots, holder, ttlMs }) ?? Promise.resolve(null);
}

describe('leases in PostgreSQL', () => {
  it('never give two the same slot, the lowest first, and null when all are taken', async () => {
    const asked = Array.from({ length: 20 }, (_, at) => take(gateways[at % 2], `gateway-${at}`, { slots: 8 }));
    const taken = (await Promise.all(asked)).filter((lease): lease is Lease => lease !== null);
    expect(taken.map(({ slot }) => slot).sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(taken.every((lease) => lease.held())).toBe(true);
    expect(await audit.leases.holders('reply')).toHaveLength(8);
    expect(await audit.leases.holders('other')).toEqual([]);
  });

  it('are free again when they are released', async () => {
    const [first, second] = [await take(gateways[0], 'a'), await take(gateways[1], 'b')];
    expect([first?.slot, second?.slot]).toEqual([0, 1]);
    await first?.release();
    expect(first?.held()).toBe(false);
    expect(await audit.leases.holders('reply')).toEqual(['b']);
    expect((await take(gateways[1], 'c'))?.slot).toBe(0);
    await first?.release(); // the slot is another's now
    expect(await audit.leases.holders('reply')).toEqual(['c', 'b']);
  });

  it('are renewed while they are held, and given back at closing', async () => {
    const lease = await take(gateways[0], 'a', { slots: 1, ttlMs: 450 });
    await pause(1_000);
    expect(lease?.held()).toBe(true);
    expect(await take(gateways[1], 'b', { slots: 1 })).toBeNull();
    await gateways[0]?.close();
    expect(lease?.held()).toBe(false);
    expect((await take(gateways[1], 'b', { slots: 1 }))?.slot).toBe(0);
  });

  it('run out where the holder can not renew; it knows before the next has it', async () => {
    const lease = await take(gateways[0], 'a', { slots: 1, ttlMs: 900 });
    await postgres.pause();
    await pause(1_000);
    expect(lease?.held()).toBe(false);
    await postgres.unpause();
    let next: Lease | null = null;
    for (const end = Date.now() + 3_000; next === null && Date.now() < end; await pause(50))
      next = await take(gateways[1], 'b', { slots: 1 });
    expect(next?.slot).toBe(0);
    expect(lease?.held()).toBe(false);
    expect(await audit.leases.holders('reply')).toEqual(['b']);
  });
});

describe('relay marks in PostgreSQL', () => {
  it('never go back', async () => {
    await Promise.all([5, 3, 9, 1, 7].map((sequence) => audit.marks.advance('shop', sequence)));
    await audit.marks.advance('bank', 2);
    await audit.marks.advance('shop', 4);
    expect(await audit.marks.read()).toEqual(
      new Map([
        ['shop', 9],
        ['bank', 2],
      ]),
    );
  });
});

describe('a gateway', () => {
  it('can not commit, and reads what audit wrote', async () => {
    const gateway = gateways[0] as PostgresReader;
    const write = sampleWrite('call/1', 0);
    const sealed = [
      { event: write.events[0]?.id ?? '', field: 'arguments', subject: 'sub_alice', salt: 's', value: '{"a":1}' },
    ];
    const commit = sampleCommit([write], { sealed });
    await expect(gateway.journal.commit(commit)).rejects.toMatchObject({ code: 'journal_unavailable' });
    await audit.journal.commit(commit);
    expect(await gateway.journal.readStream('shop', 'call/1')).toMatchObject([{ sequence: 1, stream: 'call/1' }]);
    expect(await gateway.vault.open('shop', sealed[0]?.event ?? '')).toEqual(sealed);
    expect(await gateway.tenants.tenants()).toEqual(['shop']);
    const ref = await gateway.directory.refOf('shop', 'sub', 'alice');
    expect(await audit.directory.refOf('shop', 'sub', 'alice')).toBe(ref);
    expect(await audit.directory.nameOf('shop', ref)).toBe('alice');
  });
});
