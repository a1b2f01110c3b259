import { fencesOf } from './markdown.ts';

/** Commands of a page that are run, and what they must print; null where only their exit code counts. */
export interface Step {
  readonly line: number;
  readonly commands: string;
  readonly expected: string | null;
}

/** The ```` ```sh run ```` blocks of a page, each with the ```` ```text expected ```` block that follows it. */
export function stepsOf(markdown: string): readonly Step[] {
  const steps: Step[] = [];
  for (const { info, text, line } of fencesOf(markdown)) {
    const last = steps.at(-1);
    if (info.includes('run')) steps.push({ line, commands: text, expected: null });
    else if (info.includes('expected') && last !== undefined) steps[steps.length - 1] = { ...last, expected: text };
  }
  return steps;
}

const mark = '=== step ';

/** One shell script of all steps, so that functions and variables live on; its output is parted by marks. */
export function scriptOf(steps: readonly Step[]): string {
  const parts = steps.map(({ commands }, at) => `echo '${mark}${at}'\n${commands}`);
  return ['set -euo pipefail', ...parts].join('\n');
}

/** What each step printed. */
export function outputsOf(output: string): readonly string[] {
  return output
    .split(/^=== step \d+\n/m)
    .slice(1)
    .map((text) => text.trimEnd());
}

/** The expected text as a pattern: `…` stands for anything on its line. */
export function patternOf(expected: string): RegExp {
  const literal = expected.split('…').map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${literal.join('[^\\n]*')}$`);
}
