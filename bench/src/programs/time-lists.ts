import type { Served } from '@sallyport/wiring';
import { systemTenant } from '../sallyport/sallyport-files.ts';

/** Milliseconds that the gateway itself takes for `tools/list`, without HTTP; medians. */
export interface ListTimes {
  readonly coldMs: number;
  readonly cachedMs: number;
  readonly bytes: number;
}

const people = 400;

/** Lists for people whose lists have not been made yet, and then again from the cache. */
export function timeLists({ runtime }: Served): ListTimes {
  const cold: number[] = [];
  const cached: number[] = [];
  let bytes = 0;
  for (let at = 0; at < people; at += 1) {
    const subject = { id: `stranger-${at}`, issuer: 'development', roles: ['user'] };
    const principal = { tenant: systemTenant, subject, client: null, expiresAt: null };
    for (const times of [cold, cached]) {
      const from = performance.now();
      bytes = runtime.gateway.list(principal, 'lean', 'tool')?.length ?? 0;
      times.push(performance.now() - from);
    }
  }
  return { coldMs: middle(cold), cachedMs: middle(cached), bytes };
}

/** The first quarter warms up. */
function middle(times: readonly number[]): number {
  const warm = times.slice(people / 4).sort((a, b) => a - b);
  return warm[warm.length >> 1] ?? Number.NaN;
}
