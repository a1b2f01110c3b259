import type { BusMessage, Subscription } from '@sallyport/contracts';
import type { Consumer, EachBatchPayload, IHeaders, Kafka, KafkaMessage, PartitionAssigner } from 'kafkajs';
import { pause, within } from '../deadline.ts';
import { type BusLog, TIMES } from '../kafka-options.ts';
import type { Position, Progress } from '../progress.ts';
import { PATIENT } from './kafkajs-client.ts';

export interface ConsumptionOptions {
  readonly kafka: Kafka;
  readonly topic: string;
  readonly groupId: string;
  readonly progress: Progress;
  /** Where to begin a partition that was just assigned; undefined: at the group's commit. */
  readonly startOf: (partition: number) => bigint | undefined;
  /** Whether what is finished is committed. */
  readonly commits: boolean;
  readonly assigners?: PartitionAssigner[];
  readonly log: BusLog;
}

/**
 * A consumer that is begun anew whenever the library gives one up.
 *
 * @throws BusUnavailable if it has not begun in 30 s.
 */
export async function openConsumption(options: ConsumptionOptions): Promise<Subscription> {
  const consumption = new Consumption(options);
  try {
    await within(TIMES.join, `consume ${options.topic}`, consumption.start());
  } catch (error) {
    void consumption.stop();
    throw error;
  }
  return consumption;
}

class Consumption implements Subscription {
  readonly #options: ConsumptionOptions;
  #consumer: Consumer | undefined;
  #timer: NodeJS.Timeout | undefined;
  #committing: Promise<void> | undefined;
  #stopping: Promise<void> | undefined;

  constructor(options: ConsumptionOptions) {
    this.#options = options;
  }

  partitions(): readonly number[] {
    return this.#options.progress.mine;
  }

  /** Resolves when the group's places, and thus this consumption's beginning, are on record. */
  async start(): Promise<void> {
    await this.#begin();
    if (!this.#options.commits) return;
    await this.#commit('finished');
    this.#timer = setInterval(() => this.#commitLater(), TIMES.commit).unref();
  }

  async #begin(): Promise<void> {
    const { kafka, groupId, topic, assigners } = this.#options;
    const consumer = kafka.consumer({
      groupId,
      sessionTimeout: TIMES.session,
      heartbeatInterval: TIMES.heartbeat,
      rebalanceTimeout: TIMES.rebalance,
      metadataMaxAge: TIMES.metadata,
      minBytes: 1,
      maxWaitTimeInMs: TIMES.longPoll,
      allowAutoTopicCreation: false,
      retry: PATIENT,
      ...(assigners ? { partitionAssigners: assigners } : {}),
    });
    this.#consumer = consumer;
    const joined = this.#joins(consumer);
    await consumer.connect();
    // What has no place yet was made after the group: a new partition is read from its start.
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    await consumer.run({ autoCommit: false, eachBatch: (batch) => this.#take(batch) });
    await joined;
  }

  /** Resolves at the first join; a crash before it rejects, and one after it begins anew. */
  #joins(consumer: Consumer): Promise<void> {
    let began = false;
    const joined = new Promise<void>((resolve, reject) => {
      consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
        began = true;
        this.#assigned(consumer, payload.memberAssignment[this.#options.topic] ?? []);
        resolve();
      });
      consumer.on(consumer.events.CRASH, ({ payload }) => {
        if (began) void this.#again(payload.error);
        else reject(payload.error);
      });
    });
    joined.catch(() => undefined); // also when an earlier step has failed and no one waits
    return joined;
  }

  #assigned(consumer: Consumer, partitions: readonly number[]): void {
    const { topic, progress, startOf } = this.#options;
    if (this.#stopping) return;
    progress.assign(partitions);
    for (const partition of partitions) {
      const offset = startOf(partition);
      if (offset !== undefined) consumer.seek({ topic, partition, offset: `${offset}` });
    }
  }

  async #take({ batch, isStale }: EachBatchPayload): Promise<void> {
    for (const message of batch.messages) {
      if (isStale()) return;
      this.#options.progress.take(toBusMessage(batch, message), Number(message.timestamp));
    }
  }

  /** Begins anew until it works or is stopped. */
  async #again(error: unknown): Promise<void> {
    const { log, topic } = this.#options;
    while (!this.#stopping) {
      log('warn', 'a consumer failed and is begun anew', { topic, error: String(error) });
      await pause(TIMES.restart);
      if (this.#stopping) return;
      try {
        return await this.#begin();
      } catch (again) {
        error = again;
        await this.#consumer?.disconnect().catch(() => undefined);
      }
    }
  }

  #commitLater(): void {
    this.#committing ??= this.#commit('finished')
      .catch((error) => this.#options.log('warn', 'a commit failed', { error: String(error) }))
      .finally(() => (this.#committing = undefined));
  }

  async #commit(upTo: 'finished' | 'taken', mine = this.partitions()): Promise<void> {
    const { progress, topic } = this.#options;
    const positions = progress.positions(upTo, mine);
    if (positions.length === 0) return;
    await this.#consumer?.commitOffsets(positions.map((position) => toCommit(topic, position)));
    progress.committed(positions);
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#leave();
    return this.#stopping;
  }

  /** What was taken will be finished here, so it is committed at once, and the group need not wait for the work. */
  async #leave(): Promise<void> {
    const { progress, commits, log } = this.#options;
    const mine = this.partitions();
    progress.shut();
    clearInterval(this.#timer);
    const goodbye = async () => {
      await this.#committing;
      if (commits) await this.#commit('taken', mine);
    };
    const complain = (error: unknown) => log('warn', 'a consumer left without a word', { error: String(error) });
    await within(TIMES.leave, 'commit', goodbye()).catch(complain);
    await within(TIMES.leave, 'leave', this.#consumer?.disconnect() ?? Promise.resolve()).catch(complain);
    await progress.settled();
  }
}

function toCommit(topic: string, { partition, offset }: Position) {
  return { topic, partition, offset: `${offset}` };
}

function toBusMessage({ topic, partition }: { topic: string; partition: number }, message: KafkaMessage): BusMessage {
  return {
    topic,
    partition,
    offset: BigInt(message.offset),
    key: message.key?.toString() ?? null,
    value: message.value ?? Buffer.alloc(0),
    headers: toHeaders(message.headers),
  };
}

/** Of a header that came several times the last counts. */
function toHeaders(headers: IHeaders = {}): Record<string, string> {
  const last = (value: IHeaders[string]) => (Array.isArray(value) ? value.at(-1) : value);
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, last(value)?.toString() ?? '']));
}
