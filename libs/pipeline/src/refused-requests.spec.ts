import { createMemoryJournal } from '@sallyport/adapter-memory';
import type { EventData, Principal } from '@sallyport/contracts';
import { readCloudEvent } from '@sallyport/journal';
import { createRefusedRequests } from './refused-requests.ts';

function setUp() {
  const { journal, directory } = createMemoryJournal();
  let next = 0;
  let time = 0;
  const refusals = createRefusedRequests({
    journal,
    directory,
    clock: { now: () => time, monotonic: () => time },
    ids: { ulid: () => String((next += 1)).padStart(26, '0'), random: () => 'x' },
    observer: { decided: () => undefined, finished: () => undefined, incident: () => undefined },
    boot: 'boot-1',
  });
  const recorded = async (tenant = 'shop') =>
    (await journal.readAll(tenant, { after: 0, limit: 10_000 })).map(
      ({ bytes }) => readCloudEvent<EventData['request.refused']>(bytes).data,
    );
  return { refusals, recorded, pass: (ms: number) => void (time += ms) };
}

const person = (id: string, tenant = 'shop'): Principal => ({
  tenant,
  subject: { id, issuer: 'i', roles: [] },
  client: null,
  expiresAt: null,
});

describe('requests that never became a call', () => {
  it('fill no log: a flood of one subject stands as one event for each reason, with the count and all bytes', async () => {
    const { refusals, recorded } = setUp();
    for (let at = 0; at < 5_000; at += 1) await refusals.record(person('mallory'), at % 2 ? 'syntax' : 'batch', 10);
    await refusals.flush();
    const events = await recorded();
    expect(events).toHaveLength(202);
    expect(events.slice(200)).toMatchObject([
      { reason: 'batch', count: 2_400, bytes: 24_000 },
      { reason: 'syntax', count: 2_400, bytes: 24_000 },
    ]);
  });

  it('of somebody else are recorded one by one while a neighbour floods', async () => {
    const { refusals, recorded } = setUp();
    for (let at = 0; at < 5_000; at += 1) await refusals.record(person('mallory'), 'syntax', 10);
    for (let at = 0; at < 3; at += 1) await refusals.record(person('ann'), 'batch', 10);
    expect((await recorded()).filter(({ reason }) => reason === 'batch')).toHaveLength(3);
  });

  it('of many subjects of one tenant are bounded, too', async () => {
    const { refusals, recorded } = setUp();
    for (let at = 0; at < 2_000; at += 1) await refusals.record(person(`user-${at % 20}`), 'syntax', 1);
    await refusals.flush();
    expect((await recorded()).length).toBeLessThan(530);
    const all = (await recorded()).reduce((sum, { count = 1 }) => sum + count, 0);
    expect(all).toBe(2_000);
  });

  it('are recorded one by one again when the flood is over', async () => {
    const { refusals, recorded, pass } = setUp();
    for (let at = 0; at < 300; at += 1) await refusals.record(person('ann'), 'syntax', 1);
    await refusals.flush();
    pass(60_000);
    await refusals.record(person('ann'), 'syntax', 1);
    expect((await recorded()).at(-1)?.count).toBeUndefined();
  });
});
