import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { NewEvent, SealedValue } from '@sallyport/contracts';
import { sampleCommit, sampleEvent, sampleWrite } from '@sallyport/testing';
import { openSqliteJournal, type SqliteJournal } from './sqlite-journal.ts';

const words = 'Gulasch with 14 dumplings';
const salt = 's'.repeat(43);

let directory: string;
const opened: SqliteJournal[] = [];

beforeEach(() => {
  directory = join(mkdtempSync(join(tmpdir(), 'erasing-')), 'data');
});
afterEach(async () => {
  await closeAll();
  rmSync(join(directory, '..'), { recursive: true, force: true });
});

async function open(): Promise<SqliteJournal> {
  const journal = await openSqliteJournal({ directory });
  opened.push(journal);
  return journal;
}

const closeAll = (): Promise<unknown> => Promise.all(opened.splice(0).map((each) => each.close()));

/** The files of the data directory that hold a text. */
function holding(text: string): readonly string[] {
  const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((file) => file.isFile());
  return files
    .map(({ parentPath, name }) => join(parentPath, name))
    .filter((file) => readFileSync(file).includes(text));
}

async function keep({ journal }: SqliteJournal, subject: string): Promise<SealedValue> {
  const write = sampleWrite('tenant/shop', 'any');
  const value = { event: write.events[0]?.id ?? '', field: 'arguments', subject, salt, value: `{"dish":"${words}"}` };
  await journal.commit(sampleCommit([write], { sealed: [value] }));
  return value;
}

const erase = ({ journal }: SqliteJournal, subject: string) =>
  journal.commit(sampleCommit([sampleWrite('tenant/shop', 'any')], { erases: [subject] }));

function rows(sql: string): readonly Record<string, unknown>[] {
  const db = new DatabaseSync(join(directory, 'journal.db'), { readOnly: true });
  try {
    return db.prepare(sql).all();
  } finally {
    db.close();
  }
}

describe('the files of a journal', () => {
  it('hold no sealed word, neither while it is open nor after', async () => {
    await keep(await open(), 'sub_alice');
    expect([holding(words), holding(salt)]).toEqual([[], []]);
    await closeAll();
    expect([holding(words), holding(salt)]).toEqual([[], []]);
  });

  it('hold no erased name, nor the wrapped key that was erased, as soon as it is answered', async () => {
    const journal = await open();
    const ref = await journal.directory.refOf('shop', 'sub', 'idp|alice@shop.example');
    await keep(journal, ref);
    await keep(journal, 'sub_bob');
    const [{ wrapped } = {}] = rows(`SELECT wrapped FROM subject_keys WHERE subject = '${ref}'`);
    expect(holding(String(wrapped))).not.toEqual([]);
    expect(holding('alice@shop.example')).not.toEqual([]);
    await erase(journal, ref);
    for (const gone of [wrapped, 'alice@shop.example']) expect(holding(String(gone))).toEqual([]);
    expect(rows('SELECT subject FROM subject_keys')).toEqual([{ subject: 'sub_bob' }]);
  });

  it('hold no more to delete the more was sealed: what lies under a key that is gone stays, and opens nowhere', async () => {
    const journal = await open();
    const kept = await Promise.all(Array.from({ length: 50 }, () => keep(journal, 'sub_alice')));
    const before = rows('SELECT * FROM sealed ORDER BY event');
    await erase(journal, 'sub_alice');
    const again = await keep(journal, 'sub_alice');
    expect(rows(`SELECT * FROM sealed WHERE event <> '${again.event}' ORDER BY event`)).toEqual(before);
    for (const { event } of kept) expect(await journal.vault.open('shop', event)).toEqual([]);
    await closeAll();
    const { vault } = await open();
    for (const { event } of kept) expect(await vault.open('shop', event)).toEqual([]);
    expect(await vault.open('shop', again.event)).toEqual([again]);
  });

  it('hold what was erased no longer once a reader that was in the way has ended', async () => {
    const journal = await open();
    await keep(journal, 'sub_alice');
    const [{ wrapped } = {}] = rows('SELECT wrapped FROM subject_keys');
    const reader = new DatabaseSync(join(directory, 'journal.db'), { readOnly: true });
    reader.exec('BEGIN; SELECT count(*) FROM events');
    await erase(journal, 'sub_alice');
    expect(holding(String(wrapped))).not.toEqual([]);
    reader.close();
    await journal.tenants.tenants();
    expect(holding(String(wrapped))).toEqual([]);
  });
});

