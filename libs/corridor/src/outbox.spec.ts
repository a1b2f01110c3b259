import { setTimeout as rest } from 'node:timers/promises';
import { until } from '@sallyport/testing';
import type { Carrier, Parcel } from './carrier.ts';
import { createOutbox } from './outbox.ts';

const route = { topic: 't.decide.v1', name: 'shop', lane: 0 };
const message = (bytes = 1): Parcel => ({ route, value: new Uint8Array(bytes) });

/** An outbox over a carrier whose sends fail while `away`, each after `ms`. */
function house({ ms = 0 } = {}) {
  const state = { away: true };
  const sent: Parcel[] = [];
  const told: string[] = [];
  let tries = 0;
  const carrier: Carrier = {
    async send(parcel) {
      tries += 1;
      await rest(ms);
      if (state.away) throw new Error('away');
      sent.push(parcel);
    },
    deliver: () => Promise.reject(new Error('not delivered')),
  };
  const observer = {
    decided: () => undefined,
    finished: () => undefined,
    trouble: (what: string) => void told.push(what),
  };
  return { outbox: createOutbox({ carrier, observer }), state, sent, told, tries: () => tries };
}

describe('the outbox', () => {
  it('gives up what is too large, and what does not fit in any more', async () => {
    const { outbox, told } = house();
    outbox.put(message(4 * 1024 * 1024 + 1));
    for (let left = 17; left > 0; left -= 1) outbox.put(message(4 * 1024 * 1024));
    expect(told).toEqual(['outbox_full', 'outbox_full']);
    await outbox.stop();
  });

  it('sends again until it is taken, once', async () => {
    const { outbox, state, sent } = house();
    outbox.put(message());
    await rest(50);
    state.away = false;
    await until(() => sent.length > 0, 10_000);
    await outbox.stop();
    expect(sent).toHaveLength(1);
  });

  it('tries once more when it is stopped, tells what is left, and never sends after that', async () => {
    const { outbox, told, tries } = house();
    outbox.put(message());
    await rest(50);
    await outbox.stop();
    expect(told).toEqual(['outbox_left']);
    await rest(700);
    expect(tries()).toBe(2);
  });

  it('waits for what is under way when it is stopped, and sends it no second time', async () => {
    const { outbox, state, sent, told, tries } = house({ ms: 100 });
    state.away = false;
    outbox.put(message());
    await outbox.stop();
    expect({ sent: sent.length, tries: tries(), told }).toEqual({ sent: 1, tries: 1, told: [] });
  });
});
