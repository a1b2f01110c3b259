import { createMemoryJournal } from '@sallyport/adapter-memory';
import { JournalUnavailable } from '@sallyport/contracts';
import { createStrayRequestRecord } from './stray-requests.ts';

function open(available = true) {
  const memory = createMemoryJournal();
  let now = 0;
  let next = 0;
  const incident: string[] = [];
  const refuse = () => Promise.reject(new JournalUnavailable('disk full'));
  const record = createStrayRequestRecord({
    clock: { now: () => now, monotonic: () => now },
    ids: { ulid: () => `e${(next += 1)}`, random: () => '' },
    journal: available ? memory.journal : { ...memory.journal, commit: refuse },
    observer: { incident: (what) => void incident.push(what) },
    systemTenant: '_system',
    boot: 'boot-1',
  });
  const written = async (): Promise<unknown[]> =>
    (await memory.journal.readAll('_system', { after: 0, limit: 100 })).map(({ bytes }) => {
      const { data } = JSON.parse(Buffer.from(bytes).toString('utf8')) as { data: { method: string; count: number } };
      return [data.method, data.count];
    });
  return { record, written, incident, later: (ms: number) => void (now += ms) };
}

describe('requests of upstreams outside of any call', () => {
  it('are on record: one with the next flush, a flood of them with its count', async () => {
    const { record, written, later } = open();
    record.note('shop', 'elicitation/create');
    record.note('shop', 'made/up');
    await record.flush();
    for (let second = 0; second < 60; second += 1) {
      for (let times = 0; times < 50; times += 1) record.note('shop', 'elicitation/create');
      later(1_000);
      await record.flush();
    }
    await record.close();
    const all = (await written()) as [string, number][];
    expect(all.slice(0, 2)).toEqual([
      ['elicitation/create', 1],
      ['other', 1],
    ]);
    expect(all.length).toBeLessThanOrEqual(8);
    expect(all.slice(2).reduce((sum, [, count]) => sum + count, 0)).toBe(3_000);
  });

  it('raise an incident where they can not be recorded', async () => {
    const { record, incident } = open(false);
    record.note('shop', 'roots/list');
    await record.flush();
    expect(incident).toEqual(['audit_unavailable']);
  });
});
