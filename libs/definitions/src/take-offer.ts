import type { EventData } from '@sallyport/contracts';
import type { ApproveRequest } from './approve.ts';
import { type Board, type Offer, PinMoved } from './board.ts';
import type { CheckShelf } from './checks.ts';
import { isUnused, listDigest } from './first-use.ts';
import { neighboursOf, pinWarnings } from './neighbours.ts';
import type { Copy, Pin } from './pin.ts';
import type { Neighbours } from './warnings.ts';

/** What acts on pins work with. */
export interface Desk {
  readonly board: Board;
  readonly shelf: CheckShelf;
  readonly house: string;
  /** Whether a first use approves also what has a warning. */
  readonly trustsWarned: boolean;
}

/** How often an act is tried when another process's event came first. */
const tries = 3;

/** Does something on the pins; where one has moved, what moved it is read first, and then it is tried again. */
export async function readingAgain<T>(board: Board, act: () => Promise<T>, left = tries): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof PinMoved) || left <= 1) throw error;
    await board.catchUp();
    return readingAgain(board, act, left - 1);
  }
}

/** True for an upstream whose tools may be approved without a person, and of which nothing is on record yet. */
export function isBeforeFirstUse({ board, shelf }: Desk, upstream: string): boolean {
  const trusting = shelf.configured(upstream)?.definitions === 'trust_on_first_use';
  return trusting && isUnused(board.of(upstream), board.trusted(upstream));
}

/** Takes an offer in; resolves with how many tools it no longer holds. */
export async function takeOffer(desk: Desk, offer: Offer): Promise<number> {
  const { board, house } = desk;
  const { upstream, tools } = offer;
  // As it was when it was offered: what is offered meanwhile is not what this list's first use trusts.
  const known = board.of(upstream);
  const trusted = await isTrusted(desk, offer, known);
  const of = neighboursOf(board, desk.shelf);
  for (const pin of known.filter(({ tool }) => tools.has(tool))) await takeTool(desk, pin, { of, trusted });
  const gone = known.filter(
    ({ tool, offered, recorded }) => !tools.has(tool) && (offered !== null || recorded !== null),
  );
  for (const pin of gone) await board.record(pin, 'definition.withdrawn', { tenant: house, upstream, tool: pin.tool });
  return gone.length;
}

/**
 * Whether this very list is the first use of its upstream. That is on record before anything of it is approved: of two
 * processes that are offered different lists one is first, and a process that ended midway goes on with the same list.
 */
async function isTrusted(desk: Desk, { upstream, tools }: Offer, known: readonly Pin[]): Promise<boolean> {
  const { board, shelf } = desk;
  if (shelf.configured(upstream)?.definitions !== 'trust_on_first_use' || tools.size === 0) return false;
  const list = listDigest(known, { tools });
  if (isBeforeFirstUse(desk, upstream)) {
    await board.catchUp();
    if (isBeforeFirstUse(desk, upstream)) await board.trust(upstream, list, tools.size);
  }
  return board.trusted(upstream) === list;
}

interface Taking {
  readonly of: (upstream: string) => Neighbours;
  /** Whether the list that the tool is in is the upstream's first use. */
  readonly trusted: boolean;
}

/** Puts a new or changed definition on record, once; approves it where a first use may and nothing speaks against it. */
async function takeTool(desk: Desk, pin: Pin, { of, trusted }: Taking): Promise<void> {
  const { board, house, shelf } = desk;
  const { upstream, tool, offered, approved } = pin;
  if (offered === null || pin.recorded === offered.digest || approved?.digest === offered.digest) return;
  const unseen = trusted && pin.version === 0;
  if (unseen && shelf.problemOf(pin) === null && !isDoubtful(desk, pin, of)) {
    await board.record(pin, 'definition.approved', approval(desk, { pin, copy: offered, by: null }));
    return;
  }
  const state = approved === null ? 'unapproved' : 'drifted';
  await board.record(pin, 'definition.offered', { tenant: house, upstream, tool, digest: offered.digest, state });
}

/** Whether something speaks against approving it without a person. */
function isDoubtful({ trustsWarned }: Desk, pin: Pin, of: Taking['of']): boolean {
  return !trustsWarned && pinWarnings(pin, of).length > 0;
}

/** The event of an approval: by a person, or by first use. */
export function approval(
  { house }: Desk,
  { pin, copy, by }: { pin: Pin; copy: Copy; by: ApproveRequest['by'] | null },
): EventData['definition.approved'] {
  const { upstream, tool, approved } = pin;
  const how = by === null ? 'first_use' : 'approved';
  return {
    tenant: house,
    upstream,
    tool,
    ...copy,
    previous: approved?.digest ?? null,
    how,
    by: by === null ? null : { ...by },
  };
}
