import { type Commit, events, type EventType, type NewEvent, type Write } from '@sallyport/contracts';
import { isRecord, parsed } from './wire.ts';

/** What a gateway may say; the rest is audit's alone. A new type of event does not compile before it is named here. */
const byGateway: Readonly<Record<EventType, boolean>> = {
  'call.decided': false,
  'call.completed': true,
  'call.failed': true,
  'call.not_run': true,
  'call.outcome_unknown': false,
  'call.refusals_coalesced': false,
  'approval.requested': false,
  'approval.voted': true,
  'approval.consumed': false,
  'approval.expired': true,
  'approval.cancelled': true,
  'gateway.started': true,
  'gateway.stopped': true,
  'config.reloaded': true,
  'policy.activated': true,
  'definition.offered': true,
  'definition.approved': true,
  'definition.withdrawn': true,
  'request.refused': true,
  'calls.swept': false,
  'tenant.onboarded': true,
  'tenant.changed': true,
  'switch.thrown': true,
  'switch.cleared': true,
  'corridor.refused': false,
  'admin.acted': true,
};
/** The command id of a call's decision: whoever took it first would be the decision. */
const decisionCommand = 'decided/';

/** A commit as a gateway asked for it: to be written, or why not. */
export type Asked = { readonly commit: Commit } | { readonly reason: string };

/**
 * Checks what a gateway wants written: events of known types and shapes that a gateway may write, all of the one tenant.
 *
 * @param key of the message: the tenant
 */
export function askedCommit(body: string, key: string | null): Asked {
  const value = parsed(body);
  if (!isCommit(value)) return { reason: 'malformed_commit' };
  const written = value.writes.flatMap((write) => write.events);
  if (key !== value.tenant || written.some(({ data }) => data.tenant !== value.tenant))
    return { reason: 'foreign_tenant' };
  if (value.commandId.startsWith(decisionCommand) || written.some(({ type }) => byGateway[type] === false))
    return { reason: 'not_for_a_gateway' };
  return written.every(isKnown) ? { commit: value } : { reason: 'malformed_event' };
}

/** By the schema of its type. */
function isKnown({ type, data }: NewEvent): boolean {
  return Object.hasOwn(events, type) && events[type].safeParse(data).success;
}

function isCommit(value: unknown): value is Commit {
  if (!isRecord(value) || typeof value['tenant'] !== 'string' || typeof value['commandId'] !== 'string') return false;
  const { writes, sealed } = value;
  return isList(writes, isWrite) && writes.length > 0 && (sealed === undefined || isList(sealed, isSealed));
}

function isWrite(value: unknown): value is Write {
  if (!isRecord(value) || typeof value['stream'] !== 'string') return false;
  const { expectedVersion, events: written } = value;
  const version = expectedVersion === 'any' || (Number.isSafeInteger(expectedVersion) && Number(expectedVersion) >= 0);
  return version && isList(written, isEvent) && written.length > 0;
}

function isEvent(value: unknown): value is NewEvent {
  if (!isRecord(value) || !isRecord(value['data'])) return false;
  const { id, type, time, source, traceparent } = value;
  return [id, type, time, source].every((text) => typeof text === 'string') && isTextOrNull(traceparent);
}

function isSealed(value: unknown): boolean {
  if (!isRecord(value)) return false;
  return ['event', 'field', 'salt', 'value'].every((name) => typeof value[name] === 'string');
}

function isTextOrNull(value: unknown): boolean {
  return value === null || typeof value === 'string';
}

function isList(value: unknown, fits: (item: unknown) => boolean): value is unknown[] {
  return Array.isArray(value) && value.every(fits);
}
