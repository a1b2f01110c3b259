import { type Program, type ProgramOptions, type Service, startProgram } from './program.ts';
import type { Site } from './site.ts';

/** How many programs of each service run; one of each if absent. */
export type Shape = Partial<Record<Service, number>>;

/** A distributed deployment that runs. */
export interface Cluster {
  /** The first gateway. */
  readonly url: string;
  readonly programs: readonly Program[];
  of(service: Service): readonly Program[];
  /** Starts one more; by another configuration file where one is given, as a gateway needs for a data directory of its own. */
  start(service: Service, config?: string, options?: ProgramOptions): Program;
  /** Resolves when every program that runs is ready. @throws with their logs when that takes longer than `ms` */
  ready(ms?: number): Promise<void>;
  stop(): Promise<void>;
}

const order: readonly Service[] = ['audit', 'rate-limit', 'authorization', 'confirmation', 'gateway'];
const startMs = 120_000;

/** Starts the programs of an instance and waits until all are ready. */
export async function runCluster(site: Pick<Site, 'config'>, shape: Shape = {}): Promise<Cluster> {
  const programs: Program[] = [];
  const alive = new Set<Program>();
  const start = (service: Service, config: string = site.config, options: ProgramOptions = {}): Program => {
    const program = startProgram(service, config, options);
    programs.push(program);
    alive.add(program);
    void program.ended.then(() => alive.delete(program));
    return program;
  };
  const cluster: Cluster = {
    get url() {
      return cluster.of('gateway')[0]?.url() ?? '';
    },
    programs,
    of: (service) => programs.filter((program) => program.service === service && alive.has(program)),
    start,
    ready: (ms = startMs) => ready(alive, ms),
    async stop() {
      // Gateways first: what they have in hand still needs the stations.
      for (const service of order.toReversed()) await Promise.all(cluster.of(service).map((one) => one.stop()));
    },
  };
  for (const service of order) for (let left = shape[service] ?? 1; left > 0; left -= 1) start(service);
  try {
    await cluster.ready();
    return cluster;
  } catch (error) {
    await cluster.stop();
    throw error;
  }
}

async function ready(alive: ReadonlySet<Program>, ms: number): Promise<void> {
  const until = Date.now() + ms;
  const waiting = new Set(alive);
  while (waiting.size > 0) {
    for (const program of waiting) {
      if (!alive.has(program)) throw new Error(`${program.service} ended:\n${program.log()}`);
      if ((await program.readiness()) === 200) waiting.delete(program);
    }
    if (waiting.size > 0 && Date.now() > until) throw new Error(whoIsNot(waiting));
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function whoIsNot(waiting: ReadonlySet<Program>): string {
  return [...waiting].map(({ service, log }) => `${service} is not ready:\n${log()}`).join('\n');
}
