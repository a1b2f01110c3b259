import { type ConfigInput, incidents, measures } from '@sallyport/contracts';
import { completeConfigSchema, guards } from '@sallyport/guards';
import { parse } from 'yaml';
import { shownMetrics } from './shown-metrics.ts';
import { reasonRows } from './guard-readme.ts';
import { fencesOf } from './markdown.ts';
import { files, markdownFiles, read } from './tree.ts';

/** A fragment is read as part of a configuration that is whole otherwise. */
const rest: ConfigInput = { upstreams: { orders: { command: ['node', 'orders-server.mjs'] } } };

function problems(text: string): readonly string[] {
  const parsed = completeConfigSchema.safeParse({ ...rest, ...(parse(text) as object) });
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

describe('the READMEs of guards', () => {
  it.each(guards)('$id: says of each of its reasons when it is given and what helps', ({ id, reasons }) => {
    const rows = reasonRows(id).filter(({ when, helps }) => when !== '' && helps !== '');
    expect(rows.map(({ reason }) => reason).sort()).toEqual([...reasons].sort());
  });
});

describe('monitor.md', () => {
  const page = read('docs/how-to/monitor.md');

  it('lists every incident with its severity, and no other', () => {
    const rows = [...page.matchAll(/^\| `([a-z_]+)` +\| (error|warn|info) /gm)].map(([, name, severity]) => [
      name,
      severity,
    ]);
    const known = Object.entries(incidents).map(([name, { severity }]) => [name, severity]);
    expect(rows.sort()).toEqual(known.sort());
  });

  it('lists every metric with its labels, and no other', async () => {
    const rows = [...page.matchAll(/^\| `(sallyport_[a-z_]+)` +\|(.*)\|/gm)].map(([, name]) => name);
    expect(rows.sort()).toEqual((await shownMetrics()).sort());
    for (const { metric, label } of Object.values(measures))
      expect(page).toMatch(new RegExp(`^\\| .${metric}. +\\| ${label ?? ''} *\\|`, 'm'));
  });

  it('explains no incident that nothing reports', () => {
    const code = files('libs/**/*.ts').filter((path) => !path.endsWith('.spec.ts') && !path.endsWith('/incidents.ts'));
    const text = code.map(read).join('\n');
    expect(Object.keys(incidents).filter((name) => !text.includes(`'${name}'`))).toEqual([]);
  });
});
