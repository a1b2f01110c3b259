import { createLogger, createMetrics } from '@sallyport/service';
import { startStation } from './start-station.ts';

const logger = createLogger({ level: 'error' });
const listen = '127.0.0.1:0';
const start = { signals: false };

it('lets go of what was opened, the last first, when something after it can’t be', async () => {
  const closed: string[] = [];
  const starting = startStation({
    listen,
    logger,
    start,
    async furnish(opened) {
      opened.defer(() => void closed.push('postgres'));
      opened.defer(() => Promise.reject(new Error('the broker is away')));
      opened.defer(() => void closed.push('redis'));
      throw new Error('no policies');
    },
  });
  await expect(starting).rejects.toThrow('no policies');
  expect(closed).toEqual(['redis', 'postgres']);
});

it('lets go of it once, when the station ends', async () => {
  const closed: string[] = [];
  const station = await startStation({
    listen,
    logger,
    start,
    async furnish(opened) {
      opened.defer(() => void closed.push('bus'));
      return {
        open: async () => ({ ready: () => true, stop: async () => void closed.push('station') }),
        metrics: createMetrics({ isTool: () => false }),
        checks: async () => [],
      };
    },
  });
  expect(await station.stop()).toBe(true);
  expect(await station.stop()).toBe(true);
  expect(closed).toEqual(['station', 'bus']);
});
