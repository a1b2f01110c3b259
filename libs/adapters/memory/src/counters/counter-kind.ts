import type { LimitCheck, LimitStatus } from '@sallyport/contracts';

/** Two clocks, in milliseconds: windows that people see follow the wall, everything else must not jump with it. */
export interface Moment {
  readonly wall: number;
  readonly monotonic: number;
}

/** What a counter says of one more charge. Nothing has moved. */
export interface Judged {
  readonly fits: boolean;
  /** Milliseconds until the charge can fit, null for never; 0 where it fits. */
  readonly retryMs: number | null;
  /** Where the limit stands if the charge is made. */
  readonly charged: LimitStatus;
  /** Where the limit stands without it. */
  readonly uncharged: LimitStatus;
}

/** A charge that was made and can be taken back once. */
export interface Charge {
  giveBack(now: Moment): void;
  /** Only for what is held while a call runs; ends by itself at `endsAt`, by the monotonic clock. */
  readonly lease?: { readonly endsAt: number; release(): void };
}

/** One kind of limit over many keys. Every operation takes constant time. */
export interface CounterKind {
  judge(key: string, check: LimitCheck, now: Moment): Judged;
  /** Charges without looking at the limit; `judge` has been asked before. */
  charge(key: string, check: LimitCheck, request: { readonly now: Moment; readonly id: string }): Charge;
  /** Looks at a few keys and forgets those that are as good as new. */
  sweep(now: Moment): void;
  /** Keys held. */
  readonly size: number;
}

/** Sums of fractions are off by less than this; in milliseconds or charges. */
export const ROUNDING = 1e-6;
