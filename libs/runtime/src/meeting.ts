import { setTimeout as sleep } from 'node:timers/promises';
import type { Definitions } from '@sallyport/definitions';

/** The time after a start in which upstreams say what they offer. */
export interface Meeting {
  /** Resolves when an upstream has said it and it is on record, at the latest at the end; null: at the end. */
  heard(upstream: string | null): Promise<void>;
  end(): void;
}

const lookMs = 50;

/** Begins a meeting. */
export function createMeeting({ isRecorded }: Pick<Definitions, 'isRecorded'>): Meeting {
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  let isOver = false;
  return {
    async heard(upstream) {
      if (upstream === null) return ended;
      while (!isOver && !isRecorded(upstream)) await Promise.race([ended, sleep(lookMs)]);
    },
    end() {
      isOver = true;
      resolve();
    },
  };
}
