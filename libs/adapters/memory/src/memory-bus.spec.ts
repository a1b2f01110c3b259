import { BusUnavailable } from '@sallyport/contracts';
import { busContract, until } from '@sallyport/testing';
import { createMemoryBroker, createMemoryBus } from './memory-bus.ts';

busContract('the bus in memory', async () => {
  const broker = createMemoryBroker();
  return {
    connect: async () => broker.connect(),
    async victim({ topic, group }) {
      const client = broker.connect();
      const taken: string[] = [];
      const handle = ({ value }: { value: Uint8Array }) => {
        taken.push(Buffer.from(value).toString());
        return new Promise<void>(() => undefined);
      };
      await client.share({ topic, group, handle });
      return { taken: () => taken, kill: async () => client.crash() };
    },
    close: async () => undefined,
  };
});

describe('the broker in memory', () => {
  const record = { topic: 't', value: Buffer.from('x') };

  it('refuses while it is down, and gives what it has when it is up again', async () => {
    const broker = createMemoryBroker();
    const bus = broker.connect();
    await bus.ensure([{ topic: 't', partitions: 1 }]);
    let taken = 0;
    await bus.share({ topic: 't', group: 'g', handle: () => void taken++ });
    await bus.send(record);
    broker.down();
    expect(bus.healthy()).toBe(false);
    await expect(bus.send(record)).rejects.toThrow(BusUnavailable);
    await new Promise(setImmediate);
    expect(taken).toBe(0);
    broker.up();
    await bus.send(record);
    await until(() => taken === 2);
    expect(bus.healthy()).toBe(true);
  });

  it('gives a message twice when it is told to', async () => {
    const bus = createMemoryBus({ repeat: () => true });
    await bus.ensure([{ topic: 't', partitions: 1 }]);
    const offsets: bigint[] = [];
    await bus.share({ topic: 't', group: 'g', handle: ({ offset }) => void offsets.push(offset) });
    await bus.send(record);
    await until(() => offsets.length === 2);
    expect(offsets).toEqual([0n, 0n]);
  });
});
