import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type KafkaUnderTest, startKafka } from './kafka.ts';
import { type PostgresUnderTest, startPostgres } from './postgres.ts';
import { runDirectory } from './test-run.ts';

/** A broker that the files of a test run share, each by topics of its own. Nobody disturbs it. */
export type SharedKafka = Pick<KafkaUnderTest, 'brokers' | 'stop'>;

/** A PostgreSQL that the files of a test run share, each by databases of its own. Nobody disturbs it. */
export type SharedPostgres = Pick<PostgresUnderTest, 'host' | 'port' | 'owner' | 'stop'>;

const WAIT_MS = 120_000;

/** The run's broker; one of its own for a file that runs alone, which `stop` removes. */
export async function sharedKafka(): Promise<SharedKafka> {
  return shared('kafka', async () => {
    const { brokers, stop } = await startKafka();
    return { facts: { brokers }, stop };
  });
}

/** The run's PostgreSQL; one of its own for a file that runs alone, which `stop` removes. */
export async function sharedPostgres(): Promise<SharedPostgres> {
  return shared('postgres', async () => {
    const { host, port, owner, stop } = await startPostgres();
    return { facts: { host, port, owner }, stop };
  });
}

interface Started<Facts> {
  readonly facts: Facts;
  readonly stop: () => Promise<void>;
}

type Stoppable<Facts> = Facts & { stop(): Promise<void> };

/** The first file that asks starts the server; the others wait for what it tells of it. The end of the run removes it. */
async function shared<Facts extends object>(
  name: string,
  start: () => Promise<Started<Facts>>,
): Promise<Stoppable<Facts>> {
  const run = runDirectory();
  if (run === null) {
    const { facts, stop } = await start();
    return { ...facts, stop };
  }
  const told = join(run, `${name}.json`);
  if (isFirst(join(run, name))) await tell(told, start);
  return { ...(await heard<Facts>(told)), stop: async () => undefined };
}

function isFirst(directory: string): boolean {
  try {
    mkdirSync(directory);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function tell<Facts>(file: string, start: () => Promise<Started<Facts>>): Promise<void> {
  const text = await start().then(
    ({ facts }) => JSON.stringify({ facts }),
    (error: unknown) => JSON.stringify({ failure: String(error) }),
  );
  writeFileSync(`${file}.new`, text);
  renameSync(`${file}.new`, file);
}

async function heard<Facts>(file: string): Promise<Facts> {
  const deadline = Date.now() + WAIT_MS;
  while (!existsSync(file)) {
    if (Date.now() > deadline) throw new Error(`nobody told of a server in ${file}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const told = JSON.parse(readFileSync(file, 'utf8')) as { readonly facts?: Facts; readonly failure?: string };
  if (told.facts === undefined) throw new Error(`the shared server did not start: ${told.failure}`);
  return told.facts;
}
