import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type Cluster, makeSite, type Program, runCluster, type OwnServers, type Site } from '@sallyport/cluster';
import { spawnLeanUpstream, type SpawnedLeanUpstream } from '@sallyport/testing';
import { createClientAccount, type ClientAccount } from '../crash/client-account.ts';
import { createRecordReader, type RecordReader } from '../crash/record-reader.ts';
import { type Faults, verify } from '../crash/verify.ts';
import { writeSallyport } from '../src/sallyport/sallyport-files.ts';
import type { Target } from '../src/load/http-requests.ts';
import { scratchFolder } from '../src/scratch-folder.ts';
import { postgresRows } from './postgres-rows.ts';

/** A gateway that callers may use. */
export interface Endpoint {
  readonly program: Program;
  /** Its configuration file, which names a data directory of its own. */
  readonly config: string;
  readonly target: Target;
}

/** A distributed deployment, two of each, on servers that it has for itself. */
export interface Deployment {
  readonly servers: OwnServers;
  readonly site: Site;
  readonly cluster: Cluster;
  readonly upstream: SpawnedLeanUpstream;
  readonly clients: ClientAccount;
  readonly record: RecordReader;
  /** Where callers go; a fault takes out what it is about to end in order. */
  readonly endpoints: readonly Endpoint[];
  /** `exact` until something came between a decision and its charge. */
  readonly counters: { exact: boolean };
  /** Loads that were started and may still run. */
  readonly loads: { stop(): Promise<void> }[];
  /** Starts a gateway, over the data directory of an earlier one if its configuration is given, and waits until it is ready. */
  openEndpoint(config?: string): Promise<Endpoint>;
  /** From now on callers go elsewhere. */
  /** Nobody new is sent there. Resolves once those that were on their way have come, as a load balancer waits. */
  leaveEndpoint(endpoint: Endpoint): Promise<void>;
  /** Starts what is missing, so that two of each are there and ready. */
  complete(): Promise<void>;
  /** Waits until no call is open, and holds record, upstream and callers against each other. */
  verify(): Promise<Faults>;
  close(): Promise<void>;
}

const each = 2;
const stations = ['audit', 'rate-limit', 'authorization', 'confirmation'] as const;
/** Longer than a call may take in all, so that what is closed late is closed by then. */
const callTimeout = '6s';
/** All of Sallyport, its servers and its callers share one machine. */
const redisAnswer = '500ms';
const settleWithinMs = 10_000;

export interface SallyportOptions {
  readonly servers: OwnServers;
  readonly name: string;
  readonly client: string;
}

/** Sets an instance up with a database, topics and counters of its own. */
export async function createRuntime({ servers, name, client }: SallyportOptions): Promise<Deployment> {
  const directory = scratchFolder(`faults-${name}`);
  const upstream = await spawnLeanUpstream({ remember: true });
  const { settings, tokens } = await writeSallyport(directory, upstream.url, { callTimeout });
  await servers.redis.cli('FLUSHALL'); // counters go by the tenant's name, which every instance here has
  const site = await makeSite({
    servers,
    directory,
    config: settings,
    cluster: { kafka: { client }, redis: { timeout: redisAnswer } },
  });
  const cluster = await runCluster(site, { gateway: 0, ...Object.fromEntries(stations.map((one) => [one, each])) });
  process.on('exit', () => cluster.programs.forEach((program) => program.signal('SIGKILL')));
  const clients = createClientAccount(name);
  const record = createRecordReader(postgresRows(site.owner, join(directory, 'secrets', 'sealing.key')));
  const endpoints: Endpoint[] = [];
  let gateways = 0;

  async function leaveEndpoint(endpoint: Endpoint): Promise<void> {
    endpoints.splice(0, endpoints.length, ...endpoints.filter((one) => one !== endpoint));
    await pause(200);
  }

  async function openEndpoint(config = ownConfig(site, (gateways += 1))): Promise<Endpoint> {
    const program = cluster.start('gateway', config);
    await program.serving;
    while ((await program.readiness()) !== 200) await pause(100);
    const endpoint = { program, config, target: { url: new URL('/mcp/lean', program.url()), tokens } };
    endpoints.push(endpoint);
    void program.ended.then(() => leaveEndpoint(endpoint));
    return endpoint;
  }

  async function look(): Promise<Faults> {
    await record.read();
    const { effects } = await upstream.stats();
    return verify({ record, effects, clients, live: new Set() });
  }

  const sallyport: Deployment = {
    servers,
    site,
    cluster,
    upstream,
    clients,
    record,
    endpoints,
    counters: { exact: true },
    loads: [],
    openEndpoint,
    leaveEndpoint,
    async complete() {
      for (const station of stations)
        for (let left = each - cluster.of(station).length; left > 0; left -= 1) cluster.start(station);
      await cluster.ready();
      while (endpoints.length < each) await openEndpoint();
    },
    async verify() {
      const until = performance.now() + settleWithinMs;
      for (;;) {
        const faults = await look();
        const settled = faults.open.length === 0 && faults.unbacked.length === 0;
        if (settled || performance.now() > until) return faults;
        await pause(100); // audit closes what nobody waited for after the answer was given
      }
    },
    async close() {
      await cluster.stop();
      await upstream.close();
      site.remove();
    },
  };
  await Promise.all([openEndpoint(), openEndpoint()]).catch(async (error: unknown) => {
    await sallyport.close();
    throw error;
  });
  return sallyport;
}

/** The configuration with another data directory: two gateways never share their spool. */
function ownConfig({ config }: Site, gateway: number): string {
  const file = config.replace(/sallyport\.yaml$/, `gateway-${gateway}.yaml`);
  writeFileSync(file, readFileSync(config, 'utf8').replace(/^data: .*$/m, `data: ./data-${gateway}`));
  return file;
}
