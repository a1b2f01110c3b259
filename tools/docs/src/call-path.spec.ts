import { reaches } from './imports.ts';
import { linksOf } from './markdown.ts';
import { read } from './tree.ts';

/** A file of the path, and those that join it to the one before where a port is between, each importing the next or imported by it. */
interface Step {
  readonly file: string;
  readonly joints: readonly string[];
}

/** The numbered list under a heading of CONTRIBUTING.md. */
function stepsUnder(heading: string): readonly Step[] {
  const [, section = ''] = read('CONTRIBUTING.md').split(`### ${heading}\n`);
  const items = section.split(/^#/m)[0]?.match(/^\d+\. .*(?:\n {3}.*)*$/gm) ?? [];
  return items.map((item) => {
    const [file = '', ...joints] = linksOf(item);
    return { file, joints };
  });
}

/** Why a file of the path does not follow the one before; null where it does. A joint may import both its neighbours, or be imported. */
function gap(before: Step, { file, joints }: Step): string | null {
  const row = [before.file, ...joints, file];
  const pairs = row.slice(1).map((to, at) => [row[at] ?? '', to] as const);
  const apart = pairs.filter(([from, to]) => !reaches(from, to) && (joints.length === 0 || !reaches(to, from)));
  return apart.length === 0 ? null : apart.map(([from, to]) => `${from} does not import ${to}`).join('; ');
}

describe.each([
  ['In one process', 12],
  ['As services', 9],
])('the path of one call in CONTRIBUTING.md: %s', (heading, count) => {
  const steps = stepsUnder(heading);

  it('has all its files', () => {
    expect(steps.length).toBe(count);
  });

  it.each(steps.slice(1).map((step, at) => [step.file, step, steps[at]] as const))(
    'goes on to %s',
    (_file, step, before) => {
      expect(before && gap(before, step)).toBeNull();
    },
  );
});

describe('a path', () => {
  it.each([
    ['a file that is not there', 'libs/pipeline/src/audit.ts', 'libs/pipeline/src/no-such-file.ts'],
    ['a type alone', 'libs/pipeline/src/embedded-decision-service.ts', 'libs/pipeline/src/audit.ts'],
    [
      'a name of the same library that is not taken',
      'libs/runtime/src/embedded-decisions.ts',
      'libs/pipeline/src/run-call.ts',
    ],
    ['a third project', 'apps/sallyport/src/main.ts', 'libs/pipeline/src/run-call.ts'],
  ])('does not lead over %s', (_what, from, to) => {
    expect(reaches(from, to)).toBe(false);
  });
});
