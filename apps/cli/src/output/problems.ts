import { exitCodes } from '../failure.ts';
import { problemsOf } from '../load-wiring.ts';
import type { Output } from './output.ts';
import { printableLines } from './printable.ts';

/**
 * Runs a check of files. What can't be used is told problem by problem: 1 when only policies are wrong, 2 when the
 * configuration is.
 *
 * @throws whatever is no problem of a file
 */
export async function toldProblems(output: Output, check: () => Promise<number>): Promise<number> {
  try {
    return await check();
  } catch (error) {
    const problems = problemsOf(error);
    if (problems === null) throw error;
    if (output.json) problems.forEach((problem) => output.value(problem));
    else output.line(printableLines((error as Error).message));
    return problems.every(({ file }) => file.endsWith('.cedar')) ? exitCodes.refused : exitCodes.usage;
  }
}
