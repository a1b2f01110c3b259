import type { BusMessage, NewEvent } from '@sallyport/contracts';
import { takeReload, takeReport } from './reload-desk.ts';
import { type AuditDesk, takeCall, takeCommit, takeExpire, takeNotice, takePing } from './audit-desk.ts';
import type { AuditEnd, AuditEndParts } from './corridor-ends.ts';
import { createEcho, type Echo } from './echo.ts';
import { createFairQueue } from './fair-queue.ts';
import { checkRing } from './mac.ts';
import { Seen } from './seen.ts';
import { createSettingsAgreement } from './settings-agreement.ts';
import { createTally, type Refused } from './tally.ts';
import { decode } from './wire.ts';

const defaultShare = { underWay: 256, waiting: 2_000 };
/** So many tenants can have all that they may have at once; more take turns. */
const fullTenants = 4;

/**
 * Joins audit to the corridor: it verifies each call from end to end, releases it, and answers the gateway that asked.
 * What is not honest is refused and put on record in the house's log.
 *
 * @throws TypeError where a key is unfit
 * @throws BusUnavailable
 */
export async function createAuditEnd(parts: AuditEndParts): Promise<AuditEnd> {
  const { bus, topics, prefix, ids, instance, observer, clock, time, perTenant = defaultShare } = parts;
  for (const [of, ring] of Object.entries(parts.keys)) checkRing(of, ring);
  let stopping = false;
  let recorded: Promise<unknown> = Promise.resolve();
  const write = (refused: Refused, count: number): void => {
    // Without what it resolves to: that would hold what came before, and what came before that, for ever.
    recorded = Promise.all([recorded, record(parts, refused, count)]).then(() => undefined);
  };
  const echo = createEcho({ bus, ids, clock, time, topic: topics.decide, instance });
  const desk: AuditDesk = {
    ...parts,
    seen: new Seen(),
    inHand: new Set(),
    closing: new Set(),
    queue: createFairQueue({ ...perTenant, total: perTenant.underWay * fullTenants }),
    tally: createTally({ clock, write }),
    agreement: createSettingsAgreement(parts.guards),
    stopping: () => stopping,
    partitions: () => subscription.partitions(),
  };
  const subscription = await bus.share({
    topic: topics.decide,
    group: `${prefix}.audit`,
    handle: (message) =>
      take(desk, echo, message).catch((error: unknown) => observer.trouble('station_failed', String(error))),
  });
  echo.start(subscription);
  return {
    ready: echo.ready,
    async stop() {
      stopping = true;
      echo.stop();
      await subscription.stop();
      desk.tally.stop();
      await recorded;
    },
  };
}

async function take(desk: AuditDesk, echo: Echo, message: BusMessage): Promise<void> {
  const read = decode(message.value);
  // Nobody of ours writes anything else here.
  if (read === null) return desk.tally.note({ station: 'unknown', reason: 'malformed', call: null });
  switch (read.kind) {
    case 'call':
      return takeCall(desk, read, message);
    case 'expire':
      return takeExpire(desk, read, message);
    case 'commit':
      return takeCommit(desk, read, message);
    case 'ping':
      return takePing(desk, read);
    case 'reload':
      return takeReload(desk, read);
    case 'report':
      return takeReport(desk, read);
    case 'notice':
      return takeNotice(desk, read);
    case 'echo':
      return echo.heard(read, message.time);
    default:
      return desk.tally.note({ station: 'unknown', reason: 'misdirected', call: null });
  }
}

/** What a stranger sent, in the log of the house: it belongs to no call and to no tenant that it names. */
async function record(parts: AuditEndParts, { station, reason, call }: Refused, count: number): Promise<void> {
  const { ids, clock, journal, houseTenant: tenant, observer } = parts;
  observer.trouble('corridor_refused', `${reason} (${station})`);
  const event: NewEvent<'corridor.refused'> = {
    id: ids.ulid(),
    type: 'corridor.refused',
    time: new Date(clock.now()).toISOString(),
    source: '/audit',
    traceparent: null,
    data: { tenant, station, reason, call, count },
  };
  try {
    const write = { stream: `tenant/${tenant}`, expectedVersion: 'any' as const, events: [event] };
    await journal.commit({ tenant, commandId: event.id, writes: [write] });
  } catch (error) {
    observer.trouble('refusal_unrecorded', String(error));
  }
}
