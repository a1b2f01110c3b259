import { configSchema, type ConfigInput } from '@sallyport/contracts';
import { guards } from '@sallyport/guards';
import { parse } from 'yaml';
import { fencesOf } from './markdown.ts';
import { files, markdownFiles, read } from './tree.ts';

/** A fragment is read as part of a configuration that is whole otherwise. */
const rest: ConfigInput = { upstreams: { orders: { command: ['node', 'orders-server.mjs'] } } };

function problems(text: string): readonly string[] {
  const parsed = configSchema.safeParse({ ...rest, ...(parse(text) as object) });
  return parsed.success ? [] : parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
}

const blocks = markdownFiles()
  .filter((path) => path === 'README.md' || path.startsWith('docs/'))
  .flatMap((path) => fencesOf(read(path)).map((fence) => ({ path, ...fence })))
  .filter(({ info }) => info[0] === 'yaml' && info.length === 1)
  .map(({ path, line, text }) => [`${path}:${line}`, text] as const);

describe('configuration in the documentation', () => {
  it('is found wanting when it is', () => {
    expect(problems('listne: 127.0.0.1:1')).not.toEqual([]);
    expect(blocks.length).toBeGreaterThan(5);
  });

  it.each(blocks)('%s is valid', (_place, text) => {
    expect(problems(text)).toEqual([]);
  });
});

describe('answers.md', () => {
  const page = read('docs/reference/answers.md');

  it.each(guards.flatMap(({ id, reasons }) => reasons.map((reason) => [reason, id] as const)))(
    'says what %s of %s means',
    (reason) => {
      expect(page).toMatch(new RegExp(`^\\|[^|]*\`${reason}\``, 'm'));
    },
  );
});

describe('monitor.md', () => {
  it('explains every incident that the code tells of', () => {
    const page = read('docs/how-to/monitor.md');
    const code = files('libs/**/*.ts').filter((path) => !path.endsWith('.spec.ts'));
    const told = code.flatMap((path) =>
      [...read(path).matchAll(/incident\('([a-z_]+)'/g)].map(([, what = '']) => what),
    );
    expect(told.length).toBeGreaterThan(5);
    expect([...new Set(told)].filter((what) => !page.includes(`| \`${what}\` `))).toEqual([]);
  });
});
