import {
  type Clock,
  type ConnectionStore,
  type Directory,
  type EventData,
  type Ids,
  type Journal,
  likenessName,
  type NewEvent,
  personName,
  type Subjects,
} from '@sallyport/contracts';
import { likeness } from '@sallyport/base';
import type { EraseAnswer, EraseRequest } from '@sallyport/endpoint-admin';
import { commitOf, newEvent } from '@sallyport/journal';
import type { ApprovalsPort } from '@sallyport/approvals';

export interface EraseParts {
  readonly journal: Journal;
  readonly subjects: Subjects;
  readonly directory: Directory;
  /** What is kept of their sign-ins at upstreams goes, too. */
  readonly connections: ConnectionStore;
  readonly approvals: Pick<ApprovalsPort, 'catchUp' | 'openOf' | 'endOf'>;
  readonly clock: Clock;
  readonly ids: Ids;
  /** Issuers that people of this tenant may come from, where the request names none. */
  readonly issuersOf: (tenant: string) => readonly string[];
}

type Act = Omit<EraseRequest, 'by'> & { readonly by: EventData['subject.erased']['actor'] };

const pseudonym = /^sub_[A-Za-z0-9_-]{22}$/;

/**
 * Erases a person of a tenant: name and key, and with it what was sealed, with the event that says so, then the approvals that they wait
 * for. Once it is done, doing it again changes nothing, and finds the person by the pseudonym alone.
 *
 * @throws JournalUnavailable
 */
export async function eraseSubject(parts: EraseParts, request: Act): Promise<EraseAnswer> {
  const { subjects, approvals } = parts;
  const { tenant, dryRun } = request;
  const found = await refsOf(parts, request);
  const [subject, ...others] = found;
  if (others.length > 0) {
    const detail = 'People of several issuers have this id. Say which by the issuer, or by the pseudonym.';
    return { ok: false, reason: 'conflict', detail };
  }
  if (subject === undefined) return { ok: true, tenant, subject: null, sealed: false, approvals: 0, erased: false };
  const alike = await likenessOf(parts, tenant, subject);
  const refs = alike === null ? [subject] : [subject, alike];
  await approvals.catchUp([tenant]);
  const sealed = await subjects.kept(tenant, subject);
  const answer = { ok: true, tenant, subject, sealed } as const;
  if (dryRun) return { ...answer, approvals: approvals.openOf(tenant, refs), erased: false };
  await parts.journal.commit({
    ...commitOf(erasedEvent(parts, request, { subject, alike }), { stream: `tenant/${tenant}` }),
    erases: refs,
  });
  await forgetConnections(parts, tenant, subject);
  return { ...answer, approvals: await approvals.endOf(tenant, refs), erased: true };
}

/** Who renews one of them meanwhile finds nothing to replace. */
async function forgetConnections({ connections }: EraseParts, tenant: string, subject: string): Promise<void> {
  for (const [name] of await connections.list(tenant)) {
    if (!name.endsWith(`/${subject}`)) continue;
    for (let kept = await connections.find(tenant, name); kept !== null; kept = await connections.find(tenant, name))
      await connections.replace(tenant, name, kept, null);
  }
}

/** The pseudonyms that are meant: one that is named as such, or those that the id has at the issuers in question. */
async function refsOf({ subjects, issuersOf }: EraseParts, { tenant, subject, issuer }: Act): Promise<string[]> {
  if (pseudonym.test(subject)) return [subject];
  const issuers = new Set(issuer === null ? issuersOf(tenant) : [issuer]);
  const found = [...issuers].map((one) => subjects.find(tenant, personName({ issuer: one, id: subject })));
  return (await Promise.all(found)).filter((ref) => ref !== null);
}

/** The likeness of a person's id is the id again, in other letters. */
async function likenessOf({ subjects, directory }: EraseParts, tenant: string, ref: string): Promise<string | null> {
  const name = await directory.nameOf(tenant, ref);
  if (name === null) return null;
  return subjects.find(tenant, likenessName(likeness(name.slice(name.indexOf('|') + 1))));
}

function erasedEvent(
  parts: EraseParts,
  { tenant, by, reason }: Act,
  { subject, alike }: { readonly subject: string; readonly alike: string | null },
): NewEvent {
  const data = { tenant, subject, ...(alike !== null && { likeness: alike }), actor: by, reason };
  return newEvent(parts, { type: 'subject.erased', source: '/admin', data });
}
