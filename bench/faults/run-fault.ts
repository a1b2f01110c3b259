import { addFaults, type Tally } from '../crash/tally.ts';
import { chargedOnce } from './budget.ts';
import type { House } from './house.ts';
import type { Fault } from './judge.ts';

export interface NamedFault {
  readonly name: string;
  readonly run: Fault;
  /** Decisions may be written whose charge audit can not settle any more. */
  readonly unsettled?: boolean;
}

const longestMs = 90_000;

/** Runs one fault on a house, holds everything against everything after it, and makes the house whole again. */
export async function runFault({ house, tally }: { house: House; tally: Tally }, fault: NamedFault): Promise<string> {
  const { name, run, unsettled = false } = fault;
  if (unsettled) house.counters.exact = false;
  const fail = (what: string): void => void tally.failures.push(`${what} (${name})`);
  const note = await inTime(run({ house, fail })).catch((error: unknown) => {
    fail(String(error));
    return 'not finished';
  });
  for (const program of house.cluster.programs) program.signal('SIGCONT');
  await Promise.all(house.loads.splice(0).map((load) => load.stop()));
  addFaults(tally, name, await house.verify());
  await chargedOnce(house, fail);
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
