import type { Clock } from '@sallyport/contracts';

/** Token buckets by key. */
export interface Flood {
  /** Takes a token. Returns 0, or the milliseconds until there is one again. */
  take(key: string): number;
}

export interface FloodLimit {
  /** Tokens per second. */
  readonly rate: number;
  readonly burst: number;
  /** Keys that are kept; the oldest is forgotten first. */
  readonly keys?: number;
}

interface Bucket {
  tokens: number;
  at: number;
}

/** Stops floods before anything is parsed. Far above any limit of the configuration: it protects the parser alone. */
export function createFlood(clock: Pick<Clock, 'monotonic'>, { rate, burst, keys = 20_000 }: FloodLimit): Flood {
  const buckets = new Map<string, Bucket>();

  function refill(key: string): Bucket {
    const now = clock.monotonic();
    const bucket = buckets.get(key);
    if (bucket === undefined) return remember(key, { tokens: burst, at: now });
    bucket.tokens = Math.min(burst, bucket.tokens + ((now - bucket.at) / 1000) * rate);
    bucket.at = now;
    return bucket;
  }

  function remember(key: string, bucket: Bucket): Bucket {
    if (buckets.size >= keys) buckets.delete(buckets.keys().next().value ?? key);
    buckets.set(key, bucket);
    return bucket;
  }

  function take(key: string): number {
    const bucket = refill(key);
    if (bucket.tokens < 1) return Math.ceil(((1 - bucket.tokens) / rate) * 1000);
    bucket.tokens -= 1;
    return 0;
  }

  return { take };
}
