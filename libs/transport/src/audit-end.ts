import type { BusMessage } from '@sallyport/contracts';
import { recordFact } from '@sallyport/journal';
import { takeReload, takeReport } from './reload-handler.ts';
import { type AuditHandler, takeCall, takeCommit, takeExpire, takeNotice, takeProbe } from './audit-handler.ts';
import type { AuditEnd, AuditEndParts } from './transport-ends.ts';
import { createLoopbackProbe, type LoopbackProbe } from './loopback-probe.ts';
import { createFairQueue } from './fair-queue.ts';
import { checkRing } from './mac.ts';
import { Seen } from './seen.ts';
import { createSettingsAgreement } from './settings-agreement.ts';
import { createRejectionLog, type Refused } from './rejection-log.ts';
import { decode } from './messages.ts';

const defaultShare = { underWay: 256, waiting: 2_000 };
/** So many tenants can have all that they may have at once; more take turns. */
const fullTenants = 4;

/**
 * Joins audit to the transport: it verifies each call from end to end, releases it, and answers the gateway that asked.
 * What is not honest is refused and put on record in Sallyport's log.
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
  const loopback = createLoopbackProbe({ bus, ids, clock, time, topic: topics.decide, instance });
  const handler: AuditHandler = {
    ...parts,
    seen: new Seen(),
    inHand: new Set(),
    closing: new Set(),
    queue: createFairQueue({ ...perTenant, total: perTenant.underWay * fullTenants }),
    rejections: createRejectionLog({ clock, write }),
    agreement: createSettingsAgreement(parts.guards),
    stopping: () => stopping,
    partitions: () => subscription.partitions(),
  };
  const subscription = await bus.share({
    topic: topics.decide,
    group: `${prefix}.audit`,
    handle: (message) =>
      take(handler, loopback, message).catch((error: unknown) => observer.incident('station_failed', String(error))),
  });
  loopback.start(subscription);
  return {
    ready: loopback.ready,
    async stop() {
      stopping = true;
      loopback.stop();
      await subscription.stop();
      handler.rejections.stop();
      await recorded;
    },
  };
}

async function take(handler: AuditHandler, loopback: LoopbackProbe, message: BusMessage): Promise<void> {
  const read = decode(message.value);
  // Nobody of ours writes anything else here.
  if (read === null) return handler.rejections.note({ station: 'unknown', reason: 'malformed', call: null });
  switch (read.kind) {
    case 'call':
      return takeCall(handler, read, message);
    case 'expire':
      return takeExpire(handler, read, message);
    case 'commit':
      return takeCommit(handler, read, message);
    case 'probe':
      return takeProbe(handler, read);
    case 'reload':
      return takeReload(handler, read);
    case 'report':
      return takeReport(handler, read);
    case 'notice':
      return takeNotice(handler, read);
    case 'loopback':
      return loopback.heard(read, message.time);
    default:
      return handler.rejections.note({ station: 'unknown', reason: 'misdirected', call: null });
  }
}

/** What a stranger sent, in the system log: it belongs to no call and to no tenant that it names. */
async function record(parts: AuditEndParts, { station, reason, call }: Refused, count: number): Promise<void> {
  const { systemTenant: tenant, observer } = parts;
  observer.incident('message_rejected', `${reason} (${station})`);
  const data = { tenant, station, reason, call, count };
  await recordFact(parts, { type: 'message.rejected', source: '/audit', data }).catch((error: unknown) =>
    observer.incident('refusal_unrecorded', String(error)),
  );
}