describe('the secret beside the journal', () => {
  const path = () => join(directory, 'keys', 'sealing.key');

  it('is made on first use, for its owner alone', async () => {
    await open();
    expect(statSync(path()).mode & 0o777).toBe(0o600);
    expect(readFileSync(path(), 'utf8')).toMatch(/^[A-Za-z0-9_-]{43}\n$/);
  });

  it('that others may read, or that is none, stops the start', async () => {
    await open();
    await closeAll();
    writeFileSync(path(), 'hunter2');
    await expect(open()).rejects.toMatchObject({ code: 'key_file_refused' });
    await expect(open()).rejects.not.toThrow('hunter2');
    rmSync(path());
    writeFileSync(path(), `${'A'.repeat(43)}\n`, { mode: 0o644 });
    await expect(open()).rejects.toThrow(`chmod 600 ${path()}`);
  });

  it('that is lost is named, and no value reads as if it were erased', async () => {
    const { event } = await keep(await open(), 'sub_alice');
    await closeAll();
    rmSync(path());
    await expect((await open()).vault.open('shop', event)).rejects.toThrow(`${path()} does not hold the secret`);
  });
});

describe('a journal of an earlier release', () => {
  const eventOf = (type: NewEvent['type'], data: object): NewEvent =>
    ({ ...sampleEvent(), type, data: { tenant: 'shop', ...data } }) as NewEvent;
  const asked = eventOf('client_request.decided', {});
  const streams = [
    { stream: 'call/1', events: [eventOf('call.decided', { subject: { ref: 'sub_alice' } }), asked] },
    { stream: 'approval/1', events: [eventOf('approval.requested', { requester: { ref: 'sub_alice' } })] },
    { stream: 'call/2', events: [eventOf('call.decided', { subject: { ref: 'sub_bob' } })] },
  ];
  const events = streams.flatMap((one) => one.events);

  /** Values in the clear, in tables as they were. */
  async function openEarlier(): Promise<SqliteJournal> {
    const { journal } = await open();
    for (const { stream, events: of } of streams)
      await journal.commit(sampleCommit([{ stream, expectedVersion: 0, events: of }]));
    await closeAll();
    const db = new DatabaseSync(join(directory, 'journal.db'));
    db.exec(`DROP INDEX sealed_by_subject; ALTER TABLE sealed DROP COLUMN key; ALTER TABLE sealed DROP COLUMN subject; DROP TABLE subject_keys; DROP TABLE connections;
      PRAGMA user_version = 2`);
    const insert = db.prepare('INSERT INTO sealed VALUES (1, ?, ?, ?, ?)');
    for (const { id } of events) insert.run(id, 'arguments', salt, words);
    db.close();
    return open();
  }

  it('is read as it lies there, and is told whose its values are', async () => {
    const { vault, journal } = await openEarlier();
    const found = await Promise.all(events.map(({ id }) => vault.open('shop', id)));
    expect(found.flat().map(({ value, subject }) => [value, subject])).toEqual([
      [words, 'sub_alice'],
      [words, 'sub_alice'],
      [words, 'sub_alice'],
      [words, 'sub_bob'],
    ]);
    const bytes = (await journal.readAll('shop', { after: 0, limit: 10 })).map(({ id }) => id);
    expect(bytes).toEqual(events.map(({ id }) => id));
  });

  it('loses the values of a subject that is erased, from its files too', async () => {
    const journal = await openEarlier();
    await erase(journal, 'sub_bob');
    expect(await journal.vault.open('shop', events[3]?.id ?? '')).toEqual([]);
    expect(holding(words)).not.toEqual([]);
    await erase(journal, 'sub_alice');
    expect(holding(words)).toEqual([]);
  });

  it('that sealed without naming the key loses those values too, and another key of the subject is no fault', async () => {
    const kept = await keep(await open(), 'sub_alice');
    await closeAll();
    const [{ value } = {}] = rows('SELECT value FROM sealed');
    const db = new DatabaseSync(join(directory, 'journal.db'));
    db.exec(`DROP INDEX sealed_by_subject; ALTER TABLE sealed DROP COLUMN key;
      CREATE INDEX sealed_by_subject ON sealed (tenant, subject); PRAGMA user_version = 4`);
    db.close();
    const journal = await open();
    expect(await journal.vault.open('shop', kept.event)).toEqual([kept]);
    await erase(journal, 'sub_alice');
    expect(holding(String(value))).toEqual([]);
    await keep(journal, 'sub_alice');
    expect(await journal.vault.open('shop', kept.event)).toEqual([]);
  });
});
