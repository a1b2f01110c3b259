import type { Slice } from '../load/drive.ts';

/** What one slice of load gave. */
export interface Figures {
  readonly p50: number;
  readonly p99: number;
  /** Per second. */
  readonly calls: number;
  /** Milliseconds of the measured process's CPU per call. */
  readonly cpu: number;
}

export function figuresOf({ latencies, calls, elapsedMs }: Slice, cpuMs: number): Figures {
  return {
    p50: quantile(latencies, 0.5),
    p99: quantile(latencies, 0.99),
    calls: (calls / elapsedMs) * 1000,
    cpu: cpuMs / calls,
  };
}

/** Of sorted numbers. */
function quantile(sorted: Float64Array, part: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}

/** The median of some repetitions, and the lowest and highest of them. */
export interface Spread {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = Float64Array.from(values).sort();
  return { median: quantile(sorted, 0.5), low: sorted[0] ?? Number.NaN, high: sorted.at(-1) ?? Number.NaN };
}

/** Repetition by repetition, so that what slowed both down cancels out. */
export function ratiosOf(some: readonly number[], others: readonly number[]): Spread {
  return spreadOf(some.map((value, at) => value / (others[at] ?? Number.NaN)));
}
