import type { Faults } from './verify.ts';

/** What all parts of the test have seen. */
export interface Totals {
  kills: number;
  openings: number;
  calls: number;
  /** What the product did that it may not, in words. */
  readonly failures: string[];
}

export function createTotals(): Totals {
  return { kills: 0, openings: 0, calls: 0, failures: [] };
}

const words: Readonly<Record<keyof Faults, string>> = {
  unrecorded: 'effect without a durable allow',
  twice: 'call run twice',
  untrue: 'record that is not true',
  open: 'allow without an outcome after the sweep',
  unbacked: 'answer that the record does not hold',
  log: 'log not whole',
  forged: 'refused as forged',
};

/** Adds what was found; each fault once. */
export function addFaults(totals: Totals, where: string, faults: Faults): void {
  for (const kind of Object.keys(words) as (keyof Faults)[])
    for (const detail of faults[kind]) {
      const failure = `${words[kind]}: ${detail} (${where})`;
      if (!totals.failures.some((known) => known.startsWith(`${words[kind]}: ${detail} (`)))
        totals.failures.push(failure);
    }
}

/** One line, and how many of each fault it is made of. */
export function summaryOf({ kills, openings, calls, failures }: Totals): string {
  return [`${kills} kills`, `${openings} openings`, `${calls} calls`, foundIn(failures)].join(', ');
}

/** How many of each fault there are. */
export function foundIn(failures: readonly string[]): string {
  const count = (kind: keyof Faults): number => failures.filter((each) => each.startsWith(words[kind])).length;
  const other = failures.length - (Object.keys(words) as (keyof Faults)[]).reduce((sum, kind) => sum + count(kind), 0);
  return [
    `${count('unrecorded')} unrecorded effects`,
    `${count('twice')} run twice`,
    `${count('open')} without an outcome`,
    `${count('unbacked')} unbacked answers`,
    `${count('untrue')} untrue records`,
    `${count('log')} gaps`,
    `${count('forged')} forged`,
    `${other} other failures`,
  ].join(', ');
}
