import { openPostgresReader } from '@sallyport/adapter-postgres';
import type { EventData, EventType, Journal } from '@sallyport/contracts';
import type { Site } from './site.ts';

/** One event as it lies in the journal. */
export interface RecordedEvent<Type extends EventType = EventType> {
  readonly tenant: string;
  readonly sequence: number;
  readonly stream: string;
  readonly type: Type;
  readonly bytes: Buffer;
  readonly leaf: Buffer;
  readonly data: EventData[Type];
}

const page = 1_000;

/** Everything that is on record, tenant by tenant in the order of the log. */
export async function readRecord({ database }: Pick<Site, 'database'>): Promise<readonly RecordedEvent[]> {
  const reader = await openPostgresReader({ connection: database });
  try {
    const logs = (await reader.tenants.tenants()).map((tenant) => readLog(reader.journal, tenant));
    return (await Promise.all(logs)).flat();
  } finally {
    await reader.close();
  }
}

async function readLog(journal: Pick<Journal, 'readAll'>, tenant: string, after = 0): Promise<RecordedEvent[]> {
  const events = await journal.readAll(tenant, { after, limit: page });
  const found = events.map((event) => ({ ...event, ...parsed(event) }));
  return events.length < page ? found : [...found, ...(await readLog(journal, tenant, events.at(-1)?.sequence))];
}

function parsed({ bytes, leaf }: { readonly bytes: Uint8Array; readonly leaf: Uint8Array }) {
  const { data } = JSON.parse(Buffer.from(bytes).toString('utf8')) as { data: EventData[EventType] };
  return { bytes: Buffer.from(bytes), leaf: Buffer.from(leaf), data };
}
