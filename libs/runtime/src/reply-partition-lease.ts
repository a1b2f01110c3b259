import { setTimeout as pause } from 'node:timers/promises';
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
  let lease = await takeInbox(parts);
  let end = await parts.join(lease.slot);
  const left = new Set<GatewayEnd>();
  const tell = (error: unknown): void => warn(String(error));
  let stopped = false;

  async function leaseAgain(): Promise<void> {
    const next = await takeInbox(parts);
    if (next.slot !== lease.slot) move(await joinOrRelease(parts, next));
    lease = next;
    warn(`gateway ${boot} had lost its reply partition and has number ${lease.slot} now`);
  }

  /** Calls that were sent before still have their answers sent to the old place. */
  function move(next: GatewayEnd): void {
    const old = end;
    end = next;
    left.add(old);
    setTimeout(() => void old.stop().then(() => left.delete(old), tell), decisionTimeoutMs).unref();
  }

  async function watch(): Promise<void> {
    while (!stopped) {
      // While PostgreSQL is away nobody can have taken the place either.
      if (!lease.held()) await leaseAgain().catch(() => undefined);
      await pause(lookMs);
    }
  }

  void watch();
  return {
    decisions: { decide: (envelope) => end.decisions.decide(envelope) },
    commit: (commit) => end.commit(commit),
    reloadOthers: () => end.reloadOthers(),
    ready: () => end.ready(),
    async stop() {
      stopped = true;
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

/** The newest gateways wait here while all partitions are taken: a killed one's comes free by itself. */
async function takeInbox({ leases, slots, boot, warn }: ReplyPartitionParts): Promise<Lease> {
  for (let told = false; ; told = true) {
    const lease = await leases.take({ name: 'reply', slots, holder: boot, ttlMs: leaseMs });
    if (lease !== null) return lease;
    if (!told) warn(`all ${slots} reply partitions are taken; raise cluster.kafka.gateways for more`);
    await pause(lookMs);
  }
}
