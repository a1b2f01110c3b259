import { type Certificate, certificateFiles, certificatePaths } from './certificate.ts';
import { freePort } from './free-port.ts';
import { imageOf } from './images.ts';
import { type ServerUnderTest, serverUnderTest } from './server.ts';
import { runLabels } from './test-run.ts';

/** A broker of its own for one test file. It halts cleanly. */
export interface KafkaUnderTest extends ServerUnderTest {
  readonly brokers: string[];
}

const READY = /Kafka Server started/;
const STARTUP_MS = 90_000;

/**
 * Starts one Kafka broker (KRaft, no topics made by themselves) on a free port of this machine.
 *
 * @param options.tls speaks TLS with this certificate instead of plain text
 * @throws Error if it is not up in 90 s.
 */
export async function startKafka({ tls }: { readonly tls?: Certificate } = {}): Promise<KafkaUnderTest> {
  // Loaded when a container is wanted: it is large, and most tests of this library want none.
  const { GenericContainer, getContainerRuntimeClient, Wait } = await import('testcontainers');
  const port = await freePort();
  const started = await new GenericContainer(imageOf('KAFKA_IMAGE'))
    .withLabels(runLabels())
    .withExposedPorts({ container: 9092, host: port })
    .withEnvironment({ ...brokerSettings(port, tls === undefined ? 'PLAIN' : 'TLS'), ...(tls && keyStore) })
    .withCopyContentToContainer(certificateFiles(tls))
    .withWaitStrategy(Wait.forLogMessage(READY))
    .withStartupTimeout(STARTUP_MS)
    .start();
  const runtime = await getContainerRuntimeClient();
  const container = runtime.container.getById(started.getId());

  /** What the log says since this start tells of this start alone. */
  async function untilUp(): Promise<void> {
    const since = new Date((await container.inspect()).State.StartedAt).getTime() / 1000;
    const deadline = Date.now() + STARTUP_MS;
    while (Date.now() < deadline) {
      const log = await container.logs({ stdout: true, stderr: true, since });
      if (READY.test(log.toString())) return;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    throw new Error('the broker did not come back');
  }

  async function halt(): Promise<void> {
    await container.stop({ t: 20 });
  }

  async function resume(): Promise<void> {
    await container.start();
    await untilUp();
  }

  return { brokers: [`127.0.0.1:${port}`], ...serverUnderTest({ container, started, halt, resume }) };
}

/** It looks at the start whether it would trust itself. */
const keyStore = {
  KAFKA_SSL_KEYSTORE_TYPE: 'PEM',
  KAFKA_SSL_KEYSTORE_LOCATION: certificatePaths.both,
  KAFKA_SSL_TRUSTSTORE_TYPE: 'PEM',
  KAFKA_SSL_TRUSTSTORE_LOCATION: certificatePaths.certificate,
};

/** Clients must reach the broker by the address that it tells them, so the port is fixed beforehand. */
function brokerSettings(port: number, listener: 'PLAIN' | 'TLS'): Record<string, string> {
  return {
    KAFKA_NODE_ID: '1',
    KAFKA_PROCESS_ROLES: 'broker,controller',
    KAFKA_LISTENERS: `${listener}://:9092,CONTROLLER://:9093`,
    KAFKA_ADVERTISED_LISTENERS: `${listener}://127.0.0.1:${port}`,
    KAFKA_INTER_BROKER_LISTENER_NAME: listener,
    KAFKA_CONTROLLER_LISTENER_NAMES: 'CONTROLLER',
    KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: 'CONTROLLER:PLAINTEXT,PLAIN:PLAINTEXT,TLS:SSL',
    KAFKA_CONTROLLER_QUORUM_VOTERS: '1@localhost:9093',
    KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR: '1',
    KAFKA_OFFSETS_TOPIC_NUM_PARTITIONS: '4',
    KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR: '1',
    KAFKA_TRANSACTION_STATE_LOG_MIN_ISR: '1',
    KAFKA_SHARE_COORDINATOR_STATE_TOPIC_REPLICATION_FACTOR: '1',
    KAFKA_SHARE_COORDINATOR_STATE_TOPIC_MIN_ISR: '1',
    KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS: '0',
    KAFKA_AUTO_CREATE_TOPICS_ENABLE: 'false',
    KAFKA_HEAP_OPTS: '-Xms256m -Xmx512m',
  };
}
