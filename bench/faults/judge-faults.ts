import { setTimeout as pause } from 'node:timers/promises';
import type { Deployment } from './deployment.ts';
import type { Load, Seen } from './load.ts';

/** What a fault is given, and where it says what was wrong. */
export interface FaultSetup {
  readonly sallyport: Deployment;
  fail(what: string): void;
}

/** One fault; resolves with a note on what was seen. */
export type Fault = (setup: FaultSetup) => Promise<string>;

/** What our policies answer to the calls that they forbid. */
const ownRefusal = 'forbidden';
/** Longer than the usual by so much is a delay that a fault may cause. */
const mostDelayMs = 1_000;
/** A decision may take 5 s, and so may the record of an outcome; nobody waits longer, whatever is away. */
const mostMs = 12_000;
const serviceWithinMs = 10_000;
const streak = 20;
/** 20 calls take no longer. */
const streakMs = 8_000;

export function took({ began, ended }: Seen): number {
  return ended - began;
}

/** Milliseconds; what 99 of 100 calls stay below. */
export function usual(seen: readonly Seen[]): number {
  const sorted = seen.map(took).sort((one, other) => one - other);
  return sorted[Math.ceil(sorted.length * 0.99) - 1] ?? 0;
}

export function slowest(seen: readonly Seen[]): number {
  return Math.max(0, ...seen.map(took));
}

/** Answers that are not what the policies say, by reason, with how many. */
export function refusals(seen: readonly Seen[]): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const { heard, forbidden } of seen) {
    if (forbidden ? heard?.reason === ownRefusal : heard?.ran === true) continue;
    const reason = heard?.reason ?? 'cut off';
    found.set(reason, (found.get(reason) ?? 0) + 1);
  }
  return found;
}

export function namesOf(found: ReadonlyMap<string, number>): string {
  return [...found].map(([reason, count]) => `${count} ${reason}`).join(', ') || 'none';
}

/** Every call was judged by what its caller did, not by what Sallyport suffered. */
export function noneRefused({ fail }: FaultSetup, seen: readonly Seen[], where: string): void {
  const found = refusals(seen);
  if (found.size > 0) fail(`call refused: ${namesOf(found)} (${where})`);
}

export function noneDelayed({ fail }: FaultSetup, seen: readonly Seen[], { usualMs, where }: Delay): void {
  const late = seen.filter((one) => took(one) > usualMs + mostDelayMs);
  if (late.length > 0)
    fail(`call delayed: ${late.length}, up to ${round(slowest(late))} ms (usual ${round(usualMs)} ms; ${where})`);
}

interface Delay {
  readonly usualMs: number;
  readonly where: string;
}

/** A client that is refused is told why, and nobody waits without end. */
export function clearly({ fail }: FaultSetup, seen: readonly Seen[], reasons: readonly string[]): void {
  const unclear = new Map([...refusals(seen)].filter(([reason]) => !reasons.includes(reason)));
  if (unclear.size > 0) fail(`unclear refusal: ${namesOf(unclear)}`);
  if (slowest(seen) > mostMs) fail(`call stalled: ${round(slowest(seen))} ms`);
}

/** Waits until each endpoint lets 20 calls in a row through; says how long after now the first of them was. */
export async function fullService({ sallyport, fail }: FaultSetup, { seen }: Load): Promise<string> {
  const from = performance.now();
  const serving = (): boolean =>
    sallyport.endpoints.every((endpoint) =>
      serves(seen.filter((one) => one.endpoint === endpoint && one.began > from)),
    );
  while (!serving() && performance.now() - from < serviceWithinMs + streakMs) await pause(50);
  const startMs = startOfService(seen, from);
  if (!serving() || startMs > serviceWithinMs)
    fail(`no full service ${serviceWithinMs / 1000} s after the return: ${namesOf(refusals(seen.slice(-streak)))}`);
  return `full service after ${(startMs / 1000).toFixed(1)} s`;
}

/** When the last refusal was, milliseconds from `from`. */
function startOfService(seen: readonly Seen[], from: number): number {
  const last = seen.findLast((one) => refusals([one]).size > 0);
  return last === undefined ? 0 : Math.max(0, last.ended - from);
}

function serves(seen: readonly Seen[]): boolean {
  const last = seen.slice(-streak);
  return last.length === streak && refusals(last).size === 0;
}

export function round(ms: number): string {
  return ms.toFixed(0);
}
