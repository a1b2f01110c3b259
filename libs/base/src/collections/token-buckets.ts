import type { Clock } from '../time/clock.ts';

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
  /** When it was filled last. */
  at: number;
  /** When it took its place in the order of use. */
  placedAt: number;
}

/** A bucket that is in use all the time takes a new place in the order of use no more often. */
const PLACED_EVERY_MS = 1_000;

/**
 * One bucket for each key, full at first.
 *
 * @param size read at each use, so that a reload counts at once
 */
export function createTokenBuckets(clock: Pick<Clock, 'monotonic'>, size: () => BucketSize): TokenBuckets {
  const buckets = new Map<string, Bucket>();

  function refill(key: string, { rate, burst, keys = 20_000 }: BucketSize): Bucket {
    const now = clock.monotonic();
    const known = buckets.get(key);
    if (known === undefined) {
      if (buckets.size >= keys) buckets.delete(buckets.keys().next().value ?? key);
      const full = { tokens: burst, at: now, placedAt: now };
      buckets.set(key, full);
      return full;
    }
    known.tokens = Math.min(burst, known.tokens + ((now - known.at) / 1000) * rate);
    known.at = now;
    if (now - known.placedAt > PLACED_EVERY_MS) {
      buckets.delete(key);
      buckets.set(key, known);
      known.placedAt = now;
    }
    return known;
  }

  return {
    wait(key, count = 1) {
      const bucketSize = size();
      return waitOf(refill(key, bucketSize), Math.min(count, bucketSize.burst), bucketSize);
    },
    take(key, count = 1) {
      const bucketSize = size();
      const wanted = Math.min(count, bucketSize.burst);
      const bucket = refill(key, bucketSize);
      const waits = waitOf(bucket, wanted, bucketSize);
      if (waits === 0) bucket.tokens -= wanted;
      return waits;
    },
    giveBack(key, count = 1) {
      const bucketSize = size();
      const bucket = refill(key, bucketSize);
      bucket.tokens = Math.min(bucketSize.burst, bucket.tokens + count);
    },
  };
}

function waitOf({ tokens }: Bucket, wanted: number, { rate }: BucketSize): number {
  return wanted > tokens ? Math.ceil(((wanted - tokens) / rate) * 1000) : 0;
}
