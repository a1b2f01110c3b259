import type { LimitCheck } from '@sallyport/contracts';
import type { Charge, CounterKind, Judged, Moment } from './counter-kind.ts';
import { SweptMap } from './swept-map.ts';

interface Repeats {
  readonly endsAt: number;
  /**
   * Ids of the calls that count, oldest first; no more than the limit's maximum. A list, which takes a tenth of a set:
   * most calls are never repeated, and every one of a window is kept.
   */
  readonly calls: string[];
}

export interface IdenticalCounter extends CounterKind {
  /** The latest call that was counted under a key. */
  latest(key: string): string | undefined;
}

/** Identical calls, counted in a window that starts with the first of them. */
export function identicalCounter(): IdenticalCounter {
  const repeats = new SweptMap<Repeats>();

  function current(key: string, monotonic: number): Repeats | undefined {
    const held = repeats.get(key);
    return held && held.endsAt > monotonic && held.calls.length > 0 ? held : undefined;
  }

  function judge(key: string, { id, max, periodMs }: LimitCheck, { monotonic }: Moment): Judged {
    const held = current(key, monotonic);
    const used = held?.calls.length ?? 0;
    const fits = used + 1 <= max;
    const leftMs = held ? Math.ceil(held.endsAt - monotonic) : 0;
    return {
      fits,
      retryMs: fits ? 0 : max < 1 ? null : leftMs,
      charged: { id, remaining: max - used - 1, resetMs: held ? leftMs : periodMs },
      uncharged: { id, remaining: Math.max(max - used, 0), resetMs: leftMs },
    };
  }

  function charge(key: string, { periodMs }: LimitCheck, { now, id }: { now: Moment; id: string }): Charge {
    const held = current(key, now.monotonic);
    if (held) held.calls.push(id);
    else repeats.set(key, { endsAt: now.monotonic + periodMs, calls: [id] });
    return {
      giveBack() {
        const calls = repeats.get(key)?.calls ?? [];
        const at = calls.lastIndexOf(id);
        if (at >= 0) calls.splice(at, 1);
      },
    };
  }

  return {
    judge,
    charge,
    latest: (key) => repeats.get(key)?.calls.at(-1),
    sweep({ monotonic }) {
      repeats.sweep(({ endsAt, calls }) => endsAt <= monotonic || calls.length === 0);
    },
    get size() {
      return repeats.size;
    },
  };
}
