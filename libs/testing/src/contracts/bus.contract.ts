import { randomUUID } from 'node:crypto';
import type { Bus, BusMessage } from '@sallyport/contracts';
import { BusUnavailable } from '@sallyport/contracts';
import { type BusUnderTest, freshTopic, rest, stream, taker, text, until } from './bus.fixture.ts';

export type { BusUnderTest, BusVictim } from './bus.fixture.ts';

const PARTITIONS = 6;
/** The partition of six that a key goes to in every client: murmur2, and the examples of Kafka's own tests of it. */
const KEYS = [
  ['21', 0],
  ['foobar', 0],
  ['abc', 3],
  ['a-little-bit-long-string', 2],
  ['a-little-bit-longer-string', 5],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', 5],
  ['né', 3],
] as const;

/** What every `Bus` must do. `open` gives a broker that is up. */
export function busContract(name: string, open: () => Promise<BusUnderTest>): void {
  describe(`${name} keeps the bus's contract`, () => {
    let broker: BusUnderTest;
    let bus: Bus;
    const clients: Bus[] = [];

    async function connect(): Promise<Bus> {
      const client = await broker.connect();
      clients.push(client);
      return client;
    }

    beforeAll(async () => {
      broker = await open();
    }, 120_000);

    beforeEach(async () => {
      bus = await connect();
    }, 30_000);

    afterEach(async () => {
      await Promise.all(clients.splice(0).map((client) => client.close()));
    }, 30_000);

    afterAll(() => broker.close());

    describe('refuses', () => {
      it('a topic that is not there', async () => {
        const topic = `test.${randomUUID()}`;
        const handle = () => undefined;
        await expect(bus.send({ topic, value: Buffer.from('x') })).rejects.toThrow(BusUnavailable);
        await expect(bus.partitionsOf(topic)).rejects.toThrow(BusUnavailable);
        await expect(bus.share({ topic, group: 'g', handle })).rejects.toThrow(BusUnavailable);
      }, 60_000);

      it('an inbox on a partition that is not there', async () => {
        const topic = await freshTopic(bus, 2);
        await expect(bus.inbox({ topic, partition: 2, handle: () => undefined })).rejects.toThrow(BusUnavailable);
      }, 30_000);

      it('to send once it is closed', async () => {
        const topic = await freshTopic(bus, 1);
        await bus.close();
        await expect(bus.send({ topic, value: Buffer.from('x') })).rejects.toThrow(BusUnavailable);
      }, 30_000);
    });

    it('makes missing topics, grows small ones, and leaves the others', async () => {
      const topic = await freshTopic(bus, 2);
      await bus.ensure([{ topic, partitions: 3 }]);
      await bus.ensure([{ topic, partitions: 1 }]);
      expect(await bus.partitionsOf(topic)).toBe(3);
      expect(bus.healthy()).toBe(true);
    }, 30_000);

    it('carries key, headers, any bytes and an empty value', async () => {
      const topic = await freshTopic(bus, 2);
      const { messages, handle } = taker();
      await bus.inbox({ topic, partition: 1, handle });
      const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
      await bus.send({ topic, partition: 1, value: bytes.subarray(1), headers: { a: 'é', b: '' } });
      await bus.send({ topic, partition: 1, key: 'k', value: new Uint8Array() });
      await until(() => messages.length === 2);
      expect(messages.map(({ key, headers, partition }) => ({ key, headers, partition }))).toEqual([
        { key: null, headers: { a: 'é', b: '' }, partition: 1 },
        { key: 'k', headers: {}, partition: 1 },
      ]);
      expect(messages.map(({ value }) => [...value])).toEqual([[...bytes.subarray(1)], []]);
    }, 30_000);

    it('says when the broker took a message, where the topic keeps that', async () => {
      const topic = await freshTopic(bus, 1, { 'message.timestamp.type': 'LogAppendTime' });
      const { messages, handle } = taker();
      await bus.inbox({ topic, partition: 0, handle });
      for (const value of ['a', 'b']) {
        await bus.send({ topic, partition: 0, value: Buffer.from(value) });
        await rest(20);
      }
      await until(() => messages.length === 2);
      const [first = 0, second = 0] = messages.map(({ time }) => Number(time));
      expect(second).toBeGreaterThan(first);
      expect(Math.abs(second - Date.now())).toBeLessThan(60_000);
    }, 30_000);

    it('sends a key to the partition that every other client sends it to', async () => {
      const topic = await freshTopic(bus, PARTITIONS);
      const { messages, handle } = taker();
      await bus.share({ topic, group: topic, handle });
      await Promise.all(KEYS.map(([key]) => bus.send({ topic, key, value: Buffer.from(key) })));
      await until(() => messages.length === KEYS.length);
      const found = new Map(messages.map(({ key, partition }) => [key, partition]));
      expect([...KEYS].map(([key]) => [key, found.get(key)])).toEqual(KEYS);
    }, 30_000);

    it('keeps the order of a key', async () => {
      const topic = await freshTopic(bus, PARTITIONS);
      const { messages, handle } = taker();
      await bus.share({ topic, group: topic, handle });
      const keys = ['a', 'b', 'c'];
      const sent: Promise<void>[] = [];
      for (let n = 0; n < 300; n++) {
        sent.push(bus.send({ topic, key: keys[n % 3] ?? '', value: Buffer.from(`${n}`) }));
        if (n % 20 === 0) await rest(0);
      }
      await Promise.all(sent);
      await until(() => messages.length === 300);
      for (const key of keys) {
        const numbers = messages.filter((message) => message.key === key).map(({ value }) => Number(text(value)));
        expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
      }
    }, 30_000);

    it('gives 200 messages that are sent at once 200 places, and all arrive', async () => {
      const topic = await freshTopic(bus, 3);
      const { messages, values, handle } = taker();
      await bus.share({ topic, group: topic, handle });
      const sent = Array.from({ length: 200 }, (_, n) => `${n}`);
      await Promise.all(sent.map((value) => bus.send({ topic, value: Buffer.from(value) })));
      await until(() => messages.length >= 200);
      expect(new Set(messages.map(({ partition, offset }) => `${partition}/${offset}`)).size).toBe(200);
      expect(values().sort()).toEqual(sent.sort());
    }, 30_000);

    it('takes more in one turn than one batch holds', async () => {
      const topic = await freshTopic(bus, 1);
      const { messages, handle } = taker();
      await bus.share({ topic, group: topic, handle });
      await Promise.all(Array.from({ length: 8 }, () => bus.send({ topic, value: Buffer.alloc(300_000) })));
      await until(() => messages.length === 8);
    }, 30_000);

    it('shares each message to one member of a group, and gives every group all', async () => {
      const topic = await freshTopic(bus, PARTITIONS);
      const [one, two, other] = [taker(), taker(), taker()];
      const first = await bus.share({ topic, group: `${topic}.a`, handle: one.handle });
      const second = await (await connect()).share({ topic, group: `${topic}.a`, handle: two.handle });
      await (await connect()).share({ topic, group: `${topic}.b`, handle: other.handle });
      await until(() => first.partitions().length === 3 && second.partitions().length === 3);
      const all = [...first.partitions(), ...second.partitions()].sort();
      expect(all).toEqual([0, 1, 2, 3, 4, 5]);
      const sent = Array.from({ length: 60 }, (_, n) => `${n}`);
      await Promise.all(sent.map((value, n) => bus.send({ topic, partition: n % 6, value: Buffer.from(value) })));
      await until(() => one.messages.length + two.messages.length >= 60 && other.messages.length >= 60);
      expect([one.messages.length, two.messages.length]).toEqual([30, 30]);
      expect([...one.values(), ...two.values()].sort()).toEqual([...sent].sort());
      expect(other.values().sort()).toEqual([...sent].sort());
    }, 60_000);

    it('begins a new group at the end, and an old one where it was', async () => {
      const topic = await freshTopic(bus, 1);
      const [before, after] = [taker(), taker()];
      await bus.send({ topic, value: Buffer.from('before') });
      const first = await bus.share({ topic, group: topic, handle: before.handle });
      await first.stop();
      await bus.send({ topic, value: Buffer.from('meanwhile') });
      await bus.share({ topic, group: topic, handle: after.handle });
      await bus.send({ topic, value: Buffer.from('after') });
      await until(() => after.messages.length === 2);
      expect([...before.values(), ...after.values()]).toEqual(['meanwhile', 'after']);
    }, 30_000);

    it('gives what a killed client did not finish to another', async () => {
      const topic = await freshTopic(bus, 2);
      const victim = await broker.victim({ topic, group: topic });
      const sent = Array.from({ length: 20 }, (_, n) => `${n}`);
      await Promise.all(sent.map((value, n) => bus.send({ topic, partition: n % 2, value: Buffer.from(value) })));
      await until(() => victim.taken().length === 20);
      await rest(500); // longer than the time between two commits
      await victim.kill();
      const { values, handle } = taker();
      await bus.share({ topic, group: topic, handle });
      await until(() => values().length >= 20, 30_000);
      expect([...new Set(values())].sort()).toEqual([...sent].sort());
    }, 90_000);

    it('neither loses nor doubles anything when a member stops while messages flow', async () => {
      const topic = await freshTopic(bus, PARTITIONS);
      const taken: string[] = [];
      const slow = async ({ value }: BusMessage) => {
        taken.push(text(value));
        await rest(100);
      };
      const going = await (await connect()).share({ topic, group: topic, handle: slow });
      const staying = await (await connect()).share({ topic, group: topic, handle: slow });
      await until(() => going.partitions().length === 3 && staying.partitions().length === 3);
      const flow = stream(bus, topic);
      await until(() => flow.acked.length > 150);
      await going.stop();
      await until(() => staying.partitions().length === PARTITIONS);
      const more = flow.acked.length + 50;
      await until(() => flow.acked.length > more);
      await flow.stop();
      const all = () => new Set(taken);
      await until(() => flow.acked.every((value) => all().has(value)));
      await rest(300);
      expect(taken.length).toBe(all().size);
    }, 60_000);

    it('loses nothing when a member joins while messages flow', async () => {
      const topic = await freshTopic(bus, PARTITIONS);
      const [one, two] = [taker(), taker()];
      await (await connect()).share({ topic, group: topic, handle: one.handle });
      const flow = stream(bus, topic);
      await until(() => one.messages.length > 50);
      await (await connect()).share({ topic, group: topic, handle: two.handle });
      await until(() => two.messages.length > 50);
      await flow.stop();
      const all = () => new Set([...one.values(), ...two.values()]);
      await until(() => flow.acked.every((value) => all().has(value)));
      expect(new Set(one.messages.map(({ partition, offset }) => `${partition}/${offset}`)).size).toBe(
        one.messages.length,
      );
    }, 60_000);

    it('gives an inbox its partition alone, from now on, no matter who else reads it', async () => {
      const topic = await freshTopic(bus, 3);
      await bus.send({ topic, partition: 1, value: Buffer.from('before') });
      const [mine, same, other] = [taker(), taker(), taker()];
      const inbox = await bus.inbox({ topic, partition: 1, handle: mine.handle });
      const client = await connect();
      await client.inbox({ topic, partition: 1, handle: same.handle });
      await client.inbox({ topic, partition: 2, handle: other.handle });
      expect(inbox.partitions()).toEqual([1]);
      for (let n = 0; n < 30; n++) await bus.send({ topic, partition: n % 3, value: Buffer.from(`${n}`) });
      await until(() => [mine, same, other].every(({ messages }) => messages.length >= 10));
      await rest(200);
      const ofPartition = (partition: number) => Array.from({ length: 10 }, (_, n) => `${n * 3 + partition}`);
      expect([mine.values(), same.values(), other.values()]).toEqual([1, 1, 2].map(ofPartition));
    }, 30_000);

    it('takes nothing after a stop, which waits for what was taken', async () => {
      const topic = await freshTopic(bus, 1);
      const finished: string[] = [];
      const gate = Promise.withResolvers<void>();
      const handle = async ({ value }: BusMessage) => {
        await gate.promise;
        finished.push(text(value));
      };
      const subscription = await bus.share({ topic, group: topic, handle });
      await bus.send({ topic, value: Buffer.from('taken') });
      await rest(1_000);
      let stopped = false;
      const stopping = subscription.stop().then(() => (stopped = true));
      await rest(1_000);
      await bus.send({ topic, value: Buffer.from('late') });
      expect([stopped, finished, subscription.partitions()]).toEqual([false, [], []]);
      gate.resolve();
      await stopping;
      await subscription.stop();
      await rest(700);
      expect(finished).toEqual(['taken']);
    }, 30_000);

    it('goes on after a handler that throws, rejects or never ends', async () => {
      const topic = await freshTopic(bus, 1);
      const { values, handle } = taker();
      const gate = Promise.withResolvers<void>();
      const works: Record<string, () => Promise<void>> = {
        throw: () => {
          throw new Error('poison');
        },
        reject: () => Promise.reject(new Error('poison')),
        hang: () => gate.promise,
        good: () => Promise.resolve(),
      };
      await bus.share({
        topic,
        group: topic,
        handle(message) {
          handle(message);
          return works[text(message.value)]?.();
        },
      });
      for (const value of Object.keys(works)) await bus.send({ topic, value: Buffer.from(value) });
      await until(() => values().length === 4);
      expect(values()).toEqual(Object.keys(works));
      gate.resolve();
    }, 30_000);
  });
}
