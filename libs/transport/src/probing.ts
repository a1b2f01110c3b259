import type { Clock, Ids } from '@sallyport/contracts';
import type { BrokerTime } from './broker-time.ts';

/** Probes that are sent again and again, and whether they come back. */
export interface Probing {
  start(): void;
  /** Takes one that came back; one that comes late or twice says nothing new. @param time when the broker took it, by its clock */
  heard(id: string, time: number | null): void;
  /** True while one came back lately. */
  isFresh(): boolean;
  stop(): void;
}

export interface ProbingParts {
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly ids: Pick<Ids, 'random'>;
  /** Told of every probe that came back. */
  readonly time: Pick<BrokerTime, 'measured'>;
}

const everyMs = 2_000;
/** Until the first one is back: others that start with us take a moment to hear. */
const soonMs = 250;
const freshMs = 10_000;

/**
 * Builds the probing, not started.
 *
 * @param send sends the probe of this id; one that is lost is what the probing finds out
 */
export function createProbing({ clock, ids, time }: ProbingParts, send: (id: string) => void): Probing {
  /** Those that may come back, and when they went. */
  const out = new Map<string, number>();
  let back: number | undefined;
  let timer: NodeJS.Timeout | undefined;

  const isFresh = (): boolean => back !== undefined && clock.monotonic() - back < freshMs;

  function probe(): void {
    const now = clock.monotonic();
    for (const [id, sent] of out) if (now - sent > freshMs) out.delete(id);
    const id = ids.random(16);
    out.set(id, now);
    send(id);
    timer = setTimeout(probe, isFresh() ? everyMs : soonMs);
  }

  return {
    start: probe,
    heard(id, appended) {
      const sent = out.get(id);
      if (sent === undefined) return;
      out.delete(id);
      back = clock.monotonic();
      time.measured(sent, appended);
    },
    isFresh,
    stop: () => clearTimeout(timer),
  };
}
