import type { LimitCheck } from '@sallyport/contracts';
import { type Charge, type CounterKind, type Judged, type Moment, ROUNDING } from './counter-kind.ts';
import { SweptMap } from './swept-map.ts';

/**
 * GCRA: one number per key, the moment at which the bucket is full again (the theoretical arrival time of ITU-T I.371).
 * Exact retry times, and a burst that is apart from the rate.
 */
export function rateCounter(): CounterKind {
  const fullAt = new SweptMap<number>();

  function judge(key: string, { id, max, periodMs, burst, cost }: LimitCheck, { monotonic }: Moment): Judged {
    const debt = Math.max((fullAt.get(key) ?? 0) - monotonic, 0);
    const step = periodMs / max;
    const over = debt + step * (cost - burst);
    const never = max <= 0 || cost > burst;
    const fits = !never && over <= ROUNDING;
    const left = (ms: number) => (max <= 0 ? 0 : Math.max(Math.floor(burst - ms / step + ROUNDING), 0));
    return {
      fits,
      retryMs: never ? null : Math.max(Math.ceil(over - ROUNDING), 0),
      charged: { id, remaining: left(debt + step * cost), resetMs: Math.ceil(debt + step * cost) },
      uncharged: { id, remaining: left(debt), resetMs: Math.ceil(debt) },
    };
  }

  function charge(key: string, { max, periodMs, cost }: LimitCheck, { now }: { now: Moment }): Charge {
    const price = (periodMs / max) * cost;
    const full = Math.max(fullAt.get(key) ?? 0, now.monotonic) + price;
    fullAt.set(key, full);
    return {
      /**
       * What has trickled back since the charge is not given a second time. So the bucket is never fuller than it
       * would be had the charge not been made, and exactly as full when nothing happened in between.
       */
      giveBack({ monotonic }) {
        const held = fullAt.get(key);
        if (held !== undefined) fullAt.set(key, held - Math.max(Math.min(price, full - monotonic), 0));
      },
    };
  }

  return {
    judge,
    charge,
    sweep: ({ monotonic }) => fullAt.sweep((full) => full <= monotonic),
    get size() {
      return fullAt.size;
    },
  };
}
