import { addFaults, type Totals } from '../crash/totals.ts';
import { chargedOnce } from './charged-budget.ts';
import type { Deployment } from './deployment.ts';
import type { Fault } from './judge-faults.ts';

export interface NamedFault {
  readonly name: string;
  readonly run: Fault;
  /** Decisions may be written whose charge audit can not settle any more. */
  readonly unsettled?: boolean;
}

const longestMs = 90_000;

/** Runs one fault on an instance, holds everything against everything after it, and makes Sallyport whole again. */
export async function runFault(
  { sallyport, totals }: { sallyport: Deployment; totals: Totals },
  fault: NamedFault,
): Promise<string> {
  const { name, run, unsettled = false } = fault;
  if (unsettled) sallyport.counters.exact = false;
  const fail = (what: string): void => void totals.failures.push(`${what} (${name})`);
  const note = await inTime(run({ sallyport, fail })).catch((error: unknown) => {
    fail(String(error));
    return 'not finished';
  });
  for (const program of sallyport.cluster.programs) program.signal('SIGCONT');
  await Promise.all(sallyport.loads.splice(0).map((load) => load.stop()));
  addFaults(totals, name, await sallyport.verify());
  await chargedOnce(sallyport, fail);
  await sallyport.complete();
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
