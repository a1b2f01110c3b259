import type { Commit, EventType, Journal, NewEvent, SealedValue, Write } from '@sallyport/contracts';
import { type EventFacts, type EventParts, newEvent } from './new-event.ts';

export interface CommitOptions {
  readonly stream: string;
  /** Names an act that can happen only once; the event's own id if absent. */
  readonly commandId?: string;
  /** `any` if absent. */
  readonly expectedVersion?: Write['expectedVersion'];
  readonly sealed?: readonly SealedValue[];
}

/** The commit of one event, in the log of the tenant that it names. */
export function commitOf(
  event: NewEvent,
  { stream, commandId = event.id, expectedVersion = 'any', sealed = [] }: CommitOptions,
): Commit {
  return { tenant: event.data.tenant, commandId, writes: [{ stream, expectedVersion, events: [event] }], sealed };
}

/**
 * Puts a fact that belongs to no call on record: at the end of its tenant's own stream, whatever else stands there.
 *
 * @throws JournalUnavailable
 */
export async function recordFact<Type extends EventType>(
  { journal, ...parts }: EventParts & { readonly journal: Pick<Journal, 'commit'> },
  facts: EventFacts<Type>,
): Promise<void> {
  const event: NewEvent = newEvent(parts, facts);
  await journal.commit(commitOf(event, { stream: `tenant/${event.data.tenant}` }));
}
