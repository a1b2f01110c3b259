import fc from 'fast-check';
import type { BusRecord } from '@sallyport/contracts';
import { memoryMarks, moodyBus, createRuntime, sequenceOf, TOPIC, until, upTo } from '../../test/relay-fixture.ts';
import { createRelay } from './relay.ts';

/** What a consumer keeps that takes each tenant's next record and passes over all others. */
function taken(seen: readonly BusRecord[], tenant: string): readonly BusRecord[] {
  let next = 1;
  return seen.filter((message) => message.key === tenant && sequenceOf(message) === next && next++);
}

const fates = fc.infiniteStream(
  fc.oneof(
    { weight: 8, arbitrary: fc.constant('taken' as const) },
    { weight: 1, arbitrary: fc.constantFrom('refused' as const, 'unheard' as const) },
  ),
);
/** Rounds of: so many events for each of two tenants, then the relay is killed or goes on. */
const rounds = fc.array(fc.tuple(fc.nat({ max: 12 }), fc.nat({ max: 12 }), fc.boolean()), {
  minLength: 1,
  maxLength: 5,
});

describe('the feed', () => {
  it('is gapless, in order and byte for byte the journal, whatever fails', async () => {
    await fc.assert(
      fc.asyncProperty(fates, rounds, fc.integer({ min: 1, max: 8 }), async (fate, story, batch) => {
        const fixture = createRuntime();
        const marks = memoryMarks(() => fate.next().value === 'refused');
        const bus = moodyBus(fixture.bus, () => fate.next().value);
        const parts = { ...fixture, marks, bus, topic: TOPIC, batch, idleMs: 1, observer: { incident: () => {} } };
        const relays = [createRelay(parts)];
        relays[0]?.start();
        const total = { shop: 0, bank: 0 };
        for (const [shop, bank, kill] of story) {
          if (shop > 0) await fixture.record('shop', shop);
          if (bank > 0) await fixture.record('bank', bank);
          total.shop += shop;
          total.bank += bank;
          if (!kill) continue;
          // The old one isn't stopped: it lingers beside the new one, as a frozen process may.
          const relay = createRelay(parts);
          relay.start();
          relays.push(relay);
        }
        for (const [tenant, count] of Object.entries(total)) {
          await until(() => taken(fixture.seen, tenant).length === count);
          const stored = await fixture.journal.readAll(tenant, { after: 0, limit: 1_000 });
          const got = taken(fixture.seen, tenant);
          expect(got.map(sequenceOf)).toEqual(upTo(count));
          expect(got.map(({ value }) => Buffer.from(value))).toEqual(stored.map(({ bytes }) => Buffer.from(bytes)));
        }
        await Promise.all(relays.map((relay) => relay.stop()));
      }),
      { numRuns: 60, endOnFailure: true },
    );
  }, 60_000);
});
