import type { EventData, EventType, Journal, NewEvent, StoredEvent } from '@sallyport/contracts';
import { readCloudEvent } from '@sallyport/strict-json';
import { newEvent, type RecordParts } from './records.ts';

export interface SweepParts extends Pick<RecordParts, 'clock' | 'ids'> {
  readonly journal: Journal;
  /** This process: its own calls are not swept. */
  readonly boot: string;
}

const page = 1_000;
const closing: ReadonlySet<EventType> = new Set([
  'call.completed',
  'call.failed',
  'call.not_run',
  'call.outcome_unknown',
]);

/** What a sweep has seen so far. */
interface Seen {
  /** Streams of calls that earlier processes allowed and that nothing closed yet, with the time of the decision. */
  readonly open: Map<string, string>;
  /** Sequence up to which every call of an earlier process is accounted for. */
  through: number;
  /** Sequence of the first allow of this process: its calls are still under way, for the next sweep to look at. */
  firstOwn: number | null;
}

/**
 * Gives every call that an earlier process allowed and never closed its `call.outcome_unknown`: it may have run, it may
 * yet run. Begins where the last sweep of the tenant ended, and ends before the first allow of this process.
 *
 * @returns how many calls were open
 */
export async function sweep(parts: SweepParts, tenant: string): Promise<number> {
  const seen: Seen = { open: new Map(), through: await sweptBefore(parts, tenant), firstOwn: null };
  for (;;) {
    const events = await parts.journal.readAll(tenant, { after: seen.through, limit: page });
    for (const event of events) follow(seen, event, parts.boot);
    if (events.length < page) break;
  }
  for (const [stream, since] of seen.open) await close(parts, { tenant, stream, since });
  const through = seen.firstOwn === null ? seen.through : Math.min(seen.through, seen.firstOwn - 1);
  if (through > 0) await remember(parts, tenant, { through, unknown: seen.open.size });
  return seen.open.size;
}

async function sweptBefore({ journal }: SweepParts, tenant: string): Promise<number> {
  const events = await journal.readStream(tenant, `tenant/${tenant}`);
  const last = events.findLast(({ type }) => type === 'calls.swept');
  return last === undefined ? 0 : readCloudEvent<EventData['calls.swept']>(last.bytes).data.through;
}

function follow(seen: Seen, event: StoredEvent, boot: string): void {
  seen.through = event.sequence;
  if (closing.has(event.type)) seen.open.delete(event.stream);
  if (event.type !== 'call.decided') return;
  const { data, time } = readCloudEvent<EventData['call.decided']>(event.bytes);
  if (data.decision !== 'allow') return;
  if (data.gateway.boot === boot) seen.firstOwn ??= event.sequence;
  else seen.open.set(event.stream, time);
}

async function close(
  parts: SweepParts,
  { tenant, stream, since }: { tenant: string; stream: string; since: string },
): Promise<void> {
  const event = newEvent(parts, {
    type: 'call.outcome_unknown',
    source: '/audit',
    data: { tenant, since, reason: 'gateway_ended' },
  });
  await write(parts, { tenant, commandId: `unknown/${stream}`, stream, event });
}

async function remember(
  parts: SweepParts,
  tenant: string,
  counts: { through: number; unknown: number },
): Promise<void> {
  const event = newEvent(parts, {
    type: 'calls.swept',
    source: '/audit',
    data: { tenant, boot: parts.boot, ...counts },
  });
  await write(parts, { tenant, commandId: `swept/${event.id}`, stream: `tenant/${tenant}`, event });
}

async function write(
  { journal }: SweepParts,
  { event, stream, ...commit }: { tenant: string; commandId: string; stream: string; event: NewEvent },
): Promise<void> {
  await journal.commit({ ...commit, writes: [{ stream, expectedVersion: 'any', events: [event] }] });
}
