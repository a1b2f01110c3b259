/** What measures how long something takes. */
export interface Clock {
  /** Milliseconds since some moment; never goes back. */
  monotonic(): number;
}
