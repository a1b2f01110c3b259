import type { KeyObject } from 'node:crypto';
import type { Digest, Facts, Keys } from '@sallyport/contracts';
import { canonical, hmacSha256 } from '@sallyport/base';

/** Digests of facts that name nothing, by tenant's key: a few numbers, the same for most calls of a tool. */
const plainDigests = new WeakMap<KeyObject, Map<string, Digest>>();
/** Remembered for each tenant; more than the sizes that its calls commonly have. */
const MAX_PLAIN = 256;

/**
 * The digest of everything that was found out about a call, under the tenant's key: owners, versions and attributes of
 * the objects too. The record carries it, and an approval is bound to it. Only facts without any text of the call are
 * remembered.
 */
export function factsDigest(keys: Pick<Keys, 'digestKey'>, tenant: string, facts: Facts): Digest {
  const key = keys.digestKey(tenant);
  const { bulk, bytes, depth } = facts;
  if (!namesNothing(facts)) return hmacSha256(key, factsText(facts));
  const known = plainDigests.get(key) ?? new Map<string, Digest>();
  const name = `${bulk} ${bytes} ${depth}`;
  const digest = known.get(name) ?? hmacSha256(key, factsText(facts));
  if (known.size < MAX_PLAIN) known.set(name, digest);
  plainDigests.set(key, known);
  return digest;
}

/** Whether facts hold no text of the call: numbers alone. */
export function namesNothing({ wildcards, unbounded, resources }: Facts): boolean {
  return wildcards.length + unbounded.length + resources.length === 0;
}

/** Canonical form of the facts, values and all. */
export function factsText({ bulk, wildcards, unbounded, bytes, depth, resources }: Facts): string {
  const named = resources.map(({ type, id, pointer, status, owner, version, attributes }) => ({
    type,
    id,
    pointer,
    status,
    owner,
    version,
    attributes: { ...attributes },
  }));
  return canonical({ bulk, wildcards: [...wildcards], unbounded: [...unbounded], bytes, depth, resources: named });
}
