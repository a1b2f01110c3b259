import { resolve } from 'node:path';
import type { Digest, EventData, Journal } from '@sallyport/contracts';
import { policyDigest } from '@sallyport/policy';
import { createFollower, readCloudEvent } from '@sallyport/journal';
import { type LoadedConfig, readPolicyFiles } from '@sallyport/config';
import { systemTenant } from './dependencies.ts';

/** Which policy sets were in force before the one that is. */
export interface PolicyHistory {
  /** False for a set that another has replaced. One that no gateway took yet is newer than this process. */
  isCurrent(policy: Digest): boolean;
  /** Reads the policies that a configuration names: they are the current ones as soon as a gateway took them. */
  take(loaded: LoadedConfig): Promise<void>;
  /** Reads on in the record which sets were taken. */
  catchUp(): Promise<void>;
}

/**
 * Reads from the record which sets were in force, and from the files which one is. A set that lies on disk and that no
 * gateway took may be a bad edit, and replaces nothing: the last one that was taken stays current. So does the one on
 * disk that was taken before, whatever a gateway with older files takes.
 */
export async function openPolicyHistory(
  journal: Pick<Journal, 'readAll'>,
  loaded: LoadedConfig,
): Promise<PolicyHistory> {
  const taken = new Set<Digest>();
  let last: Digest | null = null;
  let onDisk: Digest | null = null;
  const { catchUp } = createFollower({
    journal,
    tenant: systemTenant,
    kind: 'tenant',
    take({ type, bytes }) {
      if (type !== 'policy.activated') return;
      last = readCloudEvent<EventData['policy.activated']>(bytes).data.policy;
      taken.add(last);
    },
  });

  async function take({ directory, config }: LoadedConfig): Promise<void> {
    onDisk = policyDigest(await readPolicyFiles(resolve(directory, config.policies)));
  }

  await catchUp();
  await take(loaded);
  return { take, catchUp, isCurrent: (policy) => policy === last || policy === onDisk || !taken.has(policy) };
}
