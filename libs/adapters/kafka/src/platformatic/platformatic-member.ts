import { Consumer } from '@platformatic/kafka';
import type { Member } from '../consumption.ts';
import { inTime, pause } from '../deadline.ts';
import { type BusLog, type KafkaOptions, TIMES } from '../kafka-options.ts';
import type { Position, Progress } from '../partition-progress.ts';
import { PartitionReader } from './partition-reader.ts';
import { baseOptions } from './platformatic-client.ts';

const RETRY_MS = 200;
/** Shorter than a stop waits: the connections are closed after it. */
const LEAVE_MS = TIMES.leave / 3;
const EARLIEST = -2n;
const UNKNOWN_EPOCH = -1;

export interface PlatformaticMemberOptions {
  readonly client: KafkaOptions;
  readonly topic: string;
  readonly groupId: string;
  readonly progress: Progress;
  /** Where to begin a partition in which the group has no place; undefined: at its first message. */
  readonly startOf: (partition: number) => bigint | undefined;
  readonly log: BusLog;
}

/** A client that is in no group, for questions and for reading. */
export function openReader(client: KafkaOptions, groupId: string): Consumer {
  const consumer = new Consumer({ ...baseOptions(client, TIMES.rebalance), groupId });
  consumer.on('error', () => undefined); // the caller is told of every failure, too
  return consumer;
}

/** One membership of a group, from its join until it fails or leaves. */
export async function joinByPlatformatic(
  options: PlatformaticMemberOptions,
  failed: (error: unknown) => void,
): Promise<Member> {
  const member = new PlatformaticMember(options);
  try {
    await member.join();
  } catch (error) {
    await member.leave();
    throw error;
  }
  member.watch(failed);
  return member;
}

/** Two clients: one keeps the membership, and the other waits in long polls that must not delay a heartbeat. */
class PlatformaticMember implements Member {
  readonly #options: PlatformaticMemberOptions;
  readonly #consumer: Consumer;
  readonly #reader: PartitionReader;
  readonly #reading = Promise.withResolvers<void>();
  readonly #broken = Promise.withResolvers<unknown>();
  #left = false;
  #joins = 0;

  constructor(options: PlatformaticMemberOptions) {
    const { client, topic, groupId, progress, log } = options;
    this.#options = options;
    this.#consumer = new Consumer({
      ...baseOptions(client, 2 * TIMES.rebalance), // a join is answered when the others have joined too
      groupId,
      sessionTimeout: TIMES.session,
      heartbeatInterval: TIMES.heartbeat,
      rebalanceTimeout: TIMES.rebalance,
      heartbeatStallTimeout: TIMES.rebalance,
    });
    this.#reader = new PartitionReader({
      consumer: openReader(client, groupId),
      topic,
      take: (message, timestamp) => progress.take(message, timestamp),
      log,
    });
  }

  /** Resolves when it reads what it was assigned. */
  async join(): Promise<void> {
    const consumer = this.#consumer;
    consumer.on('error', (error: unknown) => this.#fail(error));
    consumer.on('consumer:heartbeat:stalled', ({ lastError }) => this.#fail(lastError ?? new Error('no heartbeat')));
    consumer.on('consumer:group:join', () => void this.#assigned());
    consumer.topics.track(this.#options.topic);
    await consumer.joinGroup({});
    await Promise.race([this.#reading.promise, this.#broken.promise.then((error) => Promise.reject(error))]);
  }

  /** Tells once what ends this membership, also what ended it since it began. */
  watch(failed: (error: unknown) => void): void {
    void this.#broken.promise.then(failed);
  }

  #fail(error: unknown): void {
    if (!this.#left) this.#broken.resolve(error);
  }

  /** Reads on at the group's places. They are asked for at every join: a partition may have been elsewhere meanwhile. */
  async #assigned(): Promise<void> {
    const { topic, groupId, progress, log } = this.#options;
    const join = ++this.#joins;
    const current = () => !this.#left && join === this.#joins;
    const assignment = this.#consumer.assignments?.find((candidate) => candidate.topic === topic);
    const partitions = assignment?.partitions ?? [];
    this.#reader.read(new Map());
    progress.assign(partitions);
    while (current()) {
      try {
        const places = await placesOf(this.#consumer, this.#options, partitions);
        if (!current()) return;
        this.#reader.read(places);
        this.#reading.resolve();
        return;
      } catch (error) {
        log('warn', 'committed offsets of the group are not known yet', { topic, groupId, error: String(error) });
        await pause(RETRY_MS);
      }
    }
  }

  commit(positions: readonly Position[]): Promise<void> {
    const { topic } = this.#options;
    const offsets = positions.map((position) => ({ topic, ...position, leaderEpoch: UNKNOWN_EPOCH }));
    return this.#consumer.commit({ offsets });
  }

  async leave(): Promise<void> {
    this.#left = true;
    // `close` by itself lets a join that is under way come to its end, and its heartbeat then beats for ever.
    const left = new Promise<void>((resolve) => this.#consumer.leaveGroup(true, () => resolve()));
    await inTime(LEAVE_MS, 'leave', left).catch(() => undefined);
    await Promise.allSettled([this.#consumer.close(true), this.#reader.stop()]);
  }
}

async function placesOf(
  consumer: Consumer,
  { topic, startOf }: PlatformaticMemberOptions,
  partitions: readonly number[],
): Promise<Map<number, bigint>> {
  if (partitions.length === 0) return new Map();
  const committed = await committedOf(consumer, topic, partitions);
  const missing = partitions.filter((partition) => !committed.has(partition));
  const first = missing.some((partition) => startOf(partition) === undefined)
    ? (await consumer.listOffsets({ topics: [topic], timestamp: EARLIEST })).get(topic)
    : undefined;
  for (const partition of missing) committed.set(partition, startOf(partition) ?? first?.[partition] ?? 0n);
  return committed;
}

/** The group's places; a partition in which it has none is not in it. */
export async function committedOf(
  consumer: Consumer,
  topic: string,
  partitions: readonly number[],
): Promise<Map<number, bigint>> {
  const asked = await consumer.listCommittedOffsets({ topics: [{ topic, partitions: [...partitions] }] });
  const places = asked.get(topic) ?? [];
  const entries = partitions.map((partition): [number, bigint] => [partition, places[partition] ?? -1n]);
  return new Map(entries.filter(([, offset]) => offset >= 0n));
}
