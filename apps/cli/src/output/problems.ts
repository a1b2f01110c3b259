import { exitCodes } from '../failure.ts';
import { type FileProblem, type PolicyCheck, problemText } from '../house.ts';
import type { Output } from './output.ts';
import { printableLines } from './printable.ts';

/** Tells what is wrong in files; the exit code says that the configuration can't be used. */
export function tellProblems(problems: readonly FileProblem[], output: Output): number {
  for (const problem of problems) {
    if (output.json) output.value(problem);
    else output.line(printableLines(problemText(problem)));
  }
  return exitCodes.usage;
}

/** Tells what a check of policies found: 0 when they can be used, else 1. */
export function tellPolicyCheck({ policies, problems }: PolicyCheck, output: Output): number {
  if (problems.length > 0) {
    tellProblems(problems, output);
    return exitCodes.refused;
  }
  if (output.json) output.value({ ok: true, policies });
  else output.line(`${output.colour.green('ok')}  ${policies} policies`);
  return exitCodes.ok;
}
