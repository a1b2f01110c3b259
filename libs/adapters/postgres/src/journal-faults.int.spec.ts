import { jest } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import type { Commit, Committed, StoredEvent } from '@sallyport/contracts';
import { type PostgresUnderTest, sampleCommit, sampleWrite, startPostgres } from '@sallyport/testing';
import { as, ask, emptied, type Proxy, startProxy, wrap } from '../test/faults.fixture.ts';
import { openPostgresJournal, type PostgresJournal, type PostgresJournalOptions } from './postgres-journal.ts';

// Containers start and servers go away, perhaps on a busy machine.
jest.setTimeout(60_000);

const UNAVAILABLE = { code: 'journal_unavailable' };

let postgres: PostgresUnderTest;
let proxy: Proxy;
const opened: PostgresJournal[] = [];

beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.stop());
beforeEach(async () => {
  await emptied(postgres);
  proxy = await startProxy(postgres);
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((each) => each.close()));
  await proxy.close();
});

async function open(options: Partial<PostgresJournalOptions> = {}): Promise<PostgresJournal> {
  const journal = await openPostgresJournal({ connection: as('audit', postgres), wrap, ...options });
  opened.push(journal);
  return journal;
}

const openOverProxy = (options: Partial<PostgresJournalOptions> = {}) =>
  open({ connection: { ...as('audit', postgres), port: proxy.port }, ...options });

let streams = 0;
const anyCommit = (tenant = 'shop'): Commit => ({ ...sampleCommit([sampleWrite(`call/${++streams}`, 0)]), tenant });

const all = ({ journal }: PostgresJournal, tenant = 'shop') => journal.readAll(tenant, { after: 0, limit: 100_000 });

/** One place for each event, from 1, and none twice. */
function expectGapless(events: readonly StoredEvent[]): void {
  expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_, at) => at + 1));
  expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);
}

/** Commits without a break until told to stop, and notes what was answered. */
function load(journals: readonly PostgresJournal[], callers = 16) {
  const answered: { commit: Commit; committed: Committed }[] = [];
  let refused = 0;
  let running = true;
  const caller = async (at: number) => {
    while (running) {
      const commit = anyCommit(at % 2 ? 'shop' : 'bank');
      try {
        const committed = await (journals[at % journals.length]?.journal.commit(commit) ?? Promise.reject());
        answered.push({ commit, committed });
      } catch (error) {
        expect(error).toMatchObject(UNAVAILABLE);
        refused++;
        await pause(20);
      }
    }
  };
  const ended = Promise.all(Array.from({ length: callers }, (_, at) => caller(at)));
  return {
    answered,
    refused: () => refused,
    async stop() {
      running = false;
      await ended;
    },
  };
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Everything that was answered is in the log, once and where the answer said. */
async function expectKept(journal: PostgresJournal, answered: ReturnType<typeof load>['answered']): Promise<void> {
  for (const tenant of ['shop', 'bank']) {
    const events = await all(journal, tenant);
    expectGapless(events);
    for (const { commit, committed } of answered.filter(({ commit }) => commit.tenant === tenant)) {
      expect(committed.status).toBe('committed');
      if (committed.status !== 'committed') continue;
      expect(events[committed.first - 1]?.id).toBe(commit.writes[0]?.events[0]?.id);
    }
  }
}

describe('a lost answer', () => {
  it('of a commit that was made is found out, and the commit is there once', async () => {
    const journal = await openOverProxy();
    await journal.journal.commit(anyCommit());
    proxy.cutAfter('call/cut');
    const commit = sampleCommit([sampleWrite('call/cut', 0)]);
    expect(await journal.journal.commit(commit)).toEqual({ status: 'committed', first: 2 });
    expectGapless(await all(journal));
    expect(await journal.journal.commit(commit)).toMatchObject({ status: 'duplicate', events: [{ sequence: 2 }] });
  });

  it('at COMMIT of a held log is found out too, for all who went together', async () => {
    const journal = await openOverProxy({ writers: 1 });
    proxy.cutAfter('COMMIT'); // the first commits of a new journal are made with the logs held
    const commits = Array.from({ length: 10 }, (_, at) => anyCommit(at % 2 ? 'shop' : 'bank'));
    const answers = await Promise.all(commits.map((commit) => journal.journal.commit(commit)));
    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill('committed'));
    await expectKept(
      journal,
      commits.map((commit, at) => ({ commit, committed: answers[at] ?? { status: 'committed', first: 0 } })),
    );
    expect(await all(journal)).toHaveLength(5);
  });

  it('that stays lost is unavailable within the deadline; asking again tells', async () => {
    const journal = await openOverProxy({ deadlineMs: 1_500 });
    await journal.journal.commit(anyCommit());
    const commit = anyCommit();
    proxy.holdAnswers(true);
    const start = performance.now();
    await expect(journal.journal.commit(commit)).rejects.toMatchObject(UNAVAILABLE);
    expect(performance.now() - start).toBeLessThan(3_000);
    proxy.holdAnswers(false);
    const again = await journal.journal.commit(commit);
    expect(['committed', 'duplicate']).toContain(again.status);
    expectGapless(await all(journal));
    expect(await all(journal)).toHaveLength(2);
  });
});

