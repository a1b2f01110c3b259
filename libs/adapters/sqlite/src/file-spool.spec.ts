import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Commit } from '@sallyport/contracts';
import { sampleCommit, sampleWrite, spoolContract } from '@sallyport/testing';
import { type FileSpool, openFileSpool } from './file-spool.ts';

const root = mkdtempSync(join(tmpdir(), 'spool-'));
const opened: FileSpool[] = [];
let made = 0;
const fresh = () => join(root, String(++made));

async function open(directory: string, maxCommits = 100): Promise<FileSpool> {
  const spool = await openFileSpool({ directory, maxCommits });
  opened.push(spool);
  return spool;
}

afterEach(() => Promise.all(opened.splice(0).map((spool) => spool.close())));
afterAll(() => rmSync(root, { recursive: true }));

spoolContract('file', () => open(fresh()));

describe('a spool in a file', () => {
  it('takes no more than its bound, and says so', async () => {
    const spool = await open(fresh(), 1);
    await spool.append(sampleCommit([sampleWrite('call/1', 0)]));
    await expect(spool.append(sampleCommit([sampleWrite('call/2', 0)]))).rejects.toMatchObject({ code: 'spool_full' });
  });

  it('does not open over a line in the middle that it can not read', async () => {
    const directory = fresh();
    await (await open(directory)).append(sampleCommit([sampleWrite('call/1', 0)]));
    writeFileSync(join(directory, 'spool.jsonl'), '{"half\n{}\n');
    await expect(open(directory)).rejects.toMatchObject({ code: 'spool_damaged' });
  });

  it('holds what was appended when it is opened again, without a line that a crash tore', async () => {
    const directory = fresh();
    const commits = [1, 2].map((call) => sampleCommit([sampleWrite(`call/${call}`, 0)]));
    const before = await open(directory);
    await before.append(commits[0] as Commit);
    expect(statSync(join(directory, 'spool.jsonl')).mode & 0o777).toBe(0o600);
    appendFileSync(join(directory, 'spool.jsonl'), '{"tenant":"sh');
    const spool = await open(directory);
    await spool.append(commits[1] as Commit);
    const taken: Commit[] = [];
    await spool.drain(async (commit) => void taken.push(commit));
    expect(taken).toEqual(commits);
    expect(readFileSync(join(directory, 'spool.jsonl'), 'utf8')).toBe('');
  });
});
