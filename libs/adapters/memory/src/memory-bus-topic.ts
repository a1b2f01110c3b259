import type { BusMessage, BusRecord } from '@sallyport/contracts';
import { BusUnavailable } from '@sallyport/contracts';
import type { MemoryMember } from './memory-bus-member.ts';
import { partitionOfKey } from './memory-bus-partitioner.ts';

/** A place in one partition, and whose it is. */
interface Cursor {
  readonly partition: number;
  next: number;
  owner: MemoryMember | undefined;
}

/** Members that share a topic: partition p is the p-th member's, counted round. */
class MemoryGroup {
  readonly cursors: Cursor[] = [];
  readonly #members: MemoryMember[] = [];

  join(member: MemoryMember): void {
    this.#members.push(member);
    this.spread();
  }

  /** Takes a member out. What it took and did not finish is given again only after a crash. */
  leave(member: MemoryMember, crashed: boolean): void {
    const at = this.#members.indexOf(member);
    if (at < 0) return;
    this.#members.splice(at, 1);
    for (const cursor of crashed ? this.cursors : []) {
      cursor.next = Math.min(cursor.next, member.lowest(cursor.partition) ?? cursor.next);
    }
    this.spread();
  }

  spread(): void {
    for (const cursor of this.cursors) cursor.owner = this.#members[cursor.partition % this.#members.length];
  }
}

/** Which messages a broker gives twice, and its clock. */
interface BrokerWays {
  readonly repeat: (message: BusMessage) => boolean;
  readonly now: () => number;
}

/** One topic: its logs, its groups and its inboxes. */
export class MemoryTopic {
  readonly #name: string;
  readonly #logs: BusMessage[][] = [];
  readonly #groups = new Map<string, MemoryGroup>();
  readonly #inboxes = new Set<Cursor>();
  readonly #broker: BrokerWays;
  #turn = 0;

  constructor(name: string, broker: BrokerWays) {
    this.#name = name;
    this.#broker = broker;
  }

  get partitions(): number {
    return this.#logs.length;
  }

  /** Adds partitions until there are so many; every group takes the new ones from their start. */
  grow(partitions: number): void {
    while (this.#logs.length < partitions) this.#logs.push([]);
    for (const group of this.#groups.values()) this.#fill(group, () => 0);
  }

  append({ partition, key, value, headers = {} }: BusRecord): void {
    const chosen = partition ?? this.#choose(key);
    const log = this.#log(chosen);
    const message = { topic: this.#name, partition: chosen, offset: BigInt(log.length), time: this.#broker.now() };
    log.push({ ...message, key: key ?? null, value: Buffer.from(value), headers: { ...headers } });
  }

  #choose(key: string | undefined): number {
    return key === undefined ? this.#turn++ % this.#logs.length : partitionOfKey(key, this.#logs.length);
  }

  #log(partition: number): BusMessage[] {
    const log = this.#logs[partition];
    if (!log) throw new BusUnavailable(`${this.#name} has no partition ${partition}`);
    return log;
  }

  /** A group that is new begins at the end. */
  share(name: string, member: MemoryMember): { partitions: () => number[]; leave: (crashed: boolean) => void } {
    const group = this.#groups.get(name) ?? new MemoryGroup();
    if (!this.#groups.has(name)) this.#fill(group, (log) => log.length);
    this.#groups.set(name, group);
    group.join(member);
    const mine = () => group.cursors.filter(({ owner }) => owner === member);
    return {
      partitions: () => mine().map(({ partition }) => partition),
      leave: (crashed) => group.leave(member, crashed),
    };
  }

  #fill(group: MemoryGroup, start: (log: readonly BusMessage[]) => number): void {
    for (const [partition, log] of this.#logs.entries()) {
      group.cursors[partition] ??= { partition, next: start(log), owner: undefined };
    }
    group.spread();
  }

  /** Every message of one partition from now on. */
  inbox(partition: number, owner: MemoryMember): { leave: () => void } {
    const cursor = { partition, next: this.#log(partition).length, owner };
    this.#inboxes.add(cursor);
    return { leave: () => void this.#inboxes.delete(cursor) };
  }

  /** Gives every waiting message to whose it is. */
  deliver(): void {
    for (const group of this.#groups.values()) for (const cursor of group.cursors) this.#drain(cursor);
    for (const cursor of this.#inboxes) this.#drain(cursor);
  }

  #drain(cursor: Cursor): void {
    const log = this.#log(cursor.partition);
    for (let message = log[cursor.next]; message && cursor.owner?.running; message = log[cursor.next]) {
      cursor.next++;
      cursor.owner.take(message);
      if (this.#broker.repeat(message)) cursor.owner.take({ ...message });
    }
  }
}
