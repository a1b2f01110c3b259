import { openPostgresReader } from '@sallyport/adapter-postgres';
import type { EventData, EventType } from '@sallyport/contracts';
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
  const found: RecordedEvent[] = [];
  try {
    for (const tenant of await reader.tenants.tenants()) {
      for (let after = 0; ;) {
        const events = await reader.journal.readAll(tenant, { after, limit: page });
        found.push(...events.map((event) => ({ ...event, ...parsed(event) })));
        after = events.at(-1)?.sequence ?? after;
        if (events.length < page) break;
      }
    }
    return found;
  } finally {
    await reader.close();
  }
}

function parsed({ bytes, leaf }: { readonly bytes: Uint8Array; readonly leaf: Uint8Array }) {
  const { data } = JSON.parse(Buffer.from(bytes).toString('utf8')) as { data: EventData[EventType] };
  return { bytes: Buffer.from(bytes), leaf: Buffer.from(leaf), data };
}
