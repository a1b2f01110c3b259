/** When a refused call may be tried again, as its client is told; empty where nobody knows. */
export function tryAgain(retryMs: number | null): string {
  return retryMs === null ? '' : `Try again in ${Math.max(1, Math.ceil(retryMs / 1000))} s, not earlier.`;
}
