import { type Journal, JournalUnavailable, type ReadOptions } from '@sallyport/contracts';
import { sampleCommit, sampleWrite } from '@sallyport/testing';
import { createArrayJournal } from '../test/array-journal.ts';
import { lastSequence } from './last-sequence.ts';
import { type PagesOptions, readPages } from './read-pages.ts';

/** A log of so many events, every third one of an approval, and what was asked of it. */
async function logOf(count: number) {
  const { journal } = createArrayJournal();
  for (let at = 1; at <= count; at++)
    await journal.commit(sampleCommit([sampleWrite(at % 3 === 0 ? 'approval/1' : 'call/1', 'any')]));
  const asked: ReadOptions[] = [];
  const readAll: Journal['readAll'] = (tenant, options) => {
    asked.push(options);
    return journal.readAll(tenant, options);
  };
  return { journal: { readAll }, asked };
}

async function pagesOf(journal: Pick<Journal, 'readAll'>, options?: PagesOptions): Promise<number[][]> {
  const pages: number[][] = [];
  for await (const page of readPages(journal, 'shop', options)) pages.push(page.map(({ sequence }) => sequence));
  return pages;
}

describe('readPages', () => {
  it('fails where the journal can’t be read', async () => {
    const journal = { readAll: () => Promise.reject(new JournalUnavailable('away')) };
    await expect(pagesOf(journal)).rejects.toThrow(JournalUnavailable);
  });

  it('gives every event once, in order, and no empty page', async () => {
    const { journal, asked } = await logOf(7);
    expect(await pagesOf(journal, { size: 3 })).toEqual([[1, 2, 3], [4, 5, 6], [7]]);
    expect(asked.map(({ after }) => after)).toEqual([0, 3, 6]);
    expect(await pagesOf(journal, { size: 7 })).toEqual([[1, 2, 3, 4, 5, 6, 7]]);
    expect(await pagesOf((await logOf(0)).journal)).toEqual([]);
  });

  it('begins behind a sequence, and passes over streams of another kind', async () => {
    const { journal } = await logOf(9);
    expect(await pagesOf(journal, { after: 3, kind: 'approval', size: 1 })).toEqual([[6], [9]]);
  });

  it('reads no page that nobody asks for', async () => {
    const { journal, asked } = await logOf(9);
    for await (const page of readPages(journal, 'shop', { size: 2 })) if (page.length > 0) break;
    expect(asked).toHaveLength(1);
  });
});

describe('lastSequence', () => {
  it('finds the end of logs of any length', async () => {
    for (let length = 0; length <= 17; length++) {
      const { journal, asked } = await logOf(length);
      expect(await lastSequence(journal, 'shop')).toBe(length);
      expect(asked.length).toBeLessThanOrEqual(10);
    }
  });

  it('finds how far something holds', async () => {
    const { journal } = await logOf(13);
    for (let end = 0; end <= 13; end++)
      expect(await lastSequence(journal, 'shop', ({ sequence }) => sequence <= end)).toBe(end);
  });
});
