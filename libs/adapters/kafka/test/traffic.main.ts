import { openKafkaBus } from '../src/index.ts';

/** A process that sends to itself until told to stop, then says what became of it. It dies of any unhandled rejection. */
const { client, brokers, topic } = JSON.parse(process.argv[2] ?? '{}');
const bus = await openKafkaBus({ client, brokers, clientId: 'traffic' });
await bus.ensure([{ topic, partitions: 3 }]);
const acked: string[] = [];
const shared: string[] = [];
const mine: string[] = [];
await bus.share({ topic, group: topic, handle: ({ value }) => void shared.push(Buffer.from(value).toString()) });
await bus.inbox({ topic, partition: 0, handle: ({ value }) => void mine.push(Buffer.from(value).toString()) });
let sent = 0;
let failed = 0;
const timer = setInterval(() => {
  const n = sent++;
  const record = { topic, partition: n % 3, value: Buffer.from(`${n}`) };
  bus.send(record).then(
    () => acked.push(`${n}`),
    () => failed++,
  );
}, 10);
process.on('message', () => void finish());
process.send?.('ready');

async function finish(): Promise<void> {
  clearInterval(timer);
  const lost = () => {
    const [all, own] = [new Set(shared), new Set(mine)];
    return acked.filter((n) => !all.has(n) || (Number(n) % 3 === 0 && !own.has(n))).length;
  };
  for (let left = 200; left > 0 && (lost() > 0 || acked.length + failed < sent); left--) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const doubled = shared.length - new Set(shared).size;
  process.send?.({ sent, acked: acked.length, failed, lost: lost(), doubled, lastAcked: Number(acked.at(-1)) });
  await bus.close();
  process.disconnect?.();
}
