import type { Committed, Principal, VoteAnswer, VoteRequest } from '@sallyport/contracts';
import { newEvent } from '@sallyport/journal';
import { approval, type ApprovalCommand, type ApprovalFact } from './approval.decider.ts';
import type { Person } from './approval-state.ts';
import type { ApprovalsPort, ApprovalsParts } from './approvals.ts';
import { personOf } from './names.ts';
import { type Entry, fold, type NumberedEvent, type ReadModel } from './read-model.ts';
import { approvalRefusalText } from './approval-refusal-text.ts';
import { readStored } from './stored.ts';

interface Answers extends Pick<ApprovalsPort, 'vote' | 'cancel' | 'expireDue' | 'endOf'> {
  /** Reads one approval again. Never rejects: what could not be read now is read before the next act. */
  reload(tenant: string, id: string): Promise<void>;
}
type Done = { readonly entry: Entry } | { readonly reason: string };

interface Act {
  readonly tenant: string;
  readonly id: string;
  /** Names the act: a repeat of it changes nothing. */
  readonly commandId: string;
  readonly command: ApprovalCommand;
}

/** How often an act is tried when somebody else's event came first. */
const TRIES = 2;

/** Where approvals change: what is decided is decided on the journal's own events, never on the read model. */
export function createAnswers(parts: ApprovalsParts, model: ReadModel): Answers {
  const { directory, clock } = parts;

  async function act(wanted: Act): Promise<Done> {
    for (let left = TRIES; left > 0; left--) {
      const entry = await load(parts, wanted.tenant, wanted.id);
      const decided = approval.decide(entry?.state ?? approval.initialState, wanted.command);
      if (entry === null || !decided.accepted)
        return {
          reason: decided.accepted
            ? approvalRefusalText('unknown')
            : approvalRefusalText(decided.refusal, entry?.state.question.needs),
        };
      const committed = await commit(parts, wanted, decided.events, entry.version);
      if (committed.status === 'conflict') continue;
      return { entry: (await refresh(parts, model, wanted)) ?? entry };
    }
    return { reason: 'Somebody else changed this approval at the same time. Try again.' };
  }

  async function end(entries: readonly Entry[], command: ApprovalCommand): Promise<number> {
    let ended = 0;
    for (const { state, version } of entries) {
      const { tenant, id } = state.question;
      const done = await act({ tenant, id, commandId: `expire/${id}/${version}`, command });
      if ('entry' in done) ended++;
      else await refresh(parts, model, { tenant, id });
    }
    return ended;
  }

  const personIn = ({ tenant, subject }: Principal): Promise<Person> => personOf(directory, tenant, subject);
  const clientIn = async ({ tenant, client }: Principal): Promise<string | null> =>
    client === null ? null : directory.refOf(tenant, 'cli', client);

  async function vote({ principal, approval: id, answer, channel }: VoteRequest): Promise<Done> {
    const voter = await personIn(principal);
    const { roles } = principal.subject;
    const client = await clientIn(principal);
    const command = { type: 'vote', voter, roles, client, answer, channel, at: clock.now() } as const;
    return act({ tenant: principal.tenant, id, commandId: `vote/${id}/${voter.ref}`, command });
  }

  return {
    vote: async (request) => answered(await safely(() => vote(request))),
    async cancel({ principal, approval: id }) {
      const by = async (): Promise<ApprovalCommand> => ({ type: 'cancel', by: await personIn(principal) });
      const done = await safely(async () =>
        act({ tenant: principal.tenant, id, commandId: `cancel/${id}`, command: await by() }),
      );
      return 'reason' in done ? { accepted: false, reason: done.reason } : { accepted: true };
    },
    async reload(tenant, id) {
      await safely(async () => {
        const entry = await refresh(parts, model, { tenant, id });
        return entry === null ? { reason: approvalRefusalText('unknown') } : { entry };
      });
    },
    endOf: (tenant, refs) => end(openOf(model, tenant, refs), { type: 'erase' }),
    async expireDue() {
      const at = clock.now();
      return end(dueIn(model, at), { type: 'expire', at });
    },
  };
}

/** Approvals that can still change, of requesters who have one of these pseudonyms or likenesses. */
export function openOf(model: ReadModel, tenant: string, refs: readonly string[]): readonly Entry[] {
  return model.open().filter(({ state: { question } }) => {
    const { ref, likeness = ref } = question.requester;
    return question.tenant === tenant && (refs.includes(ref) || refs.includes(likeness));
  });
}

function dueIn(model: ReadModel, at: number): readonly Entry[] {
  return model.open().filter(({ state }) => approval.decide(state, { type: 'expire', at }).accepted);
}

/** A vote that could not be recorded did not happen, and the person is told so. */
async function safely(run: () => Promise<Done>): Promise<Done> {
  try {
    return await run();
  } catch {
    return { reason: 'This could not be recorded. Try again later.' };
  }
}

function answered(done: Done): VoteAnswer {
  if ('reason' in done) return { accepted: false, reason: done.reason };
  const { status } = done.entry.state;
  if (status === 'requested' || status === 'rejected') return { accepted: true, status };
  return { accepted: true, status: 'approved' };
}

async function events({ journal }: ApprovalsParts, tenant: string, id: string): Promise<readonly NumberedEvent[]> {
  const stored = await journal.readStream(tenant, `approval/${id}`);
  return stored
    .map((one) => ({ id: one.id, version: one.version, event: readStored(one) }))
    .filter((one): one is NumberedEvent => one.event !== null);
}

/** Streams are read by tenant: an approval of another tenant is not there. */
async function load(parts: ApprovalsParts, tenant: string, id: string): Promise<Entry | null> {
  return fold(undefined, await events(parts, tenant, id)).entry;
}

async function refresh(
  parts: ApprovalsParts,
  model: ReadModel,
  { tenant, id }: Pick<Act, 'tenant' | 'id'>,
): Promise<Entry | null> {
  model.apply(tenant, id, await events(parts, tenant, id));
  return model.get(tenant, id) ?? null;
}

function commit(
  { journal, source = '/admin', ...parts }: ApprovalsParts,
  { tenant, id, commandId, command }: Act,
  facts: readonly ApprovalFact[],
  expectedVersion: number,
): Promise<Committed> {
  // The time that was judged is the time that is recorded: replaying the stream must come to the same state.
  const at = 'at' in command ? command.at : parts.clock.now();
  const fresh = facts.map((fact) => newEvent(parts, { ...fact, source, at }));
  return journal.commit({ tenant, commandId, writes: [{ stream: `approval/${id}`, expectedVersion, events: fresh }] });
}
