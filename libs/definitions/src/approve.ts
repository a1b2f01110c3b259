import type { Digest } from '@sallyport/contracts';
import type { DefinitionName } from './pin.ts';
import { approval, type OfferContext } from './take-offer.ts';

export interface ApproveRequest extends DefinitionName {
  /** Digest of the offered copy that the person looked at. */
  readonly digest: Digest;
  readonly by: { readonly ref: string; readonly issuer: string };
}

export type ApproveAnswer =
  | { readonly ok: true }
  | { readonly ok: false; readonly reason: 'unknown' | 'changed' | 'unusable'; readonly detail: string };

/** Approves exactly the copy that a person looked at. */
export async function approve(context: OfferContext, { digest, by, ...name }: ApproveRequest): Promise<ApproveAnswer> {
  const pin = context.store.get(name);
  const copy = pin?.offered ?? null;
  if (pin === undefined || copy === null)
    return { ok: false, reason: 'unknown', detail: `${name.upstream} offers no ${name.kind} ${name.tool}.` };
  if (copy.digest !== digest)
    return { ok: false, reason: 'changed', detail: 'The definition changed since you looked at it. Look again.' };
  const problem = context.cache.problemOf(pin);
  if (problem !== null) return { ok: false, reason: 'unusable', detail: problem };
  await context.store.record(pin, 'definition.approved', approval(context, { pin, copy, by }));
  return { ok: true };
}
