import { connect } from 'node:net';
import { type KafkaUnderTest, startKafka } from './kafka.ts';

describe('a broker for tests', () => {
  let kafka: KafkaUnderTest;

  beforeAll(async () => {
    kafka = await startKafka();
  }, 120_000);

  afterAll(() => kafka.stop());

  it('refuses while halted, and is reached again at the same address', async () => {
    expect(await reach(kafka)).toBe(true);
    await kafka.halt();
    expect(await reach(kafka)).toBe(false);
    await kafka.resume();
    expect(await reach(kafka)).toBe(true);
  }, 120_000);
});

function reach({ brokers: [broker = ''] }: KafkaUnderTest): Promise<boolean> {
  const [host = '', port = ''] = broker.split(':');
  return new Promise((resolve) => {
    const socket = connect(Number(port), host);
    socket.on('connect', () => (socket.destroy(), resolve(true)));
    socket.on('error', () => resolve(false));
  });
}
