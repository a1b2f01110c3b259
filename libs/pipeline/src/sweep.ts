import type { EventData, EventType, Journal, StoredEvent } from '@sallyport/contracts';
import { commitOf, type EventParts, newEvent, readCloudEvent, readPages, recordFact } from '@sallyport/journal';

export interface SweepParts extends EventParts {
  readonly journal: Journal;
  /** The process that sweeps, for the record. */
  readonly boot: string;
  /** Asks which gateways are alive: their calls are not swept. */
  readonly live: () => Promise<ReadonlySet<string>>;
  /** Milliseconds after its decision until a call is over, no matter who has it: the longest one may take, and a while. */
  readonly overdueMs: number;
  /** How far each tenant was swept, as far as this process knows; of others it is read from the record. */
  readonly swept: Map<string, number>;
}

export interface Swept {
  /** How many calls were given one. */
  readonly unknown: number;
  /** How many may yet need one: the tenant must be swept again, also if nothing comes. */
  readonly underWay: number;
}

const closing: ReadonlySet<EventType> = new Set([
  'call.completed',
  'call.failed',
  'call.not_run',
  'call.outcome_unknown',
]);

/** A call that was allowed and that nothing closed yet. */
interface Open {
  /** Time of the decision. */
  readonly since: string;
  readonly sequence: number;
  /** The gateway that has it. */
  readonly boot: string;
}

/** What a sweep has seen so far. */
interface Seen {
  /** By stream. */
  readonly open: Map<string, Open>;
  /** Sequence up to which the log was read. */
  through: number;
  /** Whether there was anything but records of sweeps. */
  anything: boolean;
}

/**
 * Gives every call that a process which is gone allowed and never closed its `call.outcome_unknown`: it may have run, it may
 * yet run. So does one of a living process that must have ended long ago: its end could not be recorded. Begins where the
 * last sweep of the tenant ended; the next one begins at the first call that is still under way.
 */
export async function sweep(parts: SweepParts, tenant: string): Promise<Swept> {
  const seen: Seen = { open: new Map(), through: await sweptBefore(parts, tenant), anything: false };
  for await (const page of readPages(parts.journal, tenant, { after: seen.through }))
    for (const event of page) follow(seen, event);
  // Asked only now: a gateway that came while the log was read would else be taken for one that is gone.
  const live = await parts.live();
  const open = [...seen.open.entries()];
  const overdue = parts.clock.now() - parts.overdueMs;
  const mayRun = ({ boot, since }: Open): boolean => live.has(boot) && Date.parse(since) > overdue;
  const lost = open.filter(([, call]) => !mayRun(call));
  for (const [stream, { since, boot }] of lost)
    await close(parts, { tenant, stream, since, reason: live.has(boot) ? 'overdue' : 'gateway_ended' });
  // What may be under way is for a later sweep to look at.
  const underWay = open.filter(([, call]) => mayRun(call)).map(([, { sequence }]) => sequence - 1);
  const through = Math.min(seen.through, ...underWay);
  if (seen.anything) await remember(parts, tenant, { through, unknown: lost.length });
  parts.swept.set(tenant, through);
  return { unknown: lost.length, underWay: underWay.length };
}

async function sweptBefore({ journal, swept }: SweepParts, tenant: string): Promise<number> {
  const known = swept.get(tenant);
  if (known !== undefined) return known;
  let through = 0;
  for await (const page of readPages(journal, tenant, { kind: 'tenant' })) {
    const last = page.findLast(({ type }) => type === 'calls.swept');
    if (last !== undefined) through = readCloudEvent<EventData['calls.swept']>(last.bytes).data.through;
  }
  return through;
}

function follow(seen: Seen, { sequence, stream, type, bytes }: StoredEvent): void {
  seen.through = sequence;
  seen.anything ||= type !== 'calls.swept';
  if (closing.has(type)) seen.open.delete(stream);
  if (type !== 'call.decided') return;
  const { data, time } = readCloudEvent<EventData['call.decided']>(bytes);
  if (data.decision === 'allow') seen.open.set(stream, { since: time, sequence, boot: data.gateway.boot });
}

async function close(
  parts: SweepParts,
  { tenant, stream, since, reason }: { tenant: string; stream: string; since: string; reason: string },
): Promise<void> {
  const data = { tenant, since, reason };
  const event = newEvent(parts, { type: 'call.outcome_unknown', source: '/audit', data });
  await parts.journal.commit(commitOf(event, { stream, commandId: `unknown/${stream}` }));
}

async function remember(
  parts: SweepParts,
  tenant: string,
  counts: { through: number; unknown: number },
): Promise<void> {
  const data = { tenant, boot: parts.boot, ...counts };
  await recordFact(parts, { type: 'calls.swept', source: '/audit', data });
}
