import { jest } from '@jest/globals';
import type { PartitionSender, OutboundMessage } from './partition-sender.ts';
import { createRetryQueue } from './retry-queue.ts';

const route = { topic: 't.decide.v1', name: 'shop', attempt: 0 };
const message = (bytes = 1): OutboundMessage => ({ route, value: new Uint8Array(bytes) });

/** A retry queue over a sender whose sends fail while `away`, each once `gate` is open. */
function fixture({ gate = Promise.resolve() } = {}) {
  const state = { away: true };
  const sent: OutboundMessage[] = [];
  const told: string[] = [];
  let tries = 0;
  const sender: PartitionSender = {
    async send(message) {
      tries += 1;
      await gate;
      if (state.away) throw new Error('away');
      sent.push(message);
    },
    deliver: () => Promise.reject(new Error('not delivered')),
  };
  const observer = {
    decided: () => undefined,
    finished: () => undefined,
    incident: (what: string) => void told.push(what),
  };
  return { retries: createRetryQueue({ sender, observer }), state, sent, told, tries: () => tries };
}

describe('the retry queue', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  it('gives up what is too large, and what does not fit in any more', async () => {
    const { retries, told } = fixture();
    retries.put(message(4 * 1024 * 1024 + 1));
    for (let left = 17; left > 0; left -= 1) retries.put(message(4 * 1024 * 1024));
    expect(told).toEqual(['outbox_full', 'outbox_full']);
    await retries.stop();
  });

  it('sends again until it is taken, once', async () => {
    const { retries, state, sent, tries } = fixture();
    retries.put(message());
    await jest.advanceTimersByTimeAsync(999);
    expect([sent.length, tries()]).toEqual([0, 2]); // at once, and each half second
    state.away = false;
    await jest.advanceTimersByTimeAsync(1);
    expect(sent).toHaveLength(1);
    await jest.advanceTimersByTimeAsync(10_000);
    await retries.stop();
    expect([sent.length, tries()]).toEqual([1, 3]);
  });

  it('tries once more when it is stopped, tells what is left, and never sends after that', async () => {
    const { retries, told, tries } = fixture();
    retries.put(message());
    await jest.advanceTimersByTimeAsync(50);
    await retries.stop();
    expect(told).toEqual(['outbox_left']);
    await jest.advanceTimersByTimeAsync(10_000);
    expect(tries()).toBe(2);
  });

  it('waits for what is under way when it is stopped, and sends it no second time', async () => {
    const gate = Promise.withResolvers<void>();
    const { retries, state, sent, told, tries } = fixture({ gate: gate.promise });
    state.away = false;
    retries.put(message());
    const stopped = retries.stop();
    await jest.advanceTimersByTimeAsync(100);
    expect(sent).toEqual([]);
    gate.resolve();
    await stopped;
    expect({ sent: sent.length, tries: tries(), told }).toEqual({ sent: 1, tries: 1, told: [] });
  });
});
