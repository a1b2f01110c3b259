import { spawn } from 'node:child_process';
import { mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { sampleCommit, sampleWrite } from '@sallyport/testing';
import { openWorker } from './open-worker.ts';
import { openSqliteJournal, type SqliteJournal, type SqliteJournalOptions } from './sqlite-journal.ts';

const UNAVAILABLE = { code: 'journal_unavailable' };

let directory: string;
const opened: SqliteJournal[] = [];

beforeEach(() => {
  directory = join(mkdtempSync(join(tmpdir(), 'journal-')), 'data');
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((each) => each.close()));
  rmSync(join(directory, '..'), { recursive: true, force: true });
});

async function open(options: Partial<SqliteJournalOptions> = {}): Promise<SqliteJournal> {
  const journal = await openSqliteJournal({ directory, ...options });
  opened.push(journal);
  return journal;
}

let streams = 0;
const anyCommit = (count = 1) => sampleCommit([sampleWrite(`call/${++streams}`, 0, count)]);

/** Starts a process of its own that runs a script with the adapter's `open` and the `directory`. */
function spawned(script: string, limit = ':') {
  const index = JSON.stringify(new URL('./index.ts', import.meta.url).href);
  const flags = ['--conditions=@sallyport/source', '--disable-warning=ExperimentalWarning', '--input-type=module'];
  const code = `import { openSqliteJournal as open } from ${index}; const directory = ${JSON.stringify(directory)}; ${script}`;
  // A shell that becomes the script's process, so that a limit of the system can be set on it first.
  const args = ['-c', `${limit}; exec "$0" "$@"`, process.execPath, ...flags, '-e', code];
  return spawn('sh', args, { stdio: ['ignore', 'pipe', 'inherit'] });
}

/** The first line that a script prints, and a way to kill it. */
async function child(script: string, limit?: string): Promise<{ line: string; kill(): Promise<void> }> {
  const running = spawned(script, limit);
  const ended = new Promise<void>((resolve) => running.once('exit', () => resolve()));
  let line = '';
  for await (const data of running.stdout) {
    line += String(data);
    if (line.endsWith('\n')) break;
  }
  return {
    line: line.trim(),
    kill: () => {
      running.kill('SIGKILL');
      return ended;
    },
  };
}

it('a journal of an earlier release gets what is new, and loses nothing', async () => {
  const first = await open();
  await first.journal.commit(anyCommit(2));
  const before = await first.journal.readAll('shop', { after: 0, limit: 10 });
  await opened.pop()?.close();
  const earlier = new DatabaseSync(join(directory, 'journal.db'));
  earlier.exec(
    'DROP INDEX sealed_by_subject; ALTER TABLE sealed DROP COLUMN key; ALTER TABLE sealed DROP COLUMN subject',
  );
  earlier.exec('DROP TABLE subject_keys; DROP TABLE texts; DROP TABLE connections; PRAGMA user_version = 1');
  earlier.close();
  const { journal, texts } = await open();
  expect(await journal.readAll('shop', { after: 0, limit: 10 })).toEqual(before);
  expect(await texts.find(await texts.keep('kept'))).toBe('kept');
});

it('no text that is kept is changed or deleted', async () => {
  const { texts } = await open();
  await texts.keep('kept');
  const other = new DatabaseSync(join(directory, 'journal.db'));
  for (const act of ["UPDATE texts SET text = 'x'", 'DELETE FROM texts'])
    expect(() => other.prepare(act).run()).toThrow(/append-only/);
  other.close();
});

describe('a second opener', () => {
  it('is refused with the holder, in this process and from another; a killed holder does not count', async () => {
    const holder = await child('await open({ directory }); console.log("open"); setInterval(() => {}, 1000);');
    await expect(open()).rejects.toMatchObject({ code: 'journal_locked', pid: expect.any(Number) });
    await holder.kill();
    await open();
    await expect(open()).rejects.toMatchObject({ code: 'journal_locked', pid: process.pid });
    const other = await child('await open({ directory }).catch((error) => console.log(error.message));');
    expect(other.line).toContain(`process ${process.pid}`);
    await other.kill();
  });

  it('is let in once the first has closed, or its thread has died', async () => {
    await (await open()).close();
    const worker = await openWorker({ directory, maxBytes: null });
    await worker.terminate();
    await (await open()).close();
  });
});

