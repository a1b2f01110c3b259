import { openPostgresReader } from '@sallyport/adapter-postgres';
import { type Journal, JournalUnavailable } from '@sallyport/contracts';
import { readPages } from '@sallyport/journal';
import { type RecordedEvent, recordedEvent } from '@sallyport/testing';
import type { Site } from './site.ts';

const attempts = 10;

/**
 * Everything that is on record, tenant by tenant in the order of the log. A program gives a connection up after a second;
 * this reader tries longer, since tests look at what programs did on a busy machine.
 */
export async function readRecord(site: Pick<Site, 'database'>, left = attempts): Promise<readonly RecordedEvent[]> {
  try {
    return await readOnce(site);
  } catch (error) {
    if (left <= 1 || !(error instanceof JournalUnavailable)) throw error;
    return readRecord(site, left - 1);
  }
}

async function readOnce({ database }: Pick<Site, 'database'>): Promise<readonly RecordedEvent[]> {
  const reader = await openPostgresReader({ connection: database });
  try {
    const logs = (await reader.tenants.tenants()).map((tenant) => readLog(reader.journal, tenant));
    return (await Promise.all(logs)).flat();
  } finally {
    await reader.close();
  }
}

async function readLog(journal: Pick<Journal, 'readAll'>, tenant: string): Promise<RecordedEvent[]> {
  const found: RecordedEvent[] = [];
  for await (const page of readPages(journal, tenant)) found.push(...page.map(recordedEvent));
  return found;
}
