import { type Commit, commitSchema, events, type EventType, type NewEvent } from '@sallyport/contracts';
import { read } from './messages.ts';

/**
 * What a gateway may say, and in which kind of stream; null is audit's alone. A new type of event does not compile before
 * it is named here.
 */
const streamOf: Readonly<Record<EventType, 'call' | 'approval' | 'definition' | 'registry' | 'tenant' | null>> = {
  'call.decided': null,
  'call.completed': 'call',
  'call.failed': 'call',
  'call.not_run': 'call',
  'call.outcome_unknown': null,
  'client_request.decided': 'call',
  'client_request.answered': 'call',
  'call.refusals_coalesced': null,
  'approval.requested': null,
  'approval.opened': null,
  'approval.voted': 'approval',
  'approval.consumed': null,
  'approval.expired': 'approval',
  'approval.cancelled': 'approval',
  'gateway.started': 'tenant',
  'gateway.stopped': 'tenant',
  'config.reloaded': 'tenant',
  'policy.activated': 'tenant',
  'definition.offered': 'definition',
  'definition.approved': 'definition',
  'upstream.first_used': 'definition',
  'definition.withdrawn': 'definition',
  'request.refused': 'tenant',
  'upstream.request_refused': 'tenant',
  'calls.swept': null,
  'tenant.onboarded': 'registry',
  'tenant.changed': 'registry',
  'switch.thrown': 'registry',
  'switch.cleared': 'registry',
  'connection.made': 'tenant',
  'connection.removed': 'tenant',
  'connection.lost': 'tenant',
  'message.rejected': null,
  'admin.acted': 'tenant',
  'subject.erased': 'tenant',
};

/** A commit as a gateway asked for it: to be written, or why not. */
export type Asked = { readonly commit: Commit } | { readonly reason: string };

export interface Asking {
  readonly body: string;
  /** Of the message: the tenant. */
  readonly key: string | null;
  /** The gateway that signed it. */
  readonly boot: string;
}

/**
 * Checks what a gateway wants written: events of known types and shapes that a gateway may write, all of the one tenant,
 * each in a stream and under a command id of its own kind. Otherwise the first commit that took the id of a
 * call's decision, or of somebody's vote, would be the decision, or the vote.
 */
export function askedCommit({ body, key, boot }: Asking): Asked {
  const value = read(commitSchema, body);
  if (value === null) return { reason: 'malformed_commit' };
  const written = value.writes.flatMap((write) => write.events);
  if (key !== value.tenant || written.some(({ data }) => data.tenant !== value.tenant))
    return { reason: 'foreign_tenant' };
  if (written.some(({ type }) => streamOf[type] === null)) return { reason: 'not_for_a_gateway' };
  if (!written.every(isKnown)) return { reason: 'malformed_event' };
  if (!areOfTheCommit(value, written)) return { reason: 'not_for_a_gateway' };
  const fits = value.writes.every(({ stream, events: of }) => of.every((event) => isAt(value, stream, event)));
  return fits && written.every((event) => isOf(boot, event)) ? { commit: value } : { reason: 'not_for_a_gateway' };
}

/** Whether an event may stand in this stream, under the commit's command id. */
function isAt({ commandId, writes }: Commit, stream: string, { type, data }: NewEvent): boolean {
  const [kind, ...rest] = stream.split('/');
  const id = rest.join('/');
  if (kind !== streamOf[type]) return false;
  if (type === 'client_request.decided') return isNumbered('asked', id, commandId);
  if (type === 'client_request.answered') return isNumbered('answered', id, commandId);
  if (kind === 'call') return commandId === `outcome/${id}`;
  if (kind === 'approval') return isActOn(id, commandId, data);
  const first = writes[0]?.events[0]?.id;
  return commandId === first;
}

/** What an upstream asked of a client during a call: the number of the request stands behind the call. */
function isNumbered(act: string, call: string, commandId: string): boolean {
  const [before, about, number, ...more] = commandId.split('/');
  return before === act && about === call && /^[1-9]\d{0,8}$/.test(number ?? '') && more.length === 0;
}

/** What people do with an approval: in its own stream, under a command id that names it. */
function isActOn(id: string, commandId: string, data: NewEvent['data']): boolean {
  const [act = '', about] = commandId.split('/');
  return 'approval' in data && data.approval === id && about === id && ['vote', 'cancel', 'expire'].includes(act);
}

/** A gateway speaks of its own start and end alone. What it spooled may be of calls of the process before it. */
function isOf(boot: string, { type, data }: NewEvent): boolean {
  return !(type.startsWith('gateway.') || type === 'config.reloaded') || ('boot' in data && data.boot === boot);
}

/**
 * What is sealed stands beside an event of the same commit: nobody adds a value to what was recorded before. And nobody is
 * erased whom no event of the commit names.
 */
function areOfTheCommit({ sealed = [], erases = [] }: Commit, written: readonly NewEvent[]): boolean {
  const named = written.flatMap((event) => (isErasure(event) ? [event.data.subject, event.data.likeness] : []));
  return (
    sealed.every(({ event }) => written.some(({ id }) => id === event)) && erases.every((ref) => named.includes(ref))
  );
}

function isErasure(event: NewEvent): event is NewEvent<'subject.erased'> {
  return event.type === 'subject.erased';
}

/** By the schema of its type. */
function isKnown({ type, data }: NewEvent): boolean {
  return Object.hasOwn(events, type) && events[type].safeParse(data).success;
}
