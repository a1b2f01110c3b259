import { createMemoryJournal } from '@sallyport/adapter-memory';
import { type EventData, type Journal, JournalUnavailable, type Principal } from '@sallyport/contracts';
import { createAppendBudget } from '@sallyport/pipeline';
import { createAdminActs } from './admin-acts.ts';

type Acted = EventData['admin.acted'];

function open({ attempts = Infinity, journal: change = (real: Journal) => real } = {}) {
  const { journal, directory } = createMemoryJournal();
  const clock = { now: () => 0, monotonic: () => 0 };
  let next = 0;
  let left = attempts;
  const acts = createAdminActs({
    journal: change(journal),
    directory,
    clock,
    ids: { ulid: () => `e${(next += 1)}`, random: () => '' },
    observer: { incident: () => undefined },
    attempts: { take: () => (left-- > 0 ? 0 : 1_000) },
    budget: createAppendBudget(clock),
    systemTenant: '_system',
  });
  const written = async (tenant = 'shop'): Promise<Acted[]> =>
    (await journal.readAll(tenant, { after: 0, limit: 10_000 })).map(
      ({ bytes }) => (JSON.parse(Buffer.from(bytes).toString('utf8')) as { data: Acted }).data,
    );
  return { acts, written };
}

const person = (id: string): Principal => ({
  tenant: 'shop',
  subject: { id, issuer: 'i', roles: [] },
  client: null,
  expiresAt: null,
});
const refused = (id: string, at: number) =>
  ({
    tenant: 'shop',
    by: person(id),
    act: at % 2 ? 'status.read' : 'values.read',
    target: `/admin/v1/calls/${at}`,
    refused: 'needs_role',
  }) as const;
const sum = (events: readonly Acted[]): number => events.reduce((all, { count = 1 }) => all + count, 0);

describe('refused acts', () => {
  it('fill no log: the first are recorded at once, those that repeat them as one event for each act and reason', async () => {
    const { acts, written } = open();
    await acts.record(refused('mallory', 1));
    expect(await written()).toMatchObject([{ target: '/admin/v1/calls/1', allowed: false, reason: 'needs_role' }]);
    for (let at = 2; at <= 3_000; at += 1) await acts.record(refused('mallory', at));
    const single = (await written()).length;
    await acts.flush();
    const counted = (await written()).slice(single);
    expect(single).toBeLessThanOrEqual(200);
    expect(counted.map(({ act }) => act).sort()).toEqual(['status.read', 'values.read']);
    expect(counted).toMatchObject(Array(2).fill({ target: '_various', allowed: false, reason: 'needs_role' }));
    expect(sum(await written())).toBe(3_000);
  });

  it('are only counted of somebody who tried in vain too often elsewhere', async () => {
    const { acts, written } = open({ attempts: 3 });
    for (let at = 0; at < 10; at += 1) await acts.record(refused('mallory', 0));
    expect(await written()).toHaveLength(3);
    await acts.flush();
    expect((await written()).slice(3)).toMatchObject([{ act: 'values.read', count: 7 }]);
  });

  it('of a neighbour are recorded one by one, and what is allowed always is', async () => {
    const { acts, written } = open();
    for (let at = 0; at < 1_000; at += 1) await acts.record(refused('mallory', at));
    const before = (await written()).length;
    await acts.record(refused('ann', 7));
    for (let at = 0; at < 5; at += 1) await acts.record({ ...refused('mallory', at), refused: null });
    expect((await written()).slice(before)).toHaveLength(6);
  });

  it('that can not be recorded at once reject, since nobody may act unrecorded', async () => {
    const { acts } = open({
      journal: (real) => ({ ...real, commit: () => Promise.reject(new JournalUnavailable('disk full')) }),
    });
    await expect(acts.record({ ...refused('ann', 1), refused: null })).rejects.toThrow('disk full');
  });
});
