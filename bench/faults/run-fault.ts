import { addFaults, type Tally } from '../crash/tally.ts';
import { readCharged } from './budget.ts';
import type { House } from './house.ts';
import type { Fault } from './judge.ts';

export interface NamedFault {
  readonly name: string;
  readonly run: Fault;
  /** `wiped`: Redis forgets on the way, so what it counted before can't be held against the record. */
  readonly counters?: 'kept' | 'wiped';
}

const longestMs = 90_000;

/** Runs one fault on a house, holds everything against everything after it, and makes the house whole again. */
export async function runFault({ house, tally }: { house: House; tally: Tally }, fault: NamedFault): Promise<string> {
  const { name, run, counters = 'kept' } = fault;
  const fail = (what: string): void => void tally.failures.push(`${what} (${name})`);
  const note = await inTime(run({ house, fail })).catch((error: unknown) => {
    fail(String(error));
    return 'not finished';
  });
  for (const program of house.cluster.programs) program.signal('SIGCONT');
  await Promise.all(house.loads.splice(0).map((load) => load.stop()));
  addFaults(tally, name, await house.verify());
  await chargedOnce(house, counters, fail);
  await house.complete();
  return note;
}

async function inTime(run: Promise<string>): Promise<string> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`it took longer than ${longestMs / 1000} s`)), longestMs);
  });
  try {
    return await Promise.race([run, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** The budget holds one for each allowed call, and for reservations that are neither kept nor given back yet. */
async function chargedOnce(house: House, counters: 'kept' | 'wiped', fail: (what: string) => void): Promise<void> {
  const { calls, open } = await readCharged(house.servers.redis);
  const allowed = [...house.record.calls.values()].filter(({ decision }) => decision === 'allow').length;
  if (calls > allowed + open) fail(`limit charged twice: ${calls} charges, ${allowed} allowed calls, ${open} open`);
  if (counters === 'kept' && calls < allowed)
    fail(`limit not charged: ${calls} charges, ${allowed} allowed calls, ${open} open`);
}
