import { incidents } from '@sallyport/contracts';
import { parse } from 'yaml';
import { shownMetrics } from './shown-metrics.ts';
import { read } from './tree.ts';

interface Rules {
  readonly groups: readonly { readonly rules: readonly { readonly alert: string; readonly expr: string }[] }[];
}

interface Dashboard {
  readonly panels: readonly {
    readonly id: number;
    readonly title: string;
    readonly targets: readonly { readonly expr: string }[];
  }[];
}

const rules = (parse(read('deploy/prometheus/alerts.yaml')) as Rules).groups.flatMap((group) => group.rules);
const { panels } = JSON.parse(read('deploy/grafana/sallyport.json')) as Dashboard;
const expressions = [
  ...rules.map(({ alert, expr }) => [alert, expr] as const),
  ...panels.flatMap(({ title, targets }) => targets.map(({ expr }) => [title, expr] as const)),
];

describe('alerts and the dashboard', () => {
  it.each(expressions)('%s: ask for metrics that there are', async (_title, expr) => {
    const shown = await shownMetrics();
    const asked = [...expr.matchAll(/sallyport_\w+/g)].map(([name]) => name);
    const isShown = (name: string): boolean =>
      shown.includes(name) || (/_(bucket|sum|count)$/.test(name) && shown.includes(name.replace(/_[a-z]+$/, '')));
    expect(asked.filter((name) => !isShown(name))).toEqual([]);
    expect(asked.length > 0 || expr.includes('process_')).toBe(true);
  });

  it('ask for incidents and reasons that there are', () => {
    const named = (label: string): string[] =>
      expressions
        .flatMap(([, expr]) => [...expr.matchAll(new RegExp(`${label}=~?"([a-z_|]+)"`, 'g'))])
        .flatMap(([, values = '']) => values.split('|'));
    const answers = read('docs/reference/answers.md');
    expect(named('incident').filter((name) => !Object.hasOwn(incidents, name))).toEqual([]);
    expect(named('reason').filter((name) => !answers.includes(`\`${name}\``))).toEqual([]);
    expect(named('incident').length * named('reason').length).toBeGreaterThan(0);
  });

  it('show every metric of a stage, a queue or an incident', async () => {
    const text = panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)).join('\n');
    const left = (await shownMetrics()).filter((name) => !text.includes(name));
    expect(left).toEqual(['sallyport_upstream_stderr_lines_total', 'sallyport_upstream_stderr_bytes_total']);
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  });

  it('have each alert on the page, and a case in which it fires and one in which it does not', () => {
    const page = read('docs/how-to/monitor.md');
    const cases = read('deploy/prometheus/alerts.test.yaml');
    for (const { alert } of rules) {
      expect(page).toContain(`| \`${alert}\` `);
      for (const ends of ['fires', 'does not fire'])
        expect(cases).toContain(`- name: ${alert.replace('Sallyport', '')} ${ends}\n`);
    }
  });
});
