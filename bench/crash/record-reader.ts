import { hash } from 'node:crypto';
import type { Row, Rows } from './rows.ts';

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

/** An account of a journal's database that shares no code with the product: it is made of the rows that are there. */
export interface RecordReader {
  /** Reads what is new, and looks at every row: gapless numbers, bytes that match their hash. */
  read(): Promise<void>;
  /** By call id. */
  readonly calls: ReadonlyMap<string, RecordedCall>;
  /** Boots that the record knows, oldest first. */
  readonly boots: readonly string[];
  /** What is wrong with the log itself. */
  readonly faults: readonly string[];
  /** Messages that the services refused as forged, by what they said of them. */
  readonly forged: readonly string[];
  readonly events: number;
  /** Events of each tenant. */
  readonly sizes: ReadonlyMap<string, number>;
}

interface EventText {
  readonly type: string;
  readonly data: {
    readonly decision?: string;
    readonly reason?: string;
    readonly boot?: string;
    readonly gateway?: { readonly boot: string };
    readonly station?: string;
    readonly count?: number;
  };
}

/** @param source gives each row once */
export function createRecordReader(source: Rows): RecordReader {
  const calls = new Map<string, RecordedCall>();
  const boots: string[] = [];
  const faults: string[] = [];
  const forged: string[] = [];
  const last = new Map<string, number>();
  const sizes = new Map<string, number>();
  let events = 0;

  async function read(): Promise<void> {
    const { rows, kept } = await source.read();
    if (kept !== events) faults.push(`${events} events were read before, ${kept} of them are left`);
    for (const row of rows) take(row);
  }

  function take(row: Row): void {
    const name = `event ${row.sequence} of ${row.tenant}`;
    events += 1;
    sizes.set(row.tenant, row.sequence);
    follows(`sequence of tenant ${row.tenant}`, row.sequence);
    follows(`version of ${row.tenant} ${row.stream}`, row.version);
    const leaf = hash('sha256', Buffer.concat([Buffer.of(0), row.bytes]), 'buffer');
    if (!leaf.equals(row.leaf)) faults.push(`${name} is not what its hash says`);
    const event = JSON.parse(Buffer.from(row.bytes).toString('utf8')) as EventText;
    if (event.type !== `dev.sallyport.${row.type}.v1`) faults.push(`${name} says that it is ${event.type}`);
    if (row.type === 'gateway.started') boots.push(String(event.data.boot));
    if (row.type === 'message.rejected') takeForged(row, event);
    if (row.stream.startsWith('call/')) takeCall(row, event);
  }

  function follows(what: string, value: number): void {
    const before = last.get(what) ?? 0;
    if (value !== before + 1) faults.push(`${what} goes from ${before} to ${value}`);
    last.set(what, value);
  }

  function takeForged({ sequence }: Row, { data: { reason, station, count } }: EventText): void {
    forged.push(`${count} ${reason} by ${station}, event ${sequence}`);
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
    forged,
    sizes,
    get events() {
      return events;
    },
  };
}
