import { type LimitCheck, MOST_BUSY_MS } from '@sallyport/contracts';
import type { Charge, CounterKind, Judged, Moment } from './counter-kind.ts';
import { SweptMap } from './swept-map.ts';

/** Lease ends by reservation, oldest first. */
type Leases = Map<string, number>;

/** Calls in flight, each with a lease that ends by itself if its holder never says that it has finished. */
export function concurrentCounter(): CounterKind {
  const held = new SweptMap<Leases>();

  function judge(key: string, { id, max }: LimitCheck, { monotonic }: Moment): Judged {
    const leases = held.get(key);
    if (leases) dropEnded(leases, monotonic);
    const used = leases?.size ?? 0;
    const fits = used + 1 <= max;
    const firstEnd: number = leases?.values().next().value ?? monotonic;
    const busyMs = Math.min(Math.ceil(firstEnd - monotonic), MOST_BUSY_MS);
    return {
      fits,
      retryMs: fits ? 0 : max < 1 ? null : busyMs,
      charged: { id, remaining: max - used - 1, resetMs: 0 },
      uncharged: { id, remaining: Math.max(max - used, 0), resetMs: 0 },
    };
  }

  function charge(key: string, { periodMs }: LimitCheck, { now, id }: { now: Moment; id: string }): Charge {
    const leases: Leases = held.get(key) ?? new Map();
    held.set(key, leases);
    const endsAt = now.monotonic + periodMs;
    leases.set(id, endsAt);
    const release = () => {
      leases.delete(id);
      if (leases.size === 0 && held.get(key) === leases) held.delete(key);
    };
    return { giveBack: release, lease: { endsAt, release } };
  }

  return {
    judge,
    charge,
    sweep({ monotonic }) {
      held.sweep((leases) => {
        dropEnded(leases, monotonic);
        return leases.size === 0;
      });
    },
    get size() {
      return held.size;
    },
  };
}

/** Leases of a key are of one length, so the oldest end first; after a change of length some end a little late. */
function dropEnded(leases: Leases, monotonic: number): void {
  for (const [id, end] of leases) {
    if (end > monotonic) return;
    leases.delete(id);
  }
}
