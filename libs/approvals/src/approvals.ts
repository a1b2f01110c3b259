import {
  type Approvals,
  type ApprovalView,
  type Clock,
  type Directory,
  type Ids,
  isFreshNo,
  type Journal,
  type JsonObject,
  type JsonValue,
  type NewEvent,
  type Principal,
  type StoredEvent,
  type Vault,
  type VoteAnswer,
  type VoteRequest,
} from '@sallyport/contracts';
import { createFollower, type Follower } from '@sallyport/journal';
import type { AskedState } from './approval-state.ts';
import { createAnswers, openOf } from './answers.ts';
import { mayVote, isSame } from './eligibility.ts';
import { createNames, personOf } from './names.ts';
import { createQuestions } from './questions.ts';
import { createReadModel, type Entry, type NumberedEvent, type ReadModel } from './read-model.ts';
import { readNew, readStored } from './stored.ts';

export interface ApprovalsParts {
  readonly journal: Journal;
  readonly vault: Vault;
  readonly directory: Directory;
  readonly clock: Clock;
  readonly ids: Ids;
  /** What the events of votes name as their source. */
  readonly source?: string;
  /** How many closed approvals of a tenant are remembered, beside each no that still refuses its call. */
  readonly keepClosed?: number;
  /** Milliseconds for which a no refuses its call, as configured now (`approvals.refuse_again_for`). */
  readonly refuseAgainFor: () => number;
}

/** What a person is asked, with the values; for those whom it concerns, which is the caller's to check. */
export interface ApprovalQuestion {
  readonly approval: ApprovalView;
  /** Null once erased. */
  readonly ask: string | null;
  /** Null once erased. */
  readonly arguments: JsonObject | null;
  /** The objects that it is about, as they were found, with all values; null where there are none, or once erased. */
  readonly objects: readonly JsonValue[] | null;
}

/** A question that nobody has answered for good, without names and values. */
export interface WaitingQuestion extends Pick<
  ApprovalView,
  'id' | 'tenant' | 'upstream' | 'tool' | 'needs' | 'requestedAt' | 'decideBy'
> {
  /** Id of the event that asked. */
  readonly event: string;
}

/** The read model of approvals, and the acts by which people answer. */
export interface ApprovalsPort extends Approvals {
  /** Reads what the journal has that was not read yet. Call before the first call is judged, and to see what others wrote. */
  catchUp(tenants: readonly string[]): Promise<void>;
  /** Takes freshly committed events in, at once. `version` is the first event's place in its stream. Repeats are ignored. */
  apply(stream: string, events: readonly NewEvent[], version: number): void;
  /** Records a vote. Another tenant's approval is refused like an unknown one. Never throws. */
  vote(request: VoteRequest): Promise<VoteAnswer>;
  /** Takes a question back; only its requester may. Never throws. */
  cancel(
    request: Pick<VoteRequest, 'principal' | 'approval'>,
  ): Promise<{ accepted: true } | { accepted: false; reason: string }>;
  /** Newest first. */
  list(tenant: string, filter?: { readonly status?: ApprovalView['status'] }): Promise<readonly ApprovalView[]>;
  question(tenant: string, approval: string): Promise<ApprovalQuestion | null>;
  /** Of all tenants, oldest first. */
  waiting(): readonly WaitingQuestion[];
  /** Whether this person asked for it or may vote on it. */
  concerns(principal: Principal, approval: ApprovalView): Promise<boolean>;
  /** How many approvals that can still change are of requesters with one of these pseudonyms or likenesses. */
  openOf(tenant: string, refs: readonly string[]): number;
  /** Ends those, since what they ask is erased, and forgets names; resolves with how many. Throws `JournalUnavailable`. */
  endOf(tenant: string, refs: readonly string[]): Promise<number>;
  /** Records which approvals have run out; resolves with how many. Throws `JournalUnavailable`. */
  expireDue(): Promise<number>;
}

