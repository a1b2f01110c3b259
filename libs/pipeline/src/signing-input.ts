import type { Call, Digest, Keys, WithheldArguments } from '@sallyport/contracts';
import { canonical, deepFreeze, hmacSha256 } from '@sallyport/base';

/** The canonical form of the arguments of the calls that this process created, for as long as it holds them. */
const created = new WeakMap<Call, string>();

/**
 * Binds a call that is being made: its digest is what makes two sends of the same call the same, HMAC-SHA-256 under the
 * tenant's key over subject, action, upstream, target and the canonical form of the arguments. From here on nothing in the call
 * can be changed: what is sent is what was judged.
 */
export function withDigest(keys: Pick<Keys, 'digestKey'>, call: Omit<Call, 'digest'>): Call {
  const text = canonical(call.arguments);
  const made = deepFreeze<Call>({ ...call, digest: digestOf(keys, call, text) });
  created.set(made, text);
  return made;
}

/** Says whether a digest is over exactly what a call says. A call that was made here says what it said then. */
export function hasDigest(keys: Pick<Keys, 'digestKey'>, call: Call, digest: Digest): boolean {
  const made = created.has(call) ? call.digest : digestOf(keys, call, canonical(call.arguments));
  return digest === made;
}

/** The canonical form of a call's arguments, as its digest has it. */
export function argumentsText(call: Call): string {
  return created.get(call) ?? canonical(call.arguments);
}

/** What is recorded of a call's arguments where they are not kept: their keyed digest, and the size of their canonical form. */
export function argumentsDigest(keys: Pick<Keys, 'digestKey'>, call: Call): WithheldArguments {
  const text = argumentsText(call);
  return { digest: hmacSha256(keys.digestKey(call.tenant), text), bytes: Buffer.byteLength(text) };
}

function digestOf(keys: Pick<Keys, 'digestKey'>, call: Omit<Call, 'digest'>, text: string): Digest {
  const { tenant, subject, action, upstream, target } = call;
  const signed = [subject.issuer, subject.id, action, upstream, target.kind, target.name, text];
  return hmacSha256(keys.digestKey(tenant), JSON.stringify(signed));
}
