import { shareNext } from '@sallyport/base';
import type { Journal, StoredEvent } from '@sallyport/contracts';
import { readPages } from './read-pages.ts';

export interface FollowerParts {
  readonly journal: Pick<Journal, 'readAll'>;
  readonly tenant: string;
  /** Only streams of this kind. */
  readonly kind?: string;
  /** The sequence to begin behind; 0 if absent. */
  readonly after?: number;
  /** Takes one event into the projection. One for which it throws is given to it again the next time. */
  take(event: StoredEvent): void | Promise<void>;
}

/** Keeps a projection up with a tenant's log: gives it each event once, in order. */
export interface Follower {
  /** Resolves when everything was taken that was written before it was asked. @throws JournalUnavailable */
  catchUp(): Promise<void>;
  /** The sequence of the last event that was taken. */
  position(): number;
}

/** Builds a follower; it reads when it is asked to. */
export function createFollower({ journal, tenant, after = 0, take, ...options }: FollowerParts): Follower {
  let position = after;

  async function readOn(): Promise<void> {
    for await (const page of readPages(journal, tenant, { after: position, ...options }))
      for (const event of page) {
        const taking = take(event);
        // A projection that takes at once has a whole page in one turn: nobody sees half a commit.
        if (taking !== undefined) await taking;
        position = event.sequence;
      }
  }

  return { catchUp: shareNext(readOn), position: () => position };
}
