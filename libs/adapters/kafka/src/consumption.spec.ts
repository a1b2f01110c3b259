import { jest } from '@jest/globals';
import { type ConsumptionOptions, type Member, openConsumption } from './consumption.ts';
import { TIMES } from './kafka-options.ts';

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('a membership that began too late', () => {
  beforeEach(() => void jest.useFakeTimers({ doNotFake: ['setImmediate'] }));
  afterEach(() => void jest.useRealTimers());

  it('is left, and a failure of that is told', async () => {
    const lines: string[] = [];
    const { promise, resolve } = Promise.withResolvers<Member>();
    const opened = openConsumption({
      topic: 'calls',
      commits: false,
      progress: { mine: [], shut: () => undefined, settled: async () => undefined } as Partial<
        ConsumptionOptions['progress']
      > as ConsumptionOptions['progress'],
      log: (_level, message, fields) => lines.push(`${message}: ${fields?.['error']}`),
      join: () => promise,
    });
    opened.catch(() => undefined);
    await jest.advanceTimersByTimeAsync(TIMES.join);
    resolve({ commit: async () => undefined, leave: () => Promise.reject(new Error('the broker is gone')) });
    await settled();
    await expect(opened).rejects.toThrow();
    expect(lines).toContain('consumer that joined too late could not leave: the broker is gone');
  });
});
