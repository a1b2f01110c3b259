import { setTimeout as pause } from 'node:timers/promises';
import { repeat } from '@sallyport/base';
import type { Lease, Leases } from '@sallyport/contracts';
import type { GatewayEnd } from '@sallyport/transport';

export interface ReplyPartitionParts {
  readonly leases: Leases;
  /** Partitions of the reply topic. */
  readonly slots: number;
  readonly boot: string;
  /** Joins the transport with this partition as the inbox. */
  readonly join: (inbox: number) => Promise<GatewayEnd>;
  /** How long a call may wait for its answer, milliseconds. */
  readonly decisionTimeoutMs: number;
  /** Told what an operator may want to read. */
  readonly warn: (message: string) => void;
}

/** A gateway that was killed gives its reply partition free after this long. */
const leaseMs = 15_000;
/** Milliseconds between looks at the lease, or for a free partition. */
const lookMs = 250;

/**
 * Takes a reply partition and joins the transport there. A gateway that lost its lease (it slept, or PostgreSQL was away for
 * longer) takes another: who holds none counts as ended, and its calls as open.
 *
 * @throws BusUnavailable, and what the leases throw
 */
export async function leaseReplyPartition(parts: ReplyPartitionParts): Promise<GatewayEnd> {
  const { decisionTimeoutMs, boot, warn } = parts;
  const ask = asking(parts);
  let lease = await takeInbox(ask);
  let end = await joinOrRelease(parts, lease);
  const left = new Set<GatewayEnd>();
  const tell = (error: unknown): void => warn(String(error));
  let look = Promise.resolve();
  const listeners: ((text: string, from: number) => void)[] = [];

  async function leaseAgain(): Promise<void> {
    const next = await ask();
    if (next === null) return;
    if (next.slot !== lease.slot) move(await joinOrRelease(parts, next));
    lease = next;
    warn(`gateway ${boot} had lost its reply partition and has number ${lease.slot} now`);
  }

  /** Calls that were sent before still have their answers sent to the old place. */
  function move(next: GatewayEnd): void {
    const old = end;
    end = next;
    for (const listener of listeners) next.others.listen(listener);
    left.add(old);
    setTimeout(() => void old.stop().then(() => left.delete(old), tell), decisionTimeoutMs).unref();
  }

  function watch(): Promise<void> {
    // While PostgreSQL is away nobody can have taken the place either.
    if (!lease.held()) look = leaseAgain().catch(() => undefined);
    return look;
  }

  const stopWatching = repeat(watch, () => lookMs, { atOnce: true });
  return {
    decisions: { decide: (envelope) => end.decisions.decide(envelope) },
    commit: (commit) => end.commit(commit),
    reloadOthers: () => end.reloadOthers(),
    others: {
      tell: (text, to) => end.others.tell(text, to),
      listen(told) {
        listeners.push(told);
        end.others.listen(told);
      },
    },
    ready: () => end.ready(),
    async stop() {
      stopWatching();
      // It may be about to join at another place.
      await look;
      await Promise.allSettled([end, ...left].map((one) => one.stop()));
      await lease.release();
    },
  };
}

async function joinOrRelease({ join }: ReplyPartitionParts, lease: Lease): Promise<GatewayEnd> {
  try {
    return await join(lease.slot);
  } catch (error) {
    await lease.release();
    throw error;
  }
}

type Ask = () => Promise<Lease | null>;

/** Asks for a free partition, and says once that there is none. */
function asking({ leases, slots, boot, warn }: ReplyPartitionParts): Ask {
  let told = false;
  return async function ask() {
    const lease = await leases.take({ name: 'reply', slots, holder: boot, ttlMs: leaseMs });
    if (lease === null && !told) warn(`all ${slots} reply partitions are taken; raise cluster.kafka.gateways for more`);
    told = lease === null;
    return lease;
  };
}

/** The newest gateways wait here while all partitions are taken: a killed one's comes free by itself. */
async function takeInbox(ask: Ask): Promise<Lease> {
  for (;;) {
    const lease = await ask();
    if (lease !== null) return lease;
    await pause(lookMs);
  }
}
