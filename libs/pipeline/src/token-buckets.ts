import type { Clock } from '@sallyport/contracts';

/** Token buckets by key. */
export interface TokenBuckets {
  /**
   * Takes tokens, one if nothing is said; where the burst is smaller than that, all of it.
   *
   * @returns 0, or the milliseconds until there are so many again
   */
  take(key: string, count?: number): number;
  /** What `take` would return. Takes nothing. */
  wait(key: string, count?: number): number;
  /** Puts tokens back; a bucket never holds more than its burst. */
  giveBack(key: string, count?: number): void;
}

/** How fast a bucket fills, and how much it holds. */
export interface BucketSize {
  /** Tokens per second. */
  readonly rate: number;
  readonly burst: number;
  /** Keys that are kept; the one that was used longest ago is forgotten first. */
  readonly keys?: number;
}

interface Bucket {
  tokens: number;
  at: number;
}

/**
 * One bucket for each key, full at first.
 *
 * @param size read at each use, so that a reload counts at once
 */
export function createTokenBuckets(clock: Pick<Clock, 'monotonic'>, size: () => BucketSize): TokenBuckets {
  const buckets = new Map<string, Bucket>();

  function refill(key: string): Bucket {
    const { rate, burst, keys = 20_000 } = size();
    const now = clock.monotonic();
    const known = buckets.get(key);
    buckets.delete(key);
    if (known === undefined && buckets.size >= keys) buckets.delete(buckets.keys().next().value ?? key);
    const tokens = known === undefined ? burst : known.tokens + ((now - known.at) / 1000) * rate;
    const bucket = { tokens: Math.min(burst, tokens), at: now };
    buckets.set(key, bucket);
    return bucket;
  }

  function wait(key: string, count = 1): number {
    const { rate, burst } = size();
    const missing = Math.min(count, burst) - refill(key).tokens;
    return missing > 0 ? Math.ceil((missing / rate) * 1000) : 0;
  }

  return {
    wait,
    take(key, count = 1) {
      const waits = wait(key, count);
      if (waits === 0) refill(key).tokens -= Math.min(count, size().burst);
      return waits;
    },
    giveBack(key, count = 1) {
      const bucket = refill(key);
      bucket.tokens = Math.min(size().burst, bucket.tokens + count);
    },
  };
}
