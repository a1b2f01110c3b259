import type { Clock, IncidentName, Observer } from '@sallyport/contracts';

/**
 * The broker's clock, as far as this process can know it: how long a call may take is said by it, so that no program's own
 * wall clock counts for another one. Brokers of one cluster are taken to have the same time.
 */
export interface BrokerTime {
  /** Milliseconds since the epoch; null until it was measured. */
  now(): number | null;
  /** Milliseconds until then. Before the clock was measured nothing is late: a caller that waits gives up by itself. */
  left(until: number): number;
  /**
   * A message of this process came back.
   *
   * @param sent monotonic, milliseconds: when it was given to the client
   * @param appended when the broker took it, by its clock; null where the topic does not keep that
   */
  measured(sent: number, appended: number | null): void;
  /** How far this machine's wall clock is ahead of the broker's, milliseconds; null until it was measured. */
  skewMs(): number | null;
}

export interface BrokerTimeParts {
  /** The machine's own clocks. */
  readonly clock: Clock;
  readonly observer: Observer;
}

/** A wall clock that is further off than this is an incident, which is told again each minute. */
const mostSkewMs = 1_000;
const toldForMs = 60_000;

/** Builds the clock, not measured yet. */
export function createBrokerTime({ clock, observer }: BrokerTimeParts): BrokerTime {
  /** What the broker's clock is ahead of our monotonic one. */
  let offset: number | null = null;
  let toldAt = Number.NEGATIVE_INFINITY;

  const now = (): number | null => (offset === null ? null : clock.monotonic() + offset);

  function skewMs(): number | null {
    const broker = now();
    return broker === null ? null : clock.now() - broker;
  }

  function tell(name: IncidentName, detail: string): void {
    if (clock.monotonic() - toldAt < toldForMs) return;
    toldAt = clock.monotonic();
    observer.incident(name, detail);
  }

  function judgeSkew(): void {
    const skew = skewMs() ?? 0;
    if (Math.abs(skew) <= mostSkewMs) return;
    const seconds = (Math.abs(skew) / 1_000).toFixed(1);
    tell('clock_skewed', `this machine's clock is ${seconds} s ${skew > 0 ? 'ahead of' : 'behind'} the broker's`);
  }

  return {
    now,
    left: (until) => until - (now() ?? Number.NEGATIVE_INFINITY),
    measured(sent, appended) {
      if (appended === null)
        return tell('broker_time_unknown', 'the topics do not keep when the broker took a message');
      // It was taken between the moment at which it was sent and this one, within a millisecond that was cut off.
      const [low, high] = [appended - clock.monotonic(), appended + 1 - sent];
      offset = Math.min(Math.max(offset ?? (low + high) / 2, low), high);
      judgeSkew();
    },
    skewMs,
  };
}
