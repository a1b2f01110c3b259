import { type EventData, isServerRequest, type Journal, type Observer } from '@sallyport/contracts';
import { recordFact } from '@sallyport/journal';
import { type Counted, createCounting, type Flushed, type RecordParts } from '@sallyport/pipeline';

export interface StrayRequestsParts extends Pick<RecordParts, 'clock' | 'ids'> {
  readonly journal: Journal;
  readonly observer: Pick<Observer, 'incident'>;
  /** The tenant of what concerns no tenant. */
  readonly systemTenant: string;
  readonly boot: string;
}

/** Requests of upstreams to clients outside of any call: all were refused, and here they are put on record. */
export interface StrayRequestRecord extends Flushed {
  /** Counts one; a flood of one method stands as few events with their count. */
  note(upstream: string, method: string): void;
}

type Method = EventData['upstream.request_refused']['method'];

interface Kind {
  readonly upstream: string;
  readonly method: Method;
}

/** Builds the record; `flush` is the caller's to schedule. */
export function createStrayRequestRecord(parts: StrayRequestsParts): StrayRequestRecord {
  const { systemTenant, boot } = parts;
  const { add, flush, close } = createCounting<Kind>({ ...parts, write, various: (kind) => kind });

  async function write({ kind, count }: Counted<Kind>, id: string): Promise<void> {
    const data = { tenant: systemTenant, ...kind, count, gateway: { boot, counter: 0 } };
    await recordFact(parts, { id, type: 'upstream.request_refused', source: `/gateway/${boot}`, data });
  }

  return {
    note(upstream, asked) {
      const method = isServerRequest(asked) ? asked : 'other';
      add(`${upstream} ${method}`, method, { kind: { upstream, method } });
    },
    flush,
    close,
  };
}