describe('two sequencers', () => {
  it('on the same tenants leave no gap, no double, and each command once', async () => {
    const [one, two] = [await open(), await open()];
    const twice = Array.from({ length: 300 }, () => anyCommit());
    const answers = await Promise.all(
      twice.flatMap((commit) => [one, two].map(({ journal }) => journal.commit(commit))),
    );
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status === 'committed')).toHaveLength(300);
    expect(statuses.filter((status) => status === 'duplicate')).toHaveLength(300);
    const events = await all(one);
    expect(events).toHaveLength(300);
    expectGapless(events);
  });

  it('keep going side by side under load', async () => {
    const both = [await open(), await open()];
    const running = load(both);
    await pause(1_500);
    await running.stop();
    expect(running.refused()).toBe(0);
    expect(running.answered.length).toBeGreaterThan(100);
    await expectKept(await open(), running.answered);
  });

  it('one that slept while the other wrote writes on after it, and sees its conflicts and duplicates', async () => {
    const [zombie, other] = [await open(), await open()];
    await zombie.journal.commit(sampleCommit([sampleWrite('approval/1', 0)]));
    const taken = sampleCommit([sampleWrite('approval/1', 1)]);
    await other.journal.commit(taken);
    expect(await zombie.journal.commit(sampleCommit([sampleWrite('approval/1', 1)]))).toEqual({
      status: 'conflict',
      stream: 'approval/1',
      version: 2,
    });
    await other.journal.commit(anyCommit());
    expect(await zombie.journal.commit(taken)).toMatchObject({ status: 'duplicate', events: [{ sequence: 2 }] });
    await other.journal.commit(anyCommit());
    expect(await zombie.journal.commit(anyCommit())).toEqual({ status: 'committed', first: 5 });
    expect(await zombie.journal.commit(sampleCommit([sampleWrite('approval/2', 4)]))).toEqual({
      status: 'conflict',
      stream: 'approval/2',
      version: 0,
    });
  });
});

describe('a commit that the database can not take', () => {
  it('is refused alone', async () => {
    const { journal } = await open({ writers: 1 });
    const long = sampleCommit([sampleWrite(`call/${randomBytes(6_000).toString('base64url')}`, 0)]);
    const zero = sampleCommit([sampleWrite('call/\0', 0)]);
    const commits = [anyCommit(), long, anyCommit(), zero, anyCommit()];
    const answers = await Promise.allSettled(commits.map((commit) => journal.commit(commit)));
    expect(answers.map(({ status }) => status === 'fulfilled')).toEqual([true, false, true, false, true]);
    for (const at of [1, 3]) expect(answers[at]).toMatchObject({ reason: UNAVAILABLE });
    expect(await journal.readAll('shop', { after: 0, limit: 10 })).toHaveLength(3);
  });
});

describe('when PostgreSQL goes away', () => {
  it('connections that are killed in the middle cost nobody a commit', async () => {
    const journal = await open();
    const running = load([journal]);
    for (let kill = 0; kill < 10; kill++) {
      await pause(100);
      await ask(
        postgres.owner,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'sallyport-audit'",
      );
    }
    await running.stop();
    expect(running.answered.length).toBeGreaterThan(100);
    await expectKept(journal, running.answered);
  });

  it('a killed server loses nothing that was answered, refuses quickly, and is used within 2 s of its return', async () => {
    const said: string[] = [];
    const journal = await open({ log: (message) => said.push(message) });
    const running = load([journal]);
    await pause(1_000);
    await postgres.halt();
    await pause(500);
    const start = performance.now();
    await expect(journal.journal.commit(anyCommit())).rejects.toMatchObject(UNAVAILABLE);
    expect(performance.now() - start).toBeLessThan(2_500);
    expect(await journal.healthy()).toBe(false);
    await postgres.resume();
    const before = running.answered.length;
    await pause(2_000);
    expect(running.answered.length).toBeGreaterThan(before);
    await running.stop();
    await expectKept(journal, running.answered);
    expect(said).toEqual([expect.stringMatching(/^PostgreSQL connection lost: ./), 'PostgreSQL connection restored']);
  });

  it('a frozen server is unavailable within the deadline, and used again within 2 s', async () => {
    const journal = await open({ deadlineMs: 1_500 });
    const running = load([journal]);
    await pause(500);
    await postgres.pause();
    const start = performance.now();
    await expect(journal.journal.commit(anyCommit())).rejects.toMatchObject(UNAVAILABLE);
    expect(performance.now() - start).toBeLessThan(4_000);
    await expect(all(journal)).rejects.toMatchObject(UNAVAILABLE);
    await postgres.unpause();
    await pause(2_000);
    const before = running.answered.length;
    await pause(300);
    expect(running.answered.length).toBeGreaterThan(before);
    await running.stop();
    await expectKept(journal, running.answered);
  });
});
