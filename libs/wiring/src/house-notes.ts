import type { EventData, EventType } from '@sallyport/contracts';
import { guards, guardsDigest } from '@sallyport/guards';
import { newEvent, sweep } from '@sallyport/pipeline';
import { type Frame, houseTenant } from './frame.ts';
import type { LoadedConfig } from './config.ts';
import type { Standing } from './standing.ts';
import { version } from './version.ts';

/** Puts one fact about the house on record. */
export async function note<Type extends EventType>(frame: Frame, type: Type, data: EventData[Type]): Promise<void> {
  const event = newEvent(frame.records, { type, source: `/gateway/${frame.boot}`, data });
  const write = { stream: `tenant/${houseTenant}`, expectedVersion: 'any' as const, events: [event] };
  await frame.stores.journal.commit({ tenant: houseTenant, commandId: event.id, writes: [write] });
}

/** The process began, with this configuration, these guards and these policies. */
export async function noteStart(frame: Frame, { loaded, active: { policies } }: Standing): Promise<void> {
  const { boot } = frame;
  await note(frame, 'gateway.started', {
    tenant: houseTenant,
    boot,
    version,
    config: loaded.digest,
    guards: guardsDigest(guards),
    policy: policies.digest,
  });
  await notePolicies(frame, policies.digest, null);
}

/** Other policies are in force than before. */
export async function notePolicies(frame: Frame, policy: string, previous: string | null): Promise<void> {
  if (policy !== previous) await note(frame, 'policy.activated', { tenant: houseTenant, policy, previous });
}

/** A call that was allowed longer ago than this is over, whoever has it: milliseconds. */
export function overdueBy({ config }: Pick<LoadedConfig, 'config'>): number {
  return config.call_timeout + 60_000;
}

/** Gives calls that earlier processes left open their `call.outcome_unknown`, tenant by tenant. */
export async function sweepAll(frame: Frame, { loaded }: Pick<Standing, 'loaded'>): Promise<void> {
  const { records, boot, observer, logger, stores } = frame;
  const parts = {
    ...records,
    journal: stores.journal,
    boot,
    live: async () => new Set([boot]),
    overdueMs: overdueBy(loaded),
    swept: new Map(),
  };
  try {
    for (const tenant of await stores.tenants.tenants()) {
      const open = await sweep(parts, tenant);
      if (open > 0) logger.warn(`${open} calls of an earlier run have no known outcome; they are recorded as such`);
    }
  } catch (error) {
    observer.trouble('sweep_failed', String(error));
  }
}
