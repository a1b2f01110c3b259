import { type FileProblem, problemText } from './config-problems.ts';

/** Thrown when Sallyport can't be opened; every problem names a file and what to do. */
export class NotServed extends Error {
  readonly code = 'not_served';
  readonly problems: readonly FileProblem[];

  constructor(problems: readonly FileProblem[]) {
    super(problems.map(problemText).join('\n'));
    this.problems = problems;
  }
}