describe('a journal on disk', () => {
  it('lets nobody change or remove what was recorded', async () => {
    const { journal } = await open();
    await journal.commit(anyCommit());
    const db = new DatabaseSync(join(directory, 'journal.db'));
    try {
      for (const table of ['events', 'commands', 'tenants']) {
        expect(() => db.exec(`DELETE FROM ${table}`)).toThrow(`${table} is append-only`);
      }
      expect(() => db.exec(`UPDATE events SET bytes = x'00'`)).toThrow('append-only');
    } finally {
      db.close();
    }
  });

  it('is not opened by a release that is older than its schema, nor when it has a gap or changed bytes', async () => {
    const { journal, close } = await open();
    for (let count = 0; count < 3; count++) await journal.commit(anyCommit());
    await close();
    const tamper = (sql: string) => {
      const db = new DatabaseSync(join(directory, 'journal.db'));
      db.exec(sql);
      db.close();
    };
    tamper('DROP TRIGGER events_no_update; DROP TRIGGER events_no_delete');
    tamper(`UPDATE events SET bytes = x'7b7d' WHERE sequence = 3`);
    await expect(open()).rejects.toMatchObject({
      code: 'journal_damaged',
      message: expect.stringContaining('event 3'),
    });
    tamper('DELETE FROM events WHERE sequence = 2');
    await expect(open()).rejects.toMatchObject({ code: 'journal_damaged', message: expect.stringContaining('gap') });
    tamper('PRAGMA user_version = 99');
    await expect(open()).rejects.toMatchObject({ code: 'journal_too_new' });
  });

  it('refuses when its directory is removed or replaced, and goes on when it is back', async () => {
    const { journal } = await open();
    const first = anyCommit();
    await journal.commit(first);
    renameSync(directory, `${directory}.away`);
    await expect(journal.commit(anyCommit())).rejects.toMatchObject(UNAVAILABLE);
    renameSync(`${directory}.away`, directory);
    expect(await journal.commit(anyCommit())).toEqual({ status: 'committed', first: 2 });
    rmSync(directory, { recursive: true });
    await expect(journal.commit(anyCommit())).rejects.toMatchObject(UNAVAILABLE);
    const replaced = await openSqliteJournal({ directory });
    opened.push(replaced);
    await expect(journal.commit(anyCommit())).rejects.toMatchObject(UNAVAILABLE);
    expect(await replaced.journal.commit(first)).toEqual({ status: 'committed', first: 1 });
  });

  it('refuses when it is full, leaves nothing half, and still reads', async () => {
    const { journal } = await open({ maxBytes: 256 * 1024 });
    const answers = await Promise.allSettled(Array.from({ length: 300 }, () => journal.commit(anyCommit(3))));
    const refused = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason] : []));
    expect(refused.length).toBeGreaterThan(0);
    for (const reason of refused)
      expect(reason).toMatchObject({ ...UNAVAILABLE, message: expect.stringContaining('full') });
    const all = await journal.readAll('shop', { after: 0, limit: 10_000 });
    expect(all).toHaveLength(3 * (answers.length - refused.length));
    expect(all.map(({ sequence }) => sequence)).toEqual(all.map((_, index) => index + 1));
  });

  it('refuses when the system takes no more bytes, and loses nothing that it acknowledged', async () => {
    const script = `
      const { journal } = await open({ directory });
      const event = { id: '1', type: 'gateway.stopped', time: '', source: '/test', traceparent: null,
        data: { tenant: 'shop', boot: 'x'.repeat(4000), calls: 1 } };
      const commits = Array.from({ length: 400 }, (_, call) => journal.commit({ tenant: 'shop', commandId: String(call),
        writes: [{ stream: 'call/' + call, expectedVersion: 0, events: [event] }] }));
      const answers = await Promise.allSettled(commits);
      const codes = answers.map((answer) => answer.reason?.code ?? answer.value.first);
      console.log(JSON.stringify(codes));
      process.exit();`;
    const { line, kill } = await child(script, 'ulimit -f 600');
    await kill();
    const answers: (string | number)[] = JSON.parse(line);
    const kept = answers.filter((answer) => typeof answer === 'number');
    expect(new Set(answers.filter((answer) => typeof answer === 'string'))).toEqual(new Set(['journal_unavailable']));
    const { journal } = await open();
    const all = await journal.readAll('shop', { after: 0, limit: 1_000 });
    expect(all.map(({ sequence }) => sequence)).toEqual(all.map((_, index) => index + 1));
    expect(all.length).toBeGreaterThanOrEqual(kept.length);
    expect(await journal.commit(anyCommit())).toEqual({ status: 'committed', first: all.length + 1 });
  });

  it('lets one commit that breaks a rule of the database fail alone', async () => {
    const { journal } = await open();
    const write = sampleWrite('call/broken', 0);
    const poison = sampleCommit([write], {
      sealed: [{ event: JSON.parse('null'), field: 'f', subject: 'sub_alice', salt: 's', value: '' }],
    });
    const all = [anyCommit(), poison, anyCommit()].map((commit) => journal.commit(commit));
    const [before, broken, after] = await Promise.allSettled(all);
    expect(before).toEqual({ status: 'fulfilled', value: { status: 'committed', first: 1 } });
    expect(broken).toMatchObject({ status: 'rejected', reason: UNAVAILABLE });
    expect(after).toEqual({ status: 'fulfilled', value: { status: 'committed', first: 2 } });
  });

  it('refuses everything once it is closed', async () => {
    const { journal, close } = await open();
    await close();
    await expect(journal.commit(anyCommit())).rejects.toMatchObject(UNAVAILABLE);
  });
});

