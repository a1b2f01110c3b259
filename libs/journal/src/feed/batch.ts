import type { StoredEvent } from '@sallyport/contracts';

/** Half of what a broker takes in one request by default (`message.max.bytes`, 1 MiB), keys and headers being extra. */
const MOST_BYTES = 512 * 1024;

/** Thrown when the journal answers with an event that does not follow the last one. Nothing after it may be sent. */
export class FeedGap extends Error {
  readonly code = 'feed_gap';
}

/**
 * What of `events` goes out together: as many as fit in one request, at least one, each following the one before.
 *
 * @param events what the journal has after the sequence `after`, in its order
 * @throws FeedGap if the first one is not the next
 */
export function batchOf(events: readonly StoredEvent[], after: number): readonly StoredEvent[] {
  const [first] = events;
  if (first && first.sequence !== after + 1) {
    throw new FeedGap(`The journal has ${first.sequence} after ${after}.`);
  }
  let bytes = 0;
  const end = events.findIndex(({ sequence, bytes: { byteLength } }, at) => {
    bytes += byteLength;
    return at > 0 && (bytes > MOST_BYTES || sequence !== after + 1 + at);
  });
  return end === -1 ? events : events.slice(0, end);
}
