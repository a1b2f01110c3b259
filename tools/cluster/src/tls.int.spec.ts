import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { type KafkaClient, openKafkaBus } from '@sallyport/adapter-kafka';
import { openPostgresReader } from '@sallyport/adapter-postgres';
import { openRedisCounters } from '@sallyport/adapter-redis';
import { makeCertificate } from '@sallyport/testing';
import { type Servers, startServers } from './servers.ts';

describe('a server that speaks TLS', () => {
  let servers: Servers;
  let authority: string;
  const known = getCACertificates('default');

  beforeAll(async () => {
    const tls = await makeCertificate();
    authority = tls.certificate;
    servers = await startServers({ tls });
  }, 120_000);
  afterAll(() => servers?.stop());
  afterEach(() => setDefaultCACertificates(known));

  const trusted = (): void => setDefaultCACertificates([...known, authority]);
  const openBus = (client: KafkaClient, tls: boolean) =>
    openKafkaBus({ client, brokers: servers.kafka.brokers, clientId: 'test', tls });
  const reader = (tls: boolean) => openPostgresReader({ connection: { ...servers.postgres.owner, tls } });

  /** Whether the counters answer within a second. */
  async function counts(tls: boolean): Promise<boolean> {
    const { redis } = servers;
    const store = await openRedisCounters({ nodes: [`${redis.host}:${redis.port}`], cluster: false, tls });
    try {
      for (let left = 20; left > 0 && !store.healthy(); left -= 1) await new Promise((done) => setTimeout(done, 50));
      return store.healthy();
    } finally {
      await store.close();
    }
  }

  it.each(['kafkajs', 'platformatic'] as const)(
    'is no broker of ours by %s with a certificate of an unknown authority, nor in plain text',
    async (client) => {
      await expect(openBus(client, true)).rejects.toMatchObject({ code: 'bus_unavailable' });
      trusted();
      await expect(openBus(client, false)).rejects.toMatchObject({ code: 'bus_unavailable' });
      const bus = await openBus(client, true);
      await bus.ensure([{ topic: `tls.${client}`, partitions: 1 }]);
      await bus.send({ topic: `tls.${client}`, value: Buffer.from('x') });
      await bus.close();
    },
    60_000,
  );

  it('has no counters for us with a certificate of an unknown authority, nor in plain text', async () => {
    expect(await counts(true)).toBe(false);
    trusted();
    expect(await counts(false)).toBe(false);
    expect(await counts(true)).toBe(true);
  }, 30_000);

  it('has no record for us with a certificate of an unknown authority', async () => {
    await expect(reader(true)).rejects.toMatchObject({ code: 'postgres_unreachable' });
    trusted();
    // Reached, and its owner is refused, who passes the rules of the rows.
    await expect(reader(true)).rejects.toMatchObject({ code: 'postgres_unsafe' });
  }, 60_000);
});
