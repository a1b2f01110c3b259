import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectionsContract, journalContract, type OpenJournal } from '@sallyport/testing';
import { openSqliteJournal } from './sqlite-journal.ts';

const closing: (() => Promise<void>)[] = [];
afterEach(() => Promise.all(closing.splice(0).map((close) => close())));

async function open(directory: string): Promise<OpenJournal> {
  const opened = await openSqliteJournal({ directory });
  return {
    ...opened,
    reopen: async () => {
      await opened.close();
      return open(directory);
    },
    close: async () => {
      await opened.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

journalContract('sqlite', () => open(join(mkdtempSync(join(tmpdir(), 'journal-')), 'data')));

connectionsContract('sqlite', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'journal-'));
  const { connections, close } = await openSqliteJournal({ directory: join(directory, 'data') });
  closing.push(async () => {
    await close();
    rmSync(directory, { recursive: true, force: true });
  });
  return connections;
});

describe('a journal in a directory', () => {
  it('is for its owner only', async () => {
    const directory = join(mkdtempSync(join(tmpdir(), 'journal-')), 'data');
    const opened = await open(directory);
    const modes = ['', 'journal.db', 'journal.db-wal', 'journal.lock'].map(
      (name) => statSync(join(directory, name)).mode & 0o777,
    );
    await opened.close?.();
    expect(modes).toEqual([0o700, 0o600, 0o600, 0o600]);
  });
});
