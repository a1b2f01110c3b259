import type { BusRecord } from '@sallyport/contracts';
import { BusUnavailable } from '@sallyport/contracts';
import { Late, inTime } from './deadline.ts';

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
  /** Told of each request whether it was answered in time; one that was refused says nothing of the broker's health. */
  readonly heard: (ok: boolean) => void;
}

/**
 * A `send` that puts what is sent in one turn of the event loop into one request: the client libraries do not wait for
 * company, and a request for each message carries a quarter of the load. Of one topic one request is out at a time, and
 * what is sent meanwhile goes in the next: two at once may arrive in either order.
 */
export function collectSends({ flush, timeoutMs, heard }: CollectSendsOptions): (record: BusRecord) => Promise<void> {
  let queue: Waiting[] = [];
  const busy = new Set<string>();
  let armed = false;
  let givenUp = 0;

  function arm(): void {
    if (armed || queue.length === 0) return;
    armed = true;
    setImmediate(go);
  }

  function go(): void {
    armed = false;
    while (queue.length > 0) {
      const { batch, rest } = cut(queue, busy);
      queue = rest;
      if (batch.length === 0) return;
      void request(batch);
    }
  }

  async function request(batch: readonly Waiting[]): Promise<void> {
    const topics = new Set(batch.map(({ record }) => record.topic));
    for (const topic of topics) busy.add(topic);
    const work = attempt(batch.map(({ record }) => record));
    try {
      await inTime(timeoutMs, 'send', work);
      heard(true);
      for (const { resolve } of batch) resolve();
    } catch (error) {
      for (const { reject } of batch) reject(error);
      if (error instanceof Late) giveUp(topics, work, error);
    }
    for (const topic of topics) busy.delete(topic);
    arm();
  }

  /** A library that throws at once has failed no differently. */
  async function attempt(records: readonly BusRecord[]): Promise<void> {
    await flush(records);
  }

  /** What waited behind a request without an answer has waited long enough too. */
  function giveUp(topics: ReadonlySet<string>, work: Promise<unknown>, error: Late): void {
    heard(false);
    givenUp++;
    void work.catch(() => undefined).finally(() => givenUp--);
    for (const { record, reject } of queue) if (topics.has(record.topic)) reject(error);
    queue = queue.filter(({ record }) => !topics.has(record.topic));
  }

  return function send(record) {
    if (givenUp >= GIVEN_UP) return Promise.reject(new BusUnavailable('send: the broker does not answer'));
    return new Promise((resolve, reject) => {
      queue.push({ record, resolve, reject });
      arm();
    });
  };
}

/** The next request that a broker takes, and what stays: topics that are busy, and what would make it too large. */
function cut(queue: readonly Waiting[], busy: ReadonlySet<string>): { batch: Waiting[]; rest: Waiting[] } {
  const batch: Waiting[] = [];
  const rest: Waiting[] = [];
  const held = new Set(busy);
  let room = BATCH_BYTES;
  for (const waiting of queue) {
    const { topic, value } = waiting.record;
    const fits = batch.length === 0 || value.length <= room;
    if (!fits) held.add(topic); // what comes after it in the same topic must not overtake it
    const stays = held.has(topic);
    (stays ? rest : batch).push(waiting);
    if (!stays) room -= value.length;
  }
  return { batch, rest };
}
