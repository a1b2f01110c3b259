import { hash } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';

/** What the journal says of one call. */
export interface RecordedCall {
  readonly decision: string;
  readonly reason: string;
  /** From the sealed arguments beside the event. */
  readonly message: string | null;
  readonly boot: string;
  /** Types of the events that followed, in order. */
  readonly then: string[];
}

/** A reader of a journal's database that shares no code with the product: it reads what is on disk. */
export interface RecordReader {
  /** Reads what is new, and looks at every row: gapless numbers, bytes that match their hash. */
  read(): void;
  /** By call id. */
  readonly calls: ReadonlyMap<string, RecordedCall>;
  /** Boots that the record knows, oldest first. */
  readonly boots: readonly string[];
  /** What is wrong with the log itself. */
  readonly faults: readonly string[];
  readonly events: number;
}

const query = `
  SELECT e.position, t.name AS tenant, e.sequence, e.stream, e.version, e.type, e.bytes, e.leaf, s.value AS sealed
  FROM events e JOIN tenants t ON t.key = e.tenant
  LEFT JOIN sealed s ON s.tenant = e.tenant AND s.event = e.id AND s.field = 'arguments'
  WHERE e.position > ? ORDER BY e.position`;

interface Row {
  readonly position: number;
  readonly tenant: string;
  readonly sequence: number;
  readonly stream: string;
  readonly version: number;
  readonly type: string;
  readonly bytes: Uint8Array;
  readonly leaf: Uint8Array;
  readonly sealed: string | null;
}

function rowOf(row: Readonly<Record<string, unknown>>): Row {
  const { bytes, leaf, sealed } = row;
  if (!(bytes instanceof Uint8Array) || !(leaf instanceof Uint8Array)) throw new Error('an event without its bytes');
  return {
    position: Number(row['position']),
    tenant: String(row['tenant']),
    sequence: Number(row['sequence']),
    stream: String(row['stream']),
    version: Number(row['version']),
    type: String(row['type']),
    bytes,
    leaf,
    sealed: typeof sealed === 'string' ? sealed : null,
  };
}

interface EventText {
  readonly type: string;
  readonly data: {
    readonly decision?: string;
    readonly reason?: string;
    readonly boot?: string;
    readonly gateway?: { readonly boot: string };
  };
}

/** @param file `journal.db`; a house may have it open meanwhile */
export function createRecordReader(file: string): RecordReader {
  const calls = new Map<string, RecordedCall>();
  const boots: string[] = [];
  const faults: string[] = [];
  const last = new Map<string, number>();
  let position = 0;
  let events = 0;

  function read(): void {
    const db = new DatabaseSync(file, { readOnly: true, timeout: 5_000 });
    try {
      const kept = db.prepare('SELECT count(*) AS count FROM events WHERE position <= ?').get(position)?.['count'];
      if (kept !== events) faults.push(`${events} events were read before, ${String(kept)} of them are left`);
      for (const row of db.prepare(query).iterate(position)) take(rowOf(row));
    } finally {
      db.close();
    }
  }

  function take(row: Row): void {
    position = row.position;
    events += 1;
    follows(`sequence of tenant ${row.tenant}`, row.sequence);
    follows(`version of ${row.tenant} ${row.stream}`, row.version);
    const leaf = hash('sha256', Buffer.concat([Buffer.of(0), row.bytes]), 'buffer');
    if (!leaf.equals(row.leaf)) faults.push(`event ${row.position} is not what its hash says`);
    const event = JSON.parse(Buffer.from(row.bytes).toString('utf8')) as EventText;
    if (event.type !== `dev.sallyport.${row.type}.v1`)
      faults.push(`event ${row.position} says that it is ${event.type}`);
    if (row.type === 'gateway.started') boots.push(String(event.data.boot));
    if (row.stream.startsWith('call/')) takeCall(row, event);
  }

  function follows(what: string, value: number): void {
    const before = last.get(what) ?? 0;
    if (value !== before + 1) faults.push(`${what} goes from ${before} to ${value}`);
    last.set(what, value);
  }

  function takeCall({ stream, type, sealed }: Row, { data }: EventText): void {
    const id = stream.slice('call/'.length);
    if (type !== 'call.decided') {
      const call = calls.get(id);
      if (call === undefined) faults.push(`${type} of call ${id}, which was never decided`);
      return void call?.then.push(type);
    }
    if (calls.has(id)) faults.push(`call ${id} was decided twice`);
    const message = sealed === null ? null : String((JSON.parse(sealed) as { message?: unknown }).message);
    const { decision = '', reason = '', gateway } = data;
    calls.set(id, { decision, reason, message, boot: gateway?.boot ?? '', then: [] });
  }

  return {
    read,
    calls,
    boots,
    faults,
    get events() {
      return events;
    },
  };
}
