import { Histogram, Registry } from 'prom-client';
import { HistogramCells } from './histogram-cells.ts';

const buckets = [0.5, 1, 10];
const values = [0.2, 0.5, 0.7, 10, 11];

it('shows what the library’s own histogram shows', async () => {
  const [own, library] = [new Registry(), new Registry()];
  const about = { name: 'took_seconds', help: 'How long.', buckets };
  const cells = new HistogramCells({ ...about, registry: own, labels: ['upstream', 'tool'] });
  const histogram = new Histogram({ ...about, registers: [library], labelNames: ['upstream', 'tool'] });
  for (const tool of ['get_order', 'a "quoted" one']) {
    for (const value of values) {
      cells.add(`orders\0${tool}`, value);
      histogram.observe({ upstream: 'orders', tool }, value);
    }
  }
  expect(await own.metrics()).toBe(await library.metrics());
  expect(await own.getMetricsAsJSON()).toMatchObject([{ name: 'took_seconds', values: { length: 12 } }]);
});

it('shows none before something was measured, and has no label where none is named', async () => {
  const registry = new Registry();
  const cells = new HistogramCells({ registry, name: 'took_seconds', help: 'How long.', labels: [], buckets });
  expect(await registry.metrics()).not.toContain('took_seconds_count');
  cells.add('', 3);
  expect(await registry.metrics()).toContain('took_seconds_bucket{le="10"} 1\n');
  expect(await registry.metrics()).toContain('took_seconds_sum 3\n');
});
