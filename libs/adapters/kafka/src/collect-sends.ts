import type { BusRecord } from '@sallyport/contracts';
import { BusUnavailable } from '@sallyport/contracts';
import { within } from './deadline.ts';

/** A broker refuses a batch above 1 MiB for one partition, whole; this leaves room for keys, headers and framing. */
const BATCH_BYTES = 800_000;
/** Requests that were given up and may still be out. Above it the broker is taken to be away, and nothing is queued. */
const GIVEN_UP = 16;

interface Waiting {
  readonly record: BusRecord;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export interface CollectSendsOptions {
  /** Sends records in one request; resolves when the broker has acknowledged all of them. */
  readonly flush: (records: readonly BusRecord[]) => Promise<unknown>;
  /** Milliseconds after which a send has failed for its caller. It may still arrive. */
  readonly timeoutMs: number;
  /** Told of each request whether it was acknowledged in time. */
  readonly heard: (ok: boolean) => void;
}

/**
 * A `send` that puts what is sent in one turn of the event loop into one request: the client libraries do not wait for
 * company, and a request for each message carries a quarter of the load.
 */
export function collectSends({ flush, timeoutMs, heard }: CollectSendsOptions): (record: BusRecord) => Promise<void> {
  let queue: Waiting[] = [];
  let givenUp = 0;

  async function request(batch: readonly Waiting[]): Promise<void> {
    const work = flush(batch.map(({ record }) => record));
    try {
      await within(timeoutMs, 'send', work);
      heard(true);
      for (const { resolve } of batch) resolve();
    } catch (error) {
      givenUp++;
      void work.catch(() => undefined).finally(() => givenUp--);
      heard(false);
      for (const { reject } of batch) reject(error);
    }
  }

  function flushTurn(): void {
    const turn = queue;
    queue = [];
    for (const batch of batches(turn)) void request(batch);
  }

  return function send(record) {
    if (givenUp >= GIVEN_UP) return Promise.reject(new BusUnavailable('send: the broker does not answer'));
    return new Promise((resolve, reject) => {
      queue.push({ record, resolve, reject });
      if (queue.length === 1) setImmediate(flushTurn);
    });
  };
}

/** Cuts a turn into requests that a broker takes, in order. */
function batches(turn: readonly Waiting[]): Waiting[][] {
  const cut: Waiting[][] = [];
  let room = 0;
  for (const waiting of turn) {
    room -= waiting.record.value.length;
    if (room < 0 || cut.length === 0) {
      cut.push([]);
      room = BATCH_BYTES - waiting.record.value.length;
    }
    cut.at(-1)?.push(waiting);
  }
  return cut;
}
