import type { EventData, Journal, Observer } from '@sallyport/contracts';
import { newEvent, type RecordParts } from '@sallyport/pipeline';

export interface StrayRequestsParts extends Pick<RecordParts, 'clock' | 'ids'> {
  readonly journal: Journal;
  readonly observer: Pick<Observer, 'trouble'>;
  /** The tenant of what concerns no tenant. */
  readonly house: string;
  readonly boot: string;
}

/** Requests of upstreams to clients outside of any call: all were refused, and here they are put on record. */
export interface StrayRequestRecord {
  note(upstream: string, method: string): void;
  /** Writes what was only counted. Never rejects. */
  flush(): Promise<void>;
}

type Method = EventData['upstream.request_refused']['method'];

interface Counted {
  readonly upstream: string;
  readonly method: Method;
  count: number;
  writtenAt: number;
}

const methods: ReadonlySet<string> = new Set<Method>(['sampling/createMessage', 'elicitation/create', 'roots/list']);
/** The first of a kind is written at once, those that repeat it so often with their count. */
const EVERY_MS = 60_000;

/** Builds the record; there is no timer: what is counted is written with the next of its kind, or at the end. */
export function createStrayRequestRecord(parts: StrayRequestsParts): StrayRequestRecord {
  const { clock, observer, house, boot } = parts;
  const kinds = new Map<string, Counted>();
  const underWay = new Set<Promise<void>>();

  async function commit({ upstream, method, count }: Counted): Promise<void> {
    const data = { tenant: house, upstream, method, count, gateway: { boot, counter: 0 } };
    const event = newEvent(parts, { type: 'upstream.request_refused', source: `/gateway/${boot}`, data });
    const writes = [{ stream: `tenant/${house}`, expectedVersion: 'any' as const, events: [event] }];
    try {
      await parts.journal.commit({ tenant: house, commandId: event.id, writes });
    } catch (error) {
      observer.trouble('audit_unavailable', String(error));
    }
  }

  function write(counted: Counted): void {
    const written = commit({ ...counted }).finally(() => underWay.delete(written));
    underWay.add(written);
    Object.assign(counted, { count: 0, writtenAt: clock.monotonic() });
  }

  return {
    note(upstream, asked) {
      const method = methods.has(asked) ? (asked as Method) : 'other';
      const key = `${upstream} ${method}`;
      const counted = kinds.get(key) ?? { upstream, method, count: 0, writtenAt: -Infinity };
      kinds.set(key, counted);
      counted.count += 1;
      if (clock.monotonic() - counted.writtenAt >= EVERY_MS) write(counted);
    },
    async flush() {
      for (const counted of kinds.values()) if (counted.count > 0) write(counted);
      await Promise.all(underWay);
    },
  };
}
