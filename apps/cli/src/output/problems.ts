import { exitCodes } from '../failure.ts';
import { type FileProblem, problemsOf, problemText } from '../house.ts';
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
    problems.forEach((problem) => tell(problem, output));
    return problems.every(({ file }) => file.endsWith('.cedar')) ? exitCodes.refused : exitCodes.usage;
  }
}

function tell(problem: FileProblem, output: Output): void {
  if (output.json) output.value(problem);
  else output.line(printableLines(problemText(problem)));
}
