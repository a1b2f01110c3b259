import { setTimeout as rest } from 'node:timers/promises';
import { until } from '@sallyport/testing';
import type { PartitionSender, OutboundMessage } from './partition-sender.ts';
import { createRetryQueue } from './retry-queue.ts';

const route = { topic: 't.decide.v1', name: 'shop', attempt: 0 };
const message = (bytes = 1): OutboundMessage => ({ route, value: new Uint8Array(bytes) });

/** A retry queue over a sender whose sends fail while `away`, each after `ms`. */
function fixture({ ms = 0 } = {}) {
  const state = { away: true };
  const sent: OutboundMessage[] = [];
  const told: string[] = [];
  let tries = 0;
  const sender: PartitionSender = {
    async send(message) {
      tries += 1;
      await rest(ms);
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
  it('gives up what is too large, and what does not fit in any more', async () => {
    const { retries, told } = fixture();
    retries.put(message(4 * 1024 * 1024 + 1));
    for (let left = 17; left > 0; left -= 1) retries.put(message(4 * 1024 * 1024));
    expect(told).toEqual(['outbox_full', 'outbox_full']);
    await retries.stop();
  });

  it('sends again until it is taken, once', async () => {
    const { retries, state, sent } = fixture();
    retries.put(message());
    await rest(50);
    state.away = false;
    await until(() => sent.length > 0, 10_000);
    await retries.stop();
    expect(sent).toHaveLength(1);
  });

  it('tries once more when it is stopped, tells what is left, and never sends after that', async () => {
    const { retries, told, tries } = fixture();
    retries.put(message());
    await rest(50);
    await retries.stop();
    expect(told).toEqual(['outbox_left']);
    await rest(700);
    expect(tries()).toBe(2);
  });

  it('waits for what is under way when it is stopped, and sends it no second time', async () => {
    const { retries, state, sent, told, tries } = fixture({ ms: 100 });
    state.away = false;
    retries.put(message());
    await retries.stop();
    expect({ sent: sent.length, tries: tries(), told }).toEqual({ sent: 1, tries: 1, told: [] });
  });
});
