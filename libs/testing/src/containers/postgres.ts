import { type Certificate, certificateFiles, certificatePaths } from './certificate.ts';
import { freePort } from './free-port.ts';
import { imageOf } from './images.ts';
import { type ServerUnderTest, serverUnderTest } from './server.ts';
import { runLabels } from './test-run.ts';

/** A PostgreSQL of its own for one test file. It halts as by a power cut. */
export interface PostgresUnderTest extends ServerUnderTest {
  readonly host: string;
  readonly port: number;
  /** As the owner of an empty database, who may do everything. */
  readonly owner: {
    readonly host: string;
    readonly port: number;
    readonly database: string;
    readonly user: string;
    readonly password: string;
  };
}

const READY = ['pg_isready', '-h', '127.0.0.1', '-U', 'owner', '-d', 'sallyport'];
const STARTUP_MS = 60_000;

export interface StartPostgresOptions {
  readonly settings?: Readonly<Record<string, string>>;
  readonly tls?: Certificate;
}

/** A key that others may read is refused, and what is copied into a container belongs to root. */
const ownKey = '/tmp/server.key';
const tlsSettings = { ssl: 'on', ssl_cert_file: certificatePaths.certificate, ssl_key_file: ownKey };

function commandOf(settings: Readonly<Record<string, string>>): string[] {
  const server = ['postgres', ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
  if (settings['ssl_key_file'] !== ownKey) return server;
  const prepare = `install -o postgres -m 600 ${certificatePaths.key} ${ownKey} && exec docker-entrypoint.sh "$@"`;
  return ['sh', '-c', prepare, 'sh', ...server];
}

/**
 * Starts one PostgreSQL on a free port of this machine.
 *
 * @param options.settings of the server, such as `{ fsync: 'off' }`
 * @param options.tls speaks TLS with this certificate, and plain text too
 * @throws Error if it is not up in 60 s
 */
export async function startPostgres({ settings = {}, tls }: StartPostgresOptions = {}): Promise<PostgresUnderTest> {
  // Loaded when a container is wanted: it is large, and most tests of this library want none.
  const { GenericContainer, getContainerRuntimeClient, Wait } = await import('testcontainers');
  const port = await freePort();
  const owner = { host: '127.0.0.1', port, database: 'sallyport', user: 'owner', password: 'owner-of-a-test' };
  const started = await new GenericContainer(imageOf('POSTGRES_IMAGE'))
    .withLabels(runLabels())
    .withExposedPorts({ container: 5432, host: port })
    .withEnvironment({
      POSTGRES_USER: owner.user,
      POSTGRES_PASSWORD: owner.password,
      POSTGRES_DB: owner.database,
    })
    .withCommand(commandOf(tls === undefined ? settings : { ...settings, ...tlsSettings }))
    .withCopyContentToContainer(certificateFiles(tls))
    .withWaitStrategy(Wait.forSuccessfulCommand(READY.join(' ')))
    .withStartupTimeout(STARTUP_MS)
    .start();
  const container = (await getContainerRuntimeClient()).container.getById(started.getId());

  async function resume(): Promise<void> {
    await container.start();
    const deadline = Date.now() + STARTUP_MS;
    while ((await started.exec(READY)).exitCode !== 0) {
      if (Date.now() > deadline) throw new Error('PostgreSQL did not come back');
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  const halt = async () => void (await container.kill());
  return { host: owner.host, port, owner, ...serverUnderTest({ container, started, halt, resume }) };
}
