import { figuresOf } from './figures.ts';
import { manyCallers, type Row } from './row.ts';

export interface Plan {
  readonly rounds: number;
  readonly sliceMs: number;
  /** Calls of each row before anything counts. */
  readonly warmUp: number;
}

/**
 * Measures all rows in turn, in short slices, again and again: what the machine does meanwhile falls on all of them. Each
 * round starts with another row.
 *
 * @throws at the first wrong answer of any row
 */
export async function measure(
  rows: readonly Row[],
  { rounds, sliceMs, warmUp }: Plan,
  onRound: (round: number) => void,
): Promise<void> {
  for (const { driver } of rows) {
    await driver.calls(manyCallers, { count: warmUp });
    await driver.calls(1, { count: warmUp / 4 });
  }
  for (let round = 0; round < rounds; round += 1) {
    onRound(round);
    for (let turn = 0; turn < rows.length; turn += 1) {
      const row = rows[(round + turn) % rows.length];
      if (row === undefined) continue;
      row.one.push(await slice(row, 1, sliceMs));
      row.many.push(await slice(row, manyCallers, sliceMs));
    }
  }
}

async function slice({ driver, usage }: Row, callers: number, ms: number) {
  const before = await usage();
  const load = await driver.calls(callers, { ms });
  const after = await usage();
  return figuresOf(load, after.cpuMs - before.cpuMs);
}