/** Makes the approvals of one instance. The journal is the truth; what is kept here can be thrown away and rebuilt. */
export function createApprovals(parts: ApprovalsParts): ApprovalsPort {
  const { journal, directory, clock, keepClosed = 1_000 } = parts;
  const model = createReadModel({ keepClosed, isRefusing: (state) => isRefusing(state, parts) });
  const names = createNames(directory);
  const questions = createQuestions(parts);
  const answers = createAnswers(parts, model);
  const followerOf = createFollowers(journal, model);

  const views = (entries: readonly Entry[]): Promise<ApprovalView[]> => Promise.all(entries.map((e) => names.view(e)));

  return {
    vote: answers.vote,
    cancel: answers.cancel,
    expireDue: answers.expireDue,
    openOf: (tenant, refs) => openOf(model, tenant, refs).length,
    endOf: (tenant, refs) => (names.forget(), answers.endOf(tenant, refs)),
    catchUp: async (tenants) => {
      for (const tenant of tenants) await followerOf(tenant).catchUp();
    },
    apply(stream, events, version) {
      const [first] = events;
      if (first !== undefined && isOpening(first)) return model.opened(first.data.tenant, idOf(stream), version);
      const numbered = events.map((event, index) => ({
        id: event.id,
        version: version + index,
        event: readNew(event),
      }));
      if (!applyAll(model, stream, numbered)) void answers.reload(first?.data.tenant ?? '', idOf(stream));
    },
    forCall({ tenant, digest }) {
      const entries = model.byDigest(tenant, digest);
      return entries.length === 0 ? [] : views(entries);
    },
    async askedBy(tenant, subject) {
      const requester = await personOf(directory, tenant, subject);
      const now = clock.now();
      const waits = ({ state: { status, question } }: Entry): boolean =>
        status === 'requested' && question.decideBy >= now && question.tenant === tenant;
      const isOwn = ({ state }: Entry): boolean => isSame(state.question.requester, requester);
      return {
        pending: model.open().filter((entry) => waits(entry) && isOwn(entry)).length,
        total: model.openedBy(tenant, requester.ref),
        refused: model.refusing(tenant).filter(isOwn).length,
      };
    },
    list: (tenant, { status } = {}) =>
      views(model.all(tenant).filter((entry) => status === undefined || entry.state.status === status)),
    waiting: () => waitingAt(model, clock.now()),
    async question(tenant, id) {
      const entry = model.get(tenant, id);
      return entry === undefined ? null : { approval: await names.view(entry), ...(await questions.open(entry)) };
    },
    async concerns({ tenant, subject }, { id, tenant: owner }) {
      const entry = tenant === owner ? model.get(tenant, id) : undefined;
      if (entry === undefined) return false;
      const person = await personOf(directory, tenant, subject);
      const { question } = entry.state;
      return isSame(person, question.requester) || mayVote(question, person, subject.roles);
    },
  };
}

function waitingAt(model: ReadModel, now: number): readonly WaitingQuestion[] {
  return model.open().flatMap(({ asked, state: { status, question } }) => {
    if (status !== 'requested' || question.decideBy < now) return [];
    const { id, tenant, upstream, tool, needs, requestedAt, decideBy } = question;
    return [{ event: asked, id, tenant, upstream, tool, needs, requestedAt, decideBy }];
  });
}

/** One follower for each tenant. */
function createFollowers(journal: Journal, model: ReadModel): (tenant: string) => Follower {
  const followers = new Map<string, Follower>();

  function take(stored: StoredEvent): void {
    if (isOpening(stored)) return model.opened(stored.tenant, idOf(stored.stream), stored.version);
    applyAll(model, stored.stream, [numbered(stored)]);
  }

  return function followerOf(tenant) {
    const follower = followers.get(tenant) ?? createFollower({ journal, tenant, kind: 'approval', take });
    followers.set(tenant, follower);
    return follower;
  };
}

function isRefusing({ status, votes, question }: AskedState, { clock, refuseAgainFor }: ApprovalsParts): boolean {
  const { requestedAt } = question;
  return isFreshNo({ status, votes, requestedAt }, { now: clock.now(), refuseAgainFor: refuseAgainFor() });
}

/** Stands in a stream of the requester's own, not of one approval. */
function isOpening({ type }: Pick<StoredEvent, 'type'>): boolean {
  return type === 'approval.opened';
}

interface Loose {
  readonly id: string;
  readonly version: number;
  readonly event: NumberedEvent['event'] | null;
}

/** False where an event before these has not been seen. */
function applyAll(model: ReadModel, stream: string, loose: readonly Loose[]): boolean {
  const events = loose.filter((one): one is NumberedEvent => one.event !== null);
  const [first] = events;
  if (first === undefined) return true;
  return model.apply(first.event.data.tenant, idOf(stream), events);
}

function idOf(stream: string): string {
  return stream.slice(stream.indexOf('/') + 1);
}

function numbered(stored: StoredEvent): Loose {
  return { id: stored.id, version: stored.version, event: readStored(stored) };
}
