import type { Bus, Journal, Observer, RelayMarks } from '@sallyport/contracts';
import { createWakeSignal, thrownText } from '@sallyport/base';
import { batchOf } from './batch.ts';
import { feedRecord } from './feed-record.ts';

export interface TenantRelayParts {
  readonly journal: Pick<Journal, 'readAll'>;
  readonly marks: Pick<RelayMarks, 'advance'>;
  readonly bus: Pick<Bus, 'send'>;
  readonly topic: string;
  readonly observer: Pick<Observer, 'incident'>;
  /** Most events that go out together. */
  readonly batch: number;
  /**
   * Pause after each batch, in which the next one gathers: reading, sending and marking one event costs what a hundred do.
   * Twice as long each time that nothing came, up to fifty-fold while something is away.
   */
  readonly idleMs: number;
  /** Milliseconds until somebody else looks whether there is anything: a pause that would be longer ends the relaying. */
  readonly lookMs: number;
}

/** The relaying of one tenant. Each has its own, so that a slow one holds up nobody else. */
export interface TenantRelay {
  /** Looks into the journal now. */
  wake(): void;
  /** Finishes the batch in hand. */
  stop(): Promise<void>;
}

/** How far a tenant's relay is: `marked` <= `sent`, each a sequence. */
export interface Position {
  marked: number;
  sent: number;
}

/**
 * Relays what a tenant has behind `at`, which it moves, until nothing comes any more or it is stopped. The mark follows the
 * acknowledgements, never the other way round: what a crash leaves in between is sent again.
 *
 * @param work.quiet is called when nothing came for a while; nothing is relayed after that
 */
export function openTenantRelay(
  parts: TenantRelayParts,
  { tenant, at, quiet }: { readonly tenant: string; readonly at: Position; readonly quiet: () => void },
): TenantRelay {
  const { observer, batch, idleMs, lookMs } = parts;
  const wake = createWakeSignal();
  let open = true;
  let most = batch;
  let pauseMs = idleMs;
  let failures = 0;
  let called = false;

  async function advance(): Promise<Relayed | 'failed'> {
    try {
      const relayed = await relayOnce(parts, tenant, { at, most });
      failures = 0;
      most = Math.min(most * 2, batch);
      return relayed;
    } catch (error) {
      if (failures++ === 0) observer.incident('feed_stalled', `${tenant}: ${thrownText(error)}`);
      // A batch that the broker refuses for its size must become small enough.
      most = Math.max(1, most >> 1);
      await wake.rest(Math.min(idleMs * 2 ** failures, idleMs * 50));
      return 'failed';
    }
  }

  async function run(): Promise<void> {
    while (open) {
      called = false;
      const relayed = await advance();
      if (relayed === 'all') {
        pauseMs = idleMs;
        await wake.rest(idleMs);
      } else if (relayed === 'nothing') {
        await wake.sleep(pauseMs);
        pauseMs = called ? idleMs : pauseMs * 2;
        open &&= pauseMs < lookMs;
      }
    }
    // In the turn in which it saw that nobody called: who calls later must find that it is gone.
    quiet();
  }

  const running = run();
  return {
    wake() {
      called = true;
      wake.ring();
    },
    async stop() {
      open = false;
      wake.close();
      await running;
    },
  };
}

/** What a batch held: all that there was, a part of it, or nothing. */
type Relayed = 'all' | 'part' | 'nothing';

/** One batch, all the way. Moves `at` as far as it comes. */
async function relayOnce(
  { journal, marks, bus, topic }: TenantRelayParts,
  tenant: string,
  { at, most }: { readonly at: Position; readonly most: number },
): Promise<Relayed> {
  // Sent before, and the mark could not be moved then: that alone is made up for, so that nothing goes out over and over.
  if (at.marked < at.sent) await mark();
  const found = await journal.readAll(tenant, { after: at.sent, limit: most });
  const events = batchOf(found, at.sent);
  if (events.length === 0) return 'nothing';
  const records = events.map((event) => feedRecord(event, topic));
  // In one turn of the event loop, so that they are one request. All are waited for, so that none of a failed batch
  // arrives in the middle of the next one.
  const answers = await Promise.allSettled(records.map((record) => bus.send(record)));
  const failed = answers.find(({ status }) => status === 'rejected');
  if (failed?.status === 'rejected') throw failed.reason;
  at.sent += events.length;
  await mark();
  return events.length < found.length || found.length === most ? 'part' : 'all';

  async function mark(): Promise<void> {
    await marks.advance(tenant, at.sent);
    at.marked = at.sent;
  }
}
