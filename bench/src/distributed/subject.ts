import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeSite, runCluster, type Servers, type Site } from '@sallyport/cluster';
import type { CompleteConfigInput } from '@sallyport/guards';
import { type SallyportFiles, writeSallyport } from '../sallyport/sallyport-files.ts';
import { createDriver, type Driver } from '../load/drive.ts';
import { type ChildProgram, startProgram } from '../programs/child-program.ts';
import { scratchFolder } from '../scratch-folder.ts';

/** What is measured: several processes and the way in. */
export interface Subject {
  readonly name: string;
  readonly driver: Driver;
  /** Process ids by what they are. */
  readonly processes: Readonly<Record<string, number>>;
  stop(): Promise<void>;
}

export interface SubjectParts {
  readonly servers: Servers;
  readonly client: 'kafkajs' | 'platformatic';
  readonly upstream: string;
}

const partitions = 6;
const ringRoles = ['rate-limit', 'authorization', 'decide', 'gateway'];

/** The bare ring: as many hops, no guards, the same settings. */
export async function openRing({ servers, client, upstream }: SubjectParts): Promise<Subject> {
  const prefix = `ring-${client}-${Date.now().toString(36)}`;
  const module = new URL('../programs/ring.program.js', import.meta.url);
  const programs: Record<string, ChildProgram> = {};
  for (const role of ringRoles) {
    const settings = { role, client, brokers: servers.kafka.brokers, prefix, upstream, partitions };
    programs[role] = await startProgram(module, [JSON.stringify(settings)]);
  }
  return {
    name: 'ring',
    driver: createDriver({ url: new URL(programs['gateway']?.url ?? ''), tokens: [] }),
    processes: Object.fromEntries(Object.entries(programs).map(([role, { pid }]) => [role, pid])),
    stop: async () => void (await Promise.all(Object.values(programs).map((program) => program.stop()))),
  };
}

/** Sallyport as services, with everything on. */
export async function createRuntime(parts: SubjectParts): Promise<Subject> {
  const { url, files, processes, stop } = await openServices(parts);
  const driver = createDriver({ url: new URL('/mcp/lean', url), tokens: files.tokens });
  return { name: 'sallyport', driver, processes, stop };
}

/** The services, with the place where they are set up. */
export interface Services extends Pick<Subject, 'processes' | 'stop'> {
  readonly url: string;
  readonly files: SallyportFiles;
  readonly site: Site;
}

/** @param before what is done to the database before they start */
export async function openServices(
  { servers, client, upstream }: SubjectParts,
  before: (site: Site) => Promise<void> = async () => undefined,
): Promise<Services> {
  const directory = scratchFolder(`services-${client}`);
  const files: SallyportFiles = await writeSallyport(directory, upstream);
  const config = JSON.parse(readFileSync(files.config, 'utf8')) as CompleteConfigInput;
  const site = await makeSite({ servers, directory, config, cluster: { kafka: { client, partitions } } });
  await before(site);
  const cluster = await runCluster({ config: join(directory, 'sallyport.yaml') });
  return {
    url: cluster.url,
    files,
    site,
    processes: Object.fromEntries(cluster.programs.map(({ service, pid }) => [service, pid])),
    async stop() {
      await cluster.stop();
      site.remove();
    },
  };
}
