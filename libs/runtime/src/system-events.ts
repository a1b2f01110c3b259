import type { EventData, EventType } from '@sallyport/contracts';
import { guards, guardsDigest } from '@sallyport/guards';
import { recordFact } from '@sallyport/journal';
import { policyText } from '@sallyport/policy';
import { sweep } from '@sallyport/pipeline';
import { type Dependencies, systemTenant } from './dependencies.ts';
import type { LoadedConfig } from '@sallyport/config';
import type { ActiveConfig } from './active-config.ts';
import { version } from './version.ts';

/** Puts one fact about Sallyport on record. */
export async function note<Type extends EventType>(
  dependencies: Dependencies,
  type: Type,
  data: EventData[Type],
): Promise<void> {
  const { records, stores, boot } = dependencies;
  await recordFact({ ...records, journal: stores.journal }, { type, source: `/gateway/${boot}`, data });
}

/** Keeps the texts of what comes into force, before the events that name them. */
export async function keepTexts(
  { stores: { texts } }: Pick<Dependencies, 'stores'>,
  { loaded, active }: Pick<ActiveConfig, 'loaded' | 'active'>,
): Promise<void> {
  await Promise.all([loaded.text, policyText(active.files)].map((text) => texts.keep(text)));
}

/** The process began, with this configuration, these guards and these policies. */
export async function noteStart(dependencies: Dependencies, inForce: ActiveConfig): Promise<void> {
  const { boot } = dependencies;
  const { loaded, active } = inForce;
  const { policies } = active;
  await keepTexts(dependencies, inForce);
  await note(dependencies, 'gateway.started', {
    tenant: systemTenant,
    boot,
    version,
    config: loaded.digest,
    guards: guardsDigest(guards),
    policy: policies.digest,
  });
  await notePolicies(dependencies, policies.digest, null);
}

/** Other policies are in force than before. */
export async function notePolicies(dependencies: Dependencies, policy: string, previous: string | null): Promise<void> {
  if (policy !== previous) await note(dependencies, 'policy.activated', { tenant: systemTenant, policy, previous });
}

/** A call that was allowed longer ago than this is over, no matter who has it: milliseconds. */
export function overdueBy({ config }: Pick<LoadedConfig, 'config'>): number {
  return config.call_timeout + 60_000;
}

/** Gives calls that earlier processes left open their `call.outcome_unknown`, tenant by tenant. */
export async function sweepAll(dependencies: Dependencies, { loaded }: Pick<ActiveConfig, 'loaded'>): Promise<void> {
  const { records, boot, observer, logger, stores } = dependencies;
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
      const { unknown } = await sweep(parts, tenant);
      if (unknown > 0)
        logger.warn(`${unknown} calls of an earlier run have no known outcome; they are recorded as such`);
    }
  } catch (error) {
    observer.incident('sweep_failed', String(error));
  }
}
