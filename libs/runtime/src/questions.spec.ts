import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMemoryJournal } from '@sallyport/adapter-memory';
import { openSqliteJournal } from '@sallyport/adapter-sqlite';
import type { Opened } from '../test/asking.ts';
import { questionsContract } from '../test/questions.contract.ts';

const root = mkdtempSync(join(tmpdir(), 'questions-'));
const close: (() => Promise<void>)[] = [];

afterAll(async () => {
  await Promise.all(close.map((end) => end()));
  rmSync(root, { recursive: true });
});

/** Two processes over one journal. */
const twice = (opened: Opened): readonly Opened[] => [opened, opened];

questionsContract('memory', async () => twice(createMemoryJournal()));
questionsContract('sqlite', async () => {
  const opened = await openSqliteJournal({ directory: join(root, `${close.length}`) });
  close.push(() => opened.close());
  return twice(opened);
});
