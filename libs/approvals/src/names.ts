import {
  type ApprovalView,
  type Directory,
  likenessName,
  personName,
  type Subject,
  subjectIn,
  type Vote,
} from '@sallyport/contracts';
import { likeness } from '@sallyport/base';
import type { CastVote, Person } from './approval-state.ts';
import type { Entry } from './read-model.ts';

/** The person whom events speak of: their pseudonym, created on first sight. */
export async function personOf(
  directory: Directory,
  tenant: string,
  subject: Pick<Subject, 'issuer' | 'id'>,
): Promise<Person> {
  const ref = await directory.refOf(tenant, 'sub', personName(subject));
  const alike = await directory.refOf(tenant, 'sub', likenessName(likeness(subject.id)));
  return { ref, issuer: subject.issuer, likeness: alike };
}

/** Shows approvals with the people's own ids; events hold only pseudonyms. */
export interface Names {
  /** At once when everybody in it is known already. Somebody who was erased is shown by the pseudonym. */
  view(entry: Entry): ApprovalView | Promise<ApprovalView>;
  /** Looks all names up again: some were erased. */
  forget(): void;
}

/** Looks names up once and remembers them. */
export function createNames(directory: Directory): Names {
  const subjects = new Map<string, string>();
  const keyOf = (tenant: string, { ref }: Person): string => `${tenant}\0${ref}`;

  async function learn(tenant: string, person: Person): Promise<void> {
    const name = await directory.nameOf(tenant, person.ref);
    const subject = name === null ? null : subjectIn(name, person.issuer);
    subjects.set(keyOf(tenant, person), subject ?? person.ref);
  }

  function view({ state, version }: Entry): ApprovalView {
    const { question } = state;
    const show = ({ voter, ...vote }: CastVote): Vote => ({ ...identify(voter), ...vote });
    const identify = (person: Person): { subject: string; issuer: string } => ({
      subject: subjects.get(keyOf(question.tenant, person)) ?? person.ref,
      issuer: person.issuer,
    });
    const executeBy = state.status === 'approved' || state.status === 'consumed' ? state.executeBy : null;
    const votes = state.votes.map(show);
    const { id, tenant, callId, digest, definition, resources, upstream, tool, needs, requestedAt, decideBy } =
      question;
    return {
      ...{ id, tenant, version, status: state.status, callId, digest, definition, resources },
      ...{ requester: identify(question.requester), upstream, tool, needs, votes, requestedAt, decideBy, executeBy },
    };
  }

  return {
    forget: () => subjects.clear(),
    view(entry) {
      const { question, votes } = entry.state;
      const people = [question.requester, ...votes.map(({ voter }) => voter)];
      const strangers = people.filter((person) => !subjects.has(keyOf(question.tenant, person)));
      if (strangers.length === 0) return view(entry);
      return Promise.all(strangers.map((person) => learn(question.tenant, person))).then(() => view(entry));
    },
  };
}