describe('a process killed under load', () => {
  const LOAD = `
    const { journal } = await open({ directory });
    const event = (id) => ({ id, type: 'gateway.stopped', time: '', source: '/test', traceparent: null,
      data: { tenant: 'shop', boot: id, calls: 1 } });
    let next = 0;
    async function caller(name) {
      for (;;) {
        const id = process.pid + '-' + name + '-' + next++;
        await journal.commit({ tenant: 'shop', commandId: id, writes: [
          { stream: 'call/' + id, expectedVersion: 0, events: [event(id)] },
          { stream: 'flow/1', expectedVersion: 'any', events: [event(id)] }] });
        process.stdout.write(id + '\\n');
      }
    }
    for (let name = 0; name < 16; name++) caller(name);`;

  it('loses no commit that it acknowledged, in ten rounds, and is opened without gaps', async () => {
    for (let round = 0; round < 10; round++) {
      const acknowledged = await killedAfter(round * 13, LOAD);
      const { journal, close } = await open();
      const all = await journal.readAll('shop', { after: 0, limit: 1_000_000 });
      expect(all.map(({ sequence }) => sequence)).toEqual(all.map((_, index) => index + 1));
      const streams = new Set(all.map(({ stream }) => stream));
      expect(acknowledged.length).toBeGreaterThan(0);
      expect(acknowledged.filter((id) => !streams.has(`call/${id}`))).toEqual([]);
      expect(all.filter(({ stream }) => stream === 'flow/1')).toHaveLength(all.length / 2);
      await close();
    }
  }, 60_000);

  /** Ids that the child printed before it was killed, some milliseconds after the first. */
  async function killedAfter(ms: number, script: string): Promise<readonly string[]> {
    const running = spawned(script);
    let printed = '';
    running.stdout.on('data', (data) => {
      if (printed === '') setTimeout(() => running.kill('SIGKILL'), ms);
      printed += String(data);
    });
    await new Promise((resolve) => running.once('close', resolve));
    return printed.slice(0, printed.lastIndexOf('\n')).split('\n');
  }
});
