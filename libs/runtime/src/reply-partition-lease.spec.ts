import { setTimeout as pause } from 'node:timers/promises';
import type { Lease, Leases } from '@sallyport/contracts';
import type { GatewayEnd } from '@sallyport/transport';
import { leaseReplyPartition } from './reply-partition-lease.ts';

/** Leases that give the slots of a list in turn, null for none; the last one given can be lost. */
function leasesOf(slots: (number | null)[]) {
  const lost = new Set<Lease>();
  const released: number[] = [];
  let last: Lease | null = null;
  const leases: Leases = {
    async take() {
      const slot = slots.shift() ?? null;
      if (slot === null) return null;
      const lease: Lease = { slot, held: () => !lost.has(lease), release: async () => void released.push(slot) };
      last = lease;
      return lease;
    },
    holders: async () => [],
  };
  return { leases, released, lose: () => void (last && lost.add(last)) };
}

function ends() {
  const joined: number[] = [];
  const stopped: number[] = [];
  const commits: number[] = [];
  const listening: number[] = [];
  const join = async (inbox: number): Promise<GatewayEnd> => {
    joined.push(inbox);
    return {
      decisions: { decide: () => Promise.reject(new Error('decides nothing')) },
      async commit() {
        commits.push(inbox);
        return { status: 'committed', first: 1 };
      },
      reloadOthers: async () => ({ reports: [], silent: [] }),
      others: { tell: () => undefined, listen: () => void listening.push(inbox) },
      ready: () => true,
      stop: async () => void stopped.push(inbox),
    };
  };
  return { joined, stopped, commits, listening, join };
}

async function until(holds: () => boolean): Promise<void> {
  for (let left = 100; left > 0 && !holds(); left -= 1) await pause(20);
  expect(holds()).toBe(true);
}

const commit = { tenant: 'shop', commandId: 'one', writes: [] };

it('waits while all partitions are taken, and says so once', async () => {
  const { leases } = leasesOf([null, null, 0]);
  const { join, joined } = ends();
  const told: string[] = [];
  const warn = (message: string) => void told.push(message);
  const end = await leaseReplyPartition({ leases, slots: 2, boot: 'b', join, decisionTimeoutMs: 10, warn });
  await end.stop();
  expect(joined).toEqual([0]);
  expect(told).toHaveLength(1);
});

it('takes another partition when its lease is lost, and leaves the old one when no call can wait there', async () => {
  const { leases, released, lose } = leasesOf([0, 3]);
  const { join, joined, stopped, commits } = ends();
  const end = await leaseReplyPartition({
    leases,
    slots: 4,
    boot: 'b',
    join,
    decisionTimeoutMs: 50,
    warn: () => undefined,
  });
  lose();
  await until(() => joined.length === 2);
  await end.commit(commit);
  await until(() => stopped.length === 1);
  await end.stop();
  expect({ joined, stopped, commits, released }).toEqual({
    joined: [0, 3],
    stopped: [0, 3],
    commits: [3],
    released: [3],
  });
});

it('stays where it is when it is given the same partition again', async () => {
  const { leases, lose } = leasesOf([1, 1]);
  const { join, joined } = ends();
  const told: string[] = [];
  const warn = (message: string) => void told.push(message);
  const end = await leaseReplyPartition({ leases, slots: 4, boot: 'b', join, decisionTimeoutMs: 50, warn });
  lose();
  await until(() => told.length === 1);
  await end.stop();
  expect(joined).toEqual([1]);
});

/** A gateway on partition 0 that lost it; `asked` says when it asks for another, and `give` gives it number 7. */
async function losing(join: (inbox: number) => Promise<GatewayEnd>) {
  const { leases, released, lose } = leasesOf([0]);
  const asked = Promise.withResolvers<void>();
  const given = Promise.withResolvers<void>();
  const take: Leases['take'] = async (request) => {
    const lease = await leases.take(request);
    if (lease !== null) return lease;
    asked.resolve();
    await given.promise;
    return { slot: 7, held: () => true, release: async () => void released.push(7) };
  };
  const parts = { slots: 8, boot: 'b', join, decisionTimeoutMs: 10, warn: () => undefined };
  const end = await leaseReplyPartition({ ...parts, leases: { ...leases, take } });
  lose();
  await asked.promise;
  return { end, released, give: () => given.resolve() };
}

it('listens to the other gateways wherever it is', async () => {
  const { join, listening } = ends();
  const { end, give } = await losing(join);
  end.others.listen(() => undefined);
  give();
  await until(() => listening.includes(7));
  expect(listening[0]).toBe(0);
  await end.stop();
});

it('keeps no partition that it is given while it stops', async () => {
  const { join, joined, stopped } = ends();
  const { end, released, give } = await losing(join);
  const stopping = end.stop();
  give();
  await stopping;
  expect([stopped.toSorted(), released]).toEqual([joined, [7]]);
});

it('stops while all partitions are taken', async () => {
  const { leases, lose } = leasesOf([0, null, null]);
  const told: string[] = [];
  const warn = (message: string) => void told.push(message);
  const { join, joined, stopped } = ends();
  const end = await leaseReplyPartition({ leases, slots: 1, boot: 'b', join, decisionTimeoutMs: 10, warn });
  lose();
  await until(() => told.length === 1);
  await end.stop();
  expect([joined, stopped]).toEqual([[0], [0]]);
});

it('gives a partition back that it can’t join at', async () => {
  const { leases, released } = leasesOf([2]);
  const join = () => Promise.reject(new Error('away'));
  const parts = { leases, slots: 4, boot: 'b', join, decisionTimeoutMs: 10, warn: () => undefined };
  await expect(leaseReplyPartition(parts)).rejects.toThrow('away');
  expect(released).toEqual([2]);
});
