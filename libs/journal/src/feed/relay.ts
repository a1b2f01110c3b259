import type { RelayMarks, TenantList } from '@sallyport/contracts';
import { atMost, createWakeSignal, thrownText } from '@sallyport/base';
import { createGrowth } from '../growth.ts';
import { type Position, type TenantRelay, type TenantRelayParts, openTenantRelay } from './tenant-relay.ts';

export interface RelayParts extends Omit<TenantRelayParts, 'marks' | 'batch' | 'idleMs' | 'lookMs'> {
  readonly tenants: Pick<TenantList, 'sizes'>;
  readonly marks: RelayMarks;
  /** Most events of a tenant that go out together. */
  readonly batch?: number;
  /** Milliseconds between looks at a tenant that is busy; all others share one look in ten times that. */
  readonly idleMs?: number;
}

/** Carries the journal out to the feed's topic. */
export interface Relay {
  start(): void;
  /** Finishes what is in hand: sent, acknowledged, marked. Can be started again. */
  stop(): Promise<void>;
  /** Something was committed: a tenant that has been quiet is looked at now, a busy one at its next turn. */
  wake(tenant: string): void;
}

/**
 * Sends every event of every tenant to `topic`, in the order of the log, and marks how far it came. What a crash leaves
 * between acknowledgement and mark goes out twice; nothing is left out. Two relays of one journal do no harm, they send twice.
 */
export function createRelay({ batch = 500, idleMs = 50, ...parts }: RelayParts): Relay {
  let current: Run | null = null;
  let stopped = Promise.resolve();

  return {
    start() {
      current ??= run({ ...parts, batch, idleMs }, stopped);
    },
    async stop() {
      if (current) stopped = current.stop();
      current = null;
      await stopped;
    },
    wake: (tenant) => current?.wake(tenant),
  };
}

/** Questions to the journal at a time: after a while without a relay all tenants may be behind, and commits need answers, too. */
const QUESTIONS = 4;

/** From one start to its stop. */
type Run = Pick<Relay, 'wake' | 'stop'>;

function run(parts: Required<RelayParts>, before: Promise<void>): Run {
  const { tenants, journal, marks, observer, idleMs } = parts;
  const ask = atMost(QUESTIONS);
  const asking = {
    journal: { readAll: (...asked: Parameters<typeof journal.readAll>) => ask(() => journal.readAll(...asked)) },
    marks: { advance: (...asked: Parameters<typeof marks.advance>) => ask(() => marks.advance(...asked)) },
  };
  const lookMs = idleMs * 10;
  const growth = createGrowth(tenants);
  const positions = new Map<string, Position>();
  /** Of the tenants for which there is something to do, or was a moment ago. */
  const relays = new Map<string, TenantRelay>();
  const wake = createWakeSignal();
  let running = true;
  let failing = false;

  function relay(tenant: string, at: Position): void {
    const known = relays.get(tenant);
    if (known) return known.wake();
    relays.set(
      tenant,
      openTenantRelay({ ...parts, ...asking, lookMs }, { tenant, at, quiet: () => relays.delete(tenant) }),
    );
  }

  /** Has each log relayed that is longer than what was sent. Marks are read as late as that: another relay may have come further. */
  async function findWork(): Promise<void> {
    let stored: ReadonlyMap<string, number> | undefined;
    await growth.each(async (tenant, size) => {
      const mark = positions.has(tenant) ? 0 : ((stored ??= await marks.read()).get(tenant) ?? 0);
      const at = positions.get(tenant) ?? { marked: mark, sent: mark };
      positions.set(tenant, at);
      if (running && size > at.sent) relay(tenant, at);
    });
  }

  async function follow(): Promise<void> {
    await before;
    while (running) {
      try {
        await findWork();
        failing = false;
      } catch (error) {
        if (!failing) observer.incident('feed_stalled', thrownText(error));
        failing = true;
      }
      await (failing ? wake.rest(idleMs * 20) : wake.sleep(lookMs));
    }
  }

  const following = follow();
  return {
    wake(tenant) {
      const at = positions.get(tenant);
      if (at === undefined) wake.ring();
      else if (running) relay(tenant, at);
    },
    async stop() {
      running = false;
      wake.close();
      await following;
      await Promise.all([...relays.values()].map((one) => one.stop()));
    },
  };
}
