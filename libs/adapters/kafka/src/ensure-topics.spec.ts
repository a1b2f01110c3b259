import { BusUnavailable } from '@sallyport/contracts';
import { jest } from '@jest/globals';
import type { Admin as PlatformaticAdmin } from '@platformatic/kafka';
import { ProtocolError } from '@platformatic/kafka';
import type { Admin as KafkajsAdmin } from 'kafkajs';
import kafkajs from 'kafkajs';
import * as byKafkajs from './kafkajs/kafkajs-admin.ts';
import * as byPlatformatic from './platformatic/platformatic-admin.ts';

/** A broker that answers the first questions with a failure, and then knows its topics. */
class Broker {
  readonly topics = new Map<string, number>();
  readonly asked: string[] = [];
  private readonly failing: number;
  private readonly failure: () => Error;

  constructor(failing: number, failure: () => Error) {
    this.failing = failing;
    this.failure = failure;
  }

  async answer<Answer>(question: string, give: () => Answer): Promise<Answer> {
    this.asked.push(question);
    if (this.asked.filter((one) => one === question).length <= this.failing) throw this.failure();
    return give();
  }
}

type Ensure = (broker: Broker) => Promise<void>;
const specs = [
  { topic: 'new', partitions: 3 },
  { topic: 'small', partitions: 2 },
];

const kafkajsEnsure: Ensure = (broker) => {
  const admin: Partial<KafkajsAdmin> = {
    listTopics: () => broker.answer('list', () => [...broker.topics.keys()]),
    createTopics: ({ topics }) =>
      broker.answer('create', () => {
        for (const { topic, numPartitions = 1 } of topics) broker.topics.set(topic, numPartitions);
        return true;
      }),
    createPartitions: ({ topicPartitions }) =>
      broker.answer('grow', () => {
        for (const { topic, count } of topicPartitions) broker.topics.set(topic, count);
        return true;
      }),
    fetchTopicOffsets: (topic) =>
      broker.answer('offsets', () =>
        Array.from({ length: broker.topics.get(topic) ?? 0 }, (_, partition) => ({
          partition,
          offset: '0',
          high: '0',
          low: '0',
        })),
      ),
  };
  return byKafkajs.ensureTopics(admin as KafkajsAdmin, specs, 1);
};

const platformaticEnsure: Ensure = (broker) => {
  const admin = {
    listTopics: () => broker.answer('list', () => [...broker.topics.keys()]),
    createTopics: ({ topics: [topic = ''], partitions = 1 }: { topics: string[]; partitions?: number }) =>
      broker.answer('create', () => void broker.topics.set(topic, partitions)),
    createPartitions: ({ topics }: { topics: { name: string; count: number }[] }) =>
      broker.answer('grow', () => topics.forEach(({ name, count }) => broker.topics.set(name, count))),
    metadata: ({ topics: [topic = ''] }: { topics: string[] }) =>
      broker.answer('metadata', () => ({ topics: new Map([[topic, { partitionsCount: broker.topics.get(topic) }]]) })),
  };
  return byPlatformatic.ensureTopics(Object.assign<PlatformaticAdmin, object>(Object.create(null), admin), specs, 1);
};

const kafkajsError = (type: string, retriable: boolean) => () =>
  new kafkajs.KafkaJSProtocolError(Object.assign(new Error(type), { type, code: 1, retriable }));

const clients = [
  {
    client: 'kafkajs',
    ensure: kafkajsEnsure,
    final: kafkajsError('TOPIC_AUTHORIZATION_FAILED', false),
    passing: kafkajsError('UNKNOWN_TOPIC_OR_PARTITION', true),
  },
  {
    client: 'platformatic',
    ensure: platformaticEnsure,
    final: () => new ProtocolError('TOPIC_AUTHORIZATION_FAILED'),
    passing: () => new ProtocolError('UNKNOWN_TOPIC_OR_PARTITION'),
  },
];

describe.each(clients)('topics by $client', ({ ensure, final, passing }) => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  it('gives up at once where the broker refuses', async () => {
    const broker = new Broker(1, final);
    await expect(ensure(broker)).rejects.toThrow(BusUnavailable);
    expect(broker.asked).toEqual(['list']);
  });

  it('gives up at what never passes when the time is over', async () => {
    const broker = new Broker(Number.POSITIVE_INFINITY, passing);
    const failed = expect(ensure(broker)).rejects.toThrow(BusUnavailable);
    await jest.advanceTimersByTimeAsync(60_000);
    await failed;
  });

  it('passes over what the protocol calls retriable, at every question', async () => {
    const broker = new Broker(4, passing);
    broker.topics.set('small', 1);
    const ensured = ensure(broker);
    await jest.advanceTimersByTimeAsync(20_000);
    await ensured;
    expect(Object.fromEntries(broker.topics)).toEqual({ new: 3, small: 2 });
    for (const question of new Set(broker.asked))
      expect(broker.asked.filter((one) => one === question).length).toBeGreaterThan(4);
  });
});
