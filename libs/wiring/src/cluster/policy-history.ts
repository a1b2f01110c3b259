import { resolve } from 'node:path';
import type { Digest, EventData, Journal } from '@sallyport/contracts';
import { policyDigest } from '@sallyport/policy';
import { readCloudEvent } from '@sallyport/strict-json';
import type { LoadedConfig } from '../config.ts';
import { houseTenant } from '../frame.ts';
import { readPolicyFiles } from '../policy-files.ts';

const page = 1_000;

/** Which policy sets were in force before the one that is. */
export interface PolicyHistory {
  /** False for a set that another has replaced. One that is not known yet is newer than this process. */
  isCurrent(policy: Digest): boolean;
  /** Reads the policies that a configuration names and takes them as the current ones. */
  take(loaded: LoadedConfig): Promise<void>;
}

/** Reads from the record which sets were in force, and from the files which one is. */
export async function openPolicyHistory(
  journal: Pick<Journal, 'readAll'>,
  loaded: LoadedConfig,
): Promise<PolicyHistory> {
  const older = await activated(journal);
  let current: Digest | null = null;

  async function take({ directory, config }: LoadedConfig): Promise<void> {
    const next = policyDigest(await readPolicyFiles(resolve(directory, config.policies)));
    if (current !== null && current !== next) older.add(current);
    current = next;
  }

  await take(loaded);
  return { take, isCurrent: (policy) => policy === current || !older.has(policy) };
}

async function activated(journal: Pick<Journal, 'readAll'>): Promise<Set<Digest>> {
  const seen = new Set<Digest>();
  for (let after = 0; ;) {
    const events = await journal.readAll(houseTenant, { after, limit: page, kind: 'tenant' });
    for (const { type, bytes } of events)
      if (type === 'policy.activated') seen.add(readCloudEvent<EventData['policy.activated']>(bytes).data.policy);
    after = events.at(-1)?.sequence ?? after;
    if (events.length < page) return seen;
  }
}
