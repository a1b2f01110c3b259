import type { Clock, Observer } from '@sallyport/contracts';
import type { Fault } from './chain.ts';

/** What was refused: the fault, and the id that the message gave for its call. */
export interface Refused extends Fault {
  readonly call: string | null;
}

/** Keeps a flood of refusals from filling the record: so many a second in full, the rest as one with their count. */
export interface RejectionLog {
  /** `count`: how many this stands for, 1 where it is one. */
  note(refused: Refused, count?: number): void;
  /** Writes what is counted so far. */
  stop(): void;
}

export interface RejectionLogParts {
  readonly clock: Clock;
  readonly write: (refused: Refused, count: number) => void;
}

/** Written in full. */
const perSecond = 20;

/** An id is recorded only where it looks like one: a stranger chose it. */
const plainId = /^[A-Za-z0-9_-]{1,64}$/;

/** Builds the log. */
export function createRejectionLog({ clock, write }: RejectionLogParts): RejectionLog {
  let second = 0;
  let written = 0;
  let more = 0;
  let timer: NodeJS.Timeout | undefined;

  function flush(): void {
    clearTimeout(timer);
    timer = undefined;
    if (more > 0) write({ station: 'unknown', reason: 'and_more', call: null }, more);
    more = 0;
  }

  return {
    note(refused, count = 1) {
      const now = Math.floor(clock.monotonic() / 1_000);
      if (now !== second) written = 0;
      second = now;
      written += 1;
      if (written <= perSecond) {
        write({ ...refused, call: refused.call !== null && plainId.test(refused.call) ? refused.call : null }, count);
        return;
      }
      more += count;
      timer ??= setTimeout(flush, 1_000);
    },
    stop: flush,
  };
}

/**
 * Counts a message that its sender signed and that is not for us now: one for the process that held our partition
 * before, or one that came before. Kills, restarts and moved partitions bring those, so they are no forgeries.
 *
 * @returns null, for no fault
 */
export function setAside(observer: Observer, what: 'message_foreign' | 'message_repeated', detail: string): null {
  observer.incident(what, detail);
  return null;
}
