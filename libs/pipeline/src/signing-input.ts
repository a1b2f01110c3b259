import type { Call, Digest, Keys, WithheldArguments } from '@sallyport/contracts';
import { canonical, hmacSha256 } from '@sallyport/base';

/** What a call's digest is over, and the part of it that is recorded. */
interface Stated {
  readonly digest: Digest;
  readonly statement: string;
  /** The canonical form of the arguments. */
  readonly text: string;
}

/** The signing inputs of the calls that this process created, for as long as it holds them. */
const created = new WeakMap<Call, Stated>();

/**
 * Binds a call that is being made: its digest is what makes two sends of the same call the same, HMAC-SHA-256 under the
 * tenant's key over subject, action, upstream, target and the canonical form of the arguments.
 */
export function withDigest(keys: Pick<Keys, 'digestKey'>, call: Omit<Call, 'digest'>): Call {
  const text = canonical(call.arguments);
  const statement = signingInputOf(call, text);
  const digest = hmacSha256(keys.digestKey(call.tenant), statement);
  const made: Call = { ...call, digest };
  created.set(made, { digest, statement, text });
  return made;
}

/**
 * Says whether a digest is over exactly what a call says now. The arguments are printed again: what stands in the call may
 * be sent only if it is, to the letter, what was judged. Of a call that was made here the text is compared and not its
 * HMAC, which would tell the same.
 */
export function hasDigest(keys: Pick<Keys, 'digestKey'>, call: Call, digest: Digest): boolean {
  const statement = signingInputOf(call, canonical(call.arguments));
  const known = created.get(call);
  if (known !== undefined) return digest === known.digest && statement === known.statement;
  return digest === hmacSha256(keys.digestKey(call.tenant), statement);
}

/** The canonical form of a call's arguments, as its digest has it. */
export function argumentsText(call: Call): string {
  return created.get(call)?.text ?? canonical(call.arguments);
}

/** What is recorded of a call's arguments where they are not kept: their keyed digest, and the size of their canonical form. */
export function argumentsDigest(keys: Pick<Keys, 'digestKey'>, call: Call): WithheldArguments {
  const text = argumentsText(call);
  return { digest: hmacSha256(keys.digestKey(call.tenant), text), bytes: Buffer.byteLength(text) };
}

function signingInputOf({ subject, action, upstream, target }: Omit<Call, 'digest'>, text: string): string {
  return JSON.stringify([subject.issuer, subject.id, action, upstream, target.kind, target.name, text]);
}
