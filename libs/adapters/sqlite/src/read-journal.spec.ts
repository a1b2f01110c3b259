import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { sampleCommit, sampleWrite } from '@sallyport/testing';
import { readJournal } from './read-journal.ts';
import { openSqliteJournal } from './sqlite-journal.ts';

let directory: string;

beforeEach(() => {
  directory = join(mkdtempSync(join(tmpdir(), 'journal-')), 'data');
});
afterEach(() => rmSync(join(directory, '..'), { recursive: true, force: true }));

const all = { after: 0, limit: 10 };

describe('a journal that is only read', () => {
  it('writes nothing', async () => {
    await (await openSqliteJournal({ directory })).close();
    const reading = readJournal(directory);
    await expect(reading?.journal.commit(sampleCommit([sampleWrite('call/1', 0)]))).rejects.toMatchObject({
      code: 'journal_unavailable',
    });
    reading?.close();
  });

  it('of an earlier release keeps no texts, and is read all the same', async () => {
    await (await openSqliteJournal({ directory })).close();
    const earlier = new DatabaseSync(join(directory, 'journal.db'));
    earlier.exec('DROP TABLE texts; PRAGMA user_version = 1');
    earlier.close();
    const reading = readJournal(directory);
    expect(await reading?.texts.find('sha256:x')).toBeNull();
    expect(await reading?.journal.readAll('shop', all)).toEqual([]);
    reading?.close();
  });

  it('is refused where a newer release wrote it', async () => {
    mkdirSync(directory);
    const newer = new DatabaseSync(join(directory, 'journal.db'));
    newer.exec('PRAGMA user_version = 9');
    newer.close();
    expect(() => readJournal(directory)).toThrow(expect.objectContaining({ code: 'journal_too_new' }));
  });

  it('is not there before an instance was started', () => {
    expect(readJournal(directory)).toBeNull();
    mkdirSync(directory);
    writeFileSync(join(directory, 'journal.db'), '');
    expect(readJournal(directory)).toBeNull();
  });

  it('has what its writer committed, beside it and after it, and keeps no writer out', async () => {
    const writer = await openSqliteJournal({ directory });
    await writer.journal.commit(sampleCommit([sampleWrite('definition/up/run', 0, 2), sampleWrite('call/1', 0)]));
    const beside = readJournal(directory);
    expect(await beside?.journal.readAll('shop', { ...all, kind: 'definition' })).toHaveLength(2);
    await writer.journal.commit(sampleCommit([sampleWrite('call/2', 0)]));
    expect(await beside?.journal.readAll('shop', all)).toEqual(await writer.journal.readAll('shop', all));
    expect(await beside?.journal.readStream('shop', 'call/2')).toHaveLength(1);
    await writer.close();
    const next = await openSqliteJournal({ directory });
    expect(await next.journal.commit(sampleCommit([sampleWrite('call/3', 0)]))).toMatchObject({ first: 5 });
    await next.close();
    beside?.close();
    const after = readJournal(directory);
    expect(await after?.journal.readAll('shop', all)).toHaveLength(5);
    after?.close();
  });
});
