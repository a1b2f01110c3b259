import { once } from 'node:events';
import { connect } from 'node:net';
import { configSchema } from '@sallyport/contracts';
import { createLogger, createMetrics } from '@sallyport/service';
import { startStation } from './start-station.ts';

const logger = createLogger({ level: 'error' });
const config = configSchema.parse({ upstreams: {}, listen: '127.0.0.1:0', http: { headers_within: '100ms' } });
const start = { signals: false };

it('lets go of what was opened, the last first, when something after it can’t be', async () => {
  const closed: string[] = [];
  const starting = startStation({
    config,
    logger,
    start,
    async prepare(opened) {
      opened.defer(() => void closed.push('postgres'));
      opened.defer(() => Promise.reject(new Error('the broker is away')));
      opened.defer(() => void closed.push('redis'));
      throw new Error('no policies');
    },
  });
  await expect(starting).rejects.toThrow('no policies');
  expect(closed).toEqual(['redis', 'postgres']);
});

it('cuts who says nothing, and lets go of what was opened once, when the station ends', async () => {
  const closed: string[] = [];
  const station = await startStation({
    config,
    logger,
    start,
    async prepare(opened) {
      opened.defer(() => void closed.push('bus'));
      return {
        open: async () => ({ ready: () => true, stop: async () => void closed.push('station') }),
        metrics: createMetrics({ isKnown: () => false }),
        checks: async () => [],
      };
    },
  });
  const { hostname, port } = new URL(station.url);
  const silent = connect(Number(port), hostname);
  expect(String(await once(silent, 'data'))).toContain('http.headers_within');
  expect(await station.stop()).toBe(true);
  expect(await station.stop()).toBe(true);
  expect(closed).toEqual(['station', 'bus']);
});
