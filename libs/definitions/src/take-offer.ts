import type { EventData } from '@sallyport/contracts';
import type { ApproveRequest } from './approve.ts';
import { type DefinitionStore, type Offer, PinMoved } from './definition-store.ts';
import type { ValidatorCache } from './validator-cache.ts';
import { isUnused, listDigest } from './first-use.ts';
import { neighboursOf, pinWarnings } from './neighbours.ts';
import { type Copy, keyWithin, namedIn, type Pin } from './pin.ts';
import type { ComparedNames } from './warnings.ts';

/** What acts on pins work with. */
export interface OfferContext {
  readonly store: DefinitionStore;
  readonly cache: ValidatorCache;
  readonly systemTenant: string;
  /** Whether a first use approves also what has a warning. */
  readonly trustsWarned: boolean;
}

/** How often an act is tried when another process's event came first. */
const tries = 3;

/** Does something on the pins; where one has moved, what moved it is read first, and then it is tried again. */
export async function readingAgain<T>(store: DefinitionStore, act: () => Promise<T>, left = tries): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof PinMoved) || left <= 1) throw error;
    await store.catchUp();
    return readingAgain(store, act, left - 1);
  }
}

/** True for an upstream whose tools may be approved without a person, and that has nothing on record yet. */
export function isBeforeFirstUse({ store, cache }: OfferContext, upstream: string): boolean {
  const trusting = cache.configured(upstream)?.definitions === 'trust_on_first_use';
  return trusting && isUnused(store.of(upstream), store.trusted(upstream));
}

/** Takes an offer in; resolves with how many definitions it no longer holds. */
export async function takeOffer(context: OfferContext, offer: Offer): Promise<number> {
  const { store, systemTenant } = context;
  const { upstream, offered: now } = offer;
  // As it was when it was offered: what is offered meanwhile is not what this list's first use trusts.
  const known = store.of(upstream);
  const trusted = await isTrusted(context, offer, known);
  const of = neighboursOf(store, context.cache);
  for (const pin of known.filter((pin) => now.has(keyWithin(pin)))) await takeDefinition(context, pin, { of, trusted });
  const gone = known.filter((pin) => !now.has(keyWithin(pin)) && (pin.offered !== null || pin.recorded !== null));
  for (const pin of gone) await store.record(pin, 'definition.withdrawn', { tenant: systemTenant, ...namedIn(pin) });
  return gone.length;
}

/**
 * Whether this very list is the first use of its upstream. That is on record before anything of it is approved: of two
 * processes that are offered different lists one is first, and a process that ended midway goes on with the same list.
 */
async function isTrusted(context: OfferContext, { upstream, offered }: Offer, known: readonly Pin[]): Promise<boolean> {
  const { store, cache } = context;
  if (cache.configured(upstream)?.definitions !== 'trust_on_first_use' || offered.size === 0) return false;
  const list = listDigest(known, { offered });
  if (isBeforeFirstUse(context, upstream)) {
    await store.catchUp();
    if (isBeforeFirstUse(context, upstream)) await store.trust(upstream, list, toolsIn(known, offered));
  }
  return store.trusted(upstream) === list;
}

function toolsIn(known: readonly Pin[], offered: Offer['offered']): number {
  return known.filter((pin) => pin.kind === 'tool' && offered.has(keyWithin(pin))).length;
}

interface Taking {
  readonly of: (upstream: string) => ComparedNames;
  /** Whether the list that the tool is in is the upstream's first use. */
  readonly trusted: boolean;
}

/** Puts a new or changed definition on record, once; approves it where a first use may and nothing speaks against it. */
async function takeDefinition(context: OfferContext, pin: Pin, { of, trusted }: Taking): Promise<void> {
  const { store, systemTenant, cache } = context;
  const { offered, approved } = pin;
  if (offered === null || pin.recorded === offered.digest || approved?.digest === offered.digest) return;
  const unseen = trusted && pin.version === 0;
  if (unseen && cache.problemOf(pin) === null && !isDoubtful(context, pin, of)) {
    await store.record(pin, 'definition.approved', approval(context, { pin, copy: offered, by: null }));
    return;
  }
  const state = approved === null ? 'unapproved' : 'drifted';
  await store.record(pin, 'definition.offered', {
    tenant: systemTenant,
    ...namedIn(pin),
    digest: offered.digest,
    state,
  });
}

/** Whether something speaks against approving it without a person. */
function isDoubtful({ trustsWarned }: OfferContext, pin: Pin, of: Taking['of']): boolean {
  return !trustsWarned && pinWarnings(pin, of).length > 0;
}

/** The event of an approval: by a person, or by first use. */
export function approval(
  { systemTenant }: OfferContext,
  { pin, copy, by }: { pin: Pin; copy: Copy; by: ApproveRequest['by'] | null },
): EventData['definition.approved'] {
  const { approved } = pin;
  const how = by === null ? 'first_use' : 'approved';
  return {
    tenant: systemTenant,
    ...namedIn(pin),
    ...copy,
    previous: approved?.digest ?? null,
    how,
    by: by === null ? null : { ...by },
  };
}
