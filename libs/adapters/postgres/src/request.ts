import type { Commit, Committed, SealedValue } from '@sallyport/contracts';
import { cloudEvent } from '@sallyport/journal';

/** An event as text, all but its sequence. */
export interface EventText {
  readonly id: string;
  readonly type: string;
  readonly head: string;
  readonly tail: string;
  /** Bytes of head and tail together. */
  readonly size: number;
}

export interface WriteText {
  readonly stream: string;
  readonly expectedVersion: number | 'any';
  readonly events: readonly EventText[];
}

/** A commit on its way. */
export interface Request {
  readonly tenant: string;
  readonly commandId: string;
  readonly writes: readonly WriteText[];
  readonly sealed: readonly SealedValue[];
  readonly erases: readonly string[];
  /** Number of events, and their bytes. */
  readonly count: number;
  readonly size: number;
  /** On the monotonic clock, milliseconds: the caller gives up then. */
  readonly until: number;
  /** It was sent, and how that ended is not known: what the log says of its command id may be its own work. */
  doubtful: boolean;
  readonly resolve: (committed: Committed) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Prints the events of a commit.
 *
 * @throws TypeError if there is none, CanonicalError if one is not plain JSON
 */
export function textsOf({ tenant, commandId, writes, sealed = [], erases = [] }: Commit) {
  const texts = writes.map(({ stream, expectedVersion, events }): WriteText => ({
    stream,
    expectedVersion,
    events: events.map((event): EventText => {
      const { head, tail } = cloudEvent(event, { stream });
      return { id: event.id, type: event.type, head, tail, size: Buffer.byteLength(head) + Buffer.byteLength(tail) };
    }),
  }));
  const events = texts.flatMap((write) => write.events);
  if (events.length === 0) throw new TypeError('A commit needs an event.');
  const size = events.reduce((sum, event) => sum + event.size, 0);
  return { tenant, commandId, writes: texts, sealed, erases, count: events.length, size };
}
