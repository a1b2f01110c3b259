import type { BusMessage } from '@sallyport/contracts';
import { pause } from '../deadline.ts';
import type { Consumer, KafkaRecord } from '@platformatic/kafka';
import { type BusLog, TIMES } from '../kafka-options.ts';

const RETRY_MS = 200;
const FETCH_BYTES = 10_485_760;
const PARTITION_BYTES = 1_048_576;
const EARLIEST = -2n;
const READ_UNCOMMITTED = 0;
/** Marks a batch of the broker's own. */
const CONTROL = 0b10_0000;
/** Bit of a batch's attributes: its time is by the broker's clock. */
const LOG_APPEND_TIME = 0x08;
const UNKNOWN_EPOCH = -1;

type FetchResponse = Awaited<ReturnType<Consumer['fetch']>>;
type RecordsBatch = NonNullable<FetchResponse['responses'][number]['partitions'][number]['records']>[number];

export interface PartitionReaderOptions {
  /** A client that is in no group: its connections wait in long polls. */
  readonly consumer: Consumer;
  readonly topic: string;
  /** Given every message in order, with its timestamp in milliseconds. */
  readonly take: (message: BusMessage, timestamp: number) => void;
  readonly log: BusLog;
}

/**
 * Reads partitions from given places on, no matter who they belong to. The library's own stream can't be told to read
 * just one partition, and it gives up for good at an error that passes.
 */
export class PartitionReader {
  readonly #options: PartitionReaderOptions;
  readonly #loops = new Map<number, Promise<void>>();
  #positions = new Map<number, bigint>();
  #open = true;

  constructor(options: PartitionReaderOptions) {
    this.#options = options;
    options.consumer.topics.track(options.topic);
  }

  /** Reads these partitions from these offsets on, and no others any more. */
  read(positions: ReadonlyMap<number, bigint>): void {
    this.#positions = new Map(positions);
    if (this.#open && positions.size > 0) void this.#spread();
  }

  async stop(): Promise<void> {
    this.#open = false;
    this.#positions.clear();
    await this.#options.consumer.close(true);
  }

  /** One loop for each broker that leads a partition: a long poll at one must not delay another. */
  async #spread(): Promise<void> {
    const nodes = await this.#patiently(async () => new Set((await this.#leaders()).values()));
    for (const node of nodes ?? []) {
      if (this.#loops.has(node)) continue;
      this.#loops.set(node, this.#loop(node));
    }
  }

  /** Ends when this broker leads nothing that is read. */
  async #loop(node: number): Promise<void> {
    while (await this.#patiently(() => this.#fetch(node)));
    this.#loops.delete(node);
    if (this.#open && this.#positions.size > 0) void this.#spread();
  }

  /** Undefined when closed. */
  async #patiently<Result>(work: () => Promise<Result>): Promise<Result | undefined> {
    while (this.#open) {
      try {
        return await work();
      } catch (error) {
        if (this.#open) await this.#recover(error);
      }
    }
    return undefined;
  }

  /** The leader of every partition that is read. */
  async #leaders(): Promise<Map<number, number>> {
    const { consumer, topic } = this.#options;
    const { topics } = await consumer.metadata({ topics: [topic] });
    const partitions = topics.get(topic)?.partitions ?? [];
    return new Map([...this.#positions.keys()].map((partition) => [partition, partitions[partition]?.leader ?? -1]));
  }

  /** One long poll. False when this broker leads nothing that is read. */
  async #fetch(node: number): Promise<boolean> {
    const { consumer, topic } = this.#options;
    const leaders = await this.#leaders();
    const asked = new Map([...this.#positions].filter(([partition]) => leaders.get(partition) === node));
    const topicId = consumer.currentMetadata?.topics.get(topic)?.id;
    if (asked.size === 0 || topicId === undefined) return false;
    const partitions = [...asked].map(([partition, fetchOffset]) => ({
      partition,
      fetchOffset,
      currentLeaderEpoch: UNKNOWN_EPOCH,
      lastFetchedEpoch: UNKNOWN_EPOCH,
      partitionMaxBytes: PARTITION_BYTES,
    }));
    const response = await consumer.fetch({
      node,
      topics: [{ topicId, partitions }],
      minBytes: 1,
      maxBytes: FETCH_BYTES,
      maxWaitTime: TIMES.longPoll,
      isolationLevel: READ_UNCOMMITTED,
    });
    this.#deliver(response, asked);
    return true;
  }

  #deliver({ responses }: FetchResponse, asked: ReadonlyMap<number, bigint>): void {
    for (const { partitionIndex: partition, records } of responses.flatMap(({ partitions }) => partitions)) {
      for (const batch of records ?? []) {
        const position = this.#positions.get(partition);
        const from = asked.get(partition);
        // Taken away meanwhile, or begun elsewhere.
        if (position === undefined || from === undefined || position < from) break;
        const next = batch.firstOffset + BigInt(batch.lastOffsetDelta) + 1n;
        if (next <= position) continue;
        this.#positions.set(partition, next);
        if (!(batch.attributes & CONTROL)) this.#take(partition, batch, position);
      }
    }
  }

  /** A batch comes whole, also when it begins before the place that was asked for. */
  #take(partition: number, batch: RecordsBatch, position: bigint): void {
    const { firstOffset, firstTimestamp, maxTimestamp, attributes } = batch;
    // By the broker's clock all records of a batch have one time.
    const time = attributes & LOG_APPEND_TIME ? Number(maxTimestamp) : null;
    for (const record of batch.records) {
      const offset = firstOffset + BigInt(record.offsetDelta);
      const timestamp = time ?? Number(firstTimestamp + record.timestampDelta);
      if (offset >= position) this.#options.take(this.#message({ partition, offset, time }, record), timestamp);
    }
  }

  #message(place: Pick<BusMessage, 'partition' | 'offset' | 'time'>, { key, value, headers }: KafkaRecord): BusMessage {
    return {
      topic: this.#options.topic,
      ...place,
      key: key?.toString() ?? null,
      value: value ?? Buffer.alloc(0),
      headers: Object.fromEntries(headers.map(([name, text]) => [String(name ?? ''), String(text ?? '')])),
    };
  }

  /** Looks again where everything is: leaders move, and what was to be read may be gone. */
  async #recover(error: unknown): Promise<void> {
    const { consumer, topic, log } = this.#options;
    log('warn', 'partition read failed, retrying', { topic, error: String(error) });
    await pause(RETRY_MS);
    if (!this.#open) return;
    try {
      consumer.clearMetadata();
      const first = (await consumer.listOffsets({ topics: [topic], timestamp: EARLIEST })).get(topic) ?? [];
      const end = (await consumer.listOffsets({ topics: [topic] })).get(topic) ?? [];
      for (const [partition, position] of this.#positions) {
        const [low, high] = [first[partition], end[partition]];
        if (low === undefined || high === undefined) continue;
        if (position < low || position > high) this.#positions.set(partition, low);
      }
    } catch {
      // The next attempt says what is wrong.
    }
  }
}
