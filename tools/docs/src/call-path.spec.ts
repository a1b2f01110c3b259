import { reaches } from './imports.ts';
import { linksOf } from './markdown.ts';
import { read } from './tree.ts';

/** A file of the path, and the one of the wiring that joins it to the one before where a port is between. */
interface Step {
  readonly file: string;
  readonly joint: string | null;
}

/** The numbered list under a heading of CONTRIBUTING.md. */
function stepsUnder(heading: string): readonly Step[] {
  const [, section = ''] = read('CONTRIBUTING.md').split(`### ${heading}\n`);
  const items = section.split(/^#/m)[0]?.match(/^\d+\. .*(?:\n {3}.*)*$/gm) ?? [];
  return items.map((item) => {
    const [file = '', joint = null] = linksOf(item);
    return { file, joint };
  });
}

/** Why a file of the path does not follow the one before; null where it does. */
function gap(before: Step, { file, joint }: Step): string | null {
  const ends = joint === null ? [[before.file, file]] : [before.file, file].map((end) => [joint, end]);
  const apart = ends.filter(([from = '', to = '']) => !reaches(from, to));
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
    ['a name of the same library that is not taken', 'libs/wiring/src/embedded.ts', 'libs/pipeline/src/call-tool.ts'],
    ['a third project', 'apps/sallyport/src/main.ts', 'libs/pipeline/src/call-tool.ts'],
  ])('does not lead over %s', (_what, from, to) => {
    expect(reaches(from, to)).toBe(false);
  });
});
