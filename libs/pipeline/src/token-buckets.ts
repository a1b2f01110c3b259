import type { Clock } from '@sallyport/contracts';

/** Token buckets by key. */
export interface TokenBuckets {
  /** Takes a token. Returns 0, or the milliseconds until there is one again. */
  take(key: string): number;
  /** Puts a token back; a bucket never holds more than its burst. */
  giveBack(key: string): void;
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

  return {
    take(key) {
      const bucket = refill(key);
      if (bucket.tokens < 1) return Math.ceil(((1 - bucket.tokens) / size().rate) * 1000);
      bucket.tokens -= 1;
      return 0;
    },
    giveBack(key) {
      const bucket = refill(key);
      bucket.tokens = Math.min(size().burst, bucket.tokens + 1);
    },
  };
}
