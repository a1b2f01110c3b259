import { type Certificate, certificateFiles, certificatePaths } from './certificate.ts';
import { imageOf } from './images.ts';
import { runLabels } from './test-run.ts';

/** A Redis server of its own for one test file. */
export interface RedisUnderTest {
  readonly host: string;
  /** The same before and after a restart. */
  readonly port: number;
  /** The address of the container itself, past the port of this machine: for measurements, on Linux only. */
  readonly direct: { readonly host: string; readonly port: number };
  /** Freezes the server: connections stay and nothing answers. */
  pause(): Promise<void>;
  unpause(): Promise<void>;
  /** Ends the server at once and leaves it so: connections are refused. */
  kill(): Promise<void>;
  /** Starts a killed server, which knows nothing any more; resolves when it answers. */
  resume(): Promise<void>;
  /** Runs one command by `redis-cli` and gives what it prints. */
  cli(...command: string[]): Promise<string>;
  /** Removes the container. */
  stop(): Promise<void>;
}

export interface StartRedisOptions {
  /** A Redis Cluster of one node, which refuses keys of different slots as a large one does. */
  readonly cluster?: boolean;
  /** Speaks TLS with this certificate instead of plain text. */
  readonly tls?: Certificate;
}

const READY = /Ready to accept connections/;
const STARTUP_MS = 30_000;
const PORT = 6379;
/** Keeps nothing on disk, and answers clients from outside the container. */
const settings = ['--save', '', '--protected-mode', 'no', '--bind', '0.0.0.0'];

/**
 * Starts a Redis server that keeps nothing on disk, on a free port of this machine.
 *
 * @throws Error if it is not up in 30 s.
 */
export async function startRedis({ cluster = false, tls }: StartRedisOptions = {}): Promise<RedisUnderTest> {
  // Loaded when a container is wanted: it is large, and most tests of this library want none.
  const { GenericContainer, getContainerRuntimeClient, RandomPortGenerator, Wait } = await import('testcontainers');
  const port = await new RandomPortGenerator().generatePort();
  const started = await new GenericContainer(imageOf('REDIS_IMAGE'))
    .withLabels(runLabels())
    .withExposedPorts({ container: PORT, host: port })
    .withCommand(['redis-server', ...settings, ...(cluster ? clusterSettings(port) : []), ...(tls ? tlsSettings : [])])
    .withCopyContentToContainer(certificateFiles(tls))
    .withWaitStrategy(Wait.forLogMessage(READY))
    .withStartupTimeout(STARTUP_MS)
    .start();
  const container = (await getContainerRuntimeClient()).container.getById(started.getId());

  async function cli(...command: string[]): Promise<string> {
    const { output } = await started.exec(['redis-cli', ...(tls ? ['--tls', '--insecure'] : []), ...command]);
    return output.trim();
  }

  async function until(answers: () => Promise<boolean>): Promise<void> {
    const deadline = Date.now() + STARTUP_MS;
    while (!(await answers())) {
      if (Date.now() > deadline) throw new Error('Redis did not come up');
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** A node of a cluster takes two seconds after a start before it serves. */
  async function serves(): Promise<boolean> {
    if (!cluster) return (await cli('PING')) === 'PONG';
    return (await cli('CLUSTER', 'INFO')).includes('cluster_state:ok');
  }

  if (cluster) await cli('CLUSTER', 'ADDSLOTSRANGE', '0', '16383');
  await until(serves);
  const [network] = started.getNetworkNames();
  return {
    host: '127.0.0.1',
    port,
    direct: { host: started.getIpAddress(network ?? 'bridge'), port: PORT },
    pause: async () => void (await container.pause()),
    unpause: async () => void (await container.unpause()),
    kill: async () => void (await container.kill()),
    async resume() {
      await container.start();
      await until(serves);
    },
    cli,
    stop: async () => void (await started.stop()),
  };
}

const tlsSettings = [
  ['--port', '0'],
  ['--tls-port', String(PORT)],
  ['--tls-cert-file', certificatePaths.certificate],
  ['--tls-key-file', certificatePaths.key],
  ['--tls-auth-clients', 'no'],
].flat();

/** Clients must reach the node by the address that it tells them, so the port is fixed beforehand. */
function clusterSettings(port: number): string[] {
  return [
    ['--cluster-enabled', 'yes'],
    ['--cluster-announce-ip', '127.0.0.1'],
    ['--cluster-announce-port', String(port)],
  ].flat();
}
