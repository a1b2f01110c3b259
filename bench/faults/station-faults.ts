import { setTimeout as pause } from 'node:timers/promises';
import type { Service } from '@sallyport/cluster';
import type { Endpoint } from './deployment.ts';
import { noneDelayed, noneRefused, round, type FaultSetup, slowest, usual } from './judge-faults.ts';
import { type Load, startLoad } from './load.ts';

const stations = ['rate-limit', 'authorization', 'confirmation', 'audit'] as const;
/** A consumer group needs 6 s to notice that a member is gone. */
const noticedMs = 7_500;
const baselineMs = 3_000;

/** kill -9 of one instance of each station in turn. */
export async function killStations(setup: FaultSetup): Promise<string> {
  const { sallyport } = setup;
  const notes: string[] = [];
  const load = startLoad(sallyport);
  await pause(baselineMs);
  const usualMs = usual(load.seen);
  for (const station of stations) {
    const from = load.seen.length;
    sallyport.cluster.of(station)[0]?.signal('SIGKILL');
    await pause(noticedMs);
    const hit = load.seen.slice(from);
    noneDelayed(setup, hit, { usualMs, where: `${station} killed` });
    noneRefused(setup, hit, `${station} killed`);
    notes.push(`${station} ${round(slowest(hit))} ms`);
    await sallyport.complete();
  }
  await load.stop();
  noneRefused(setup, load.seen, 'killed and started again');
  return `usual ${round(usualMs)} ms; slowest: ${notes.join(', ')}`;
}

/** kill -9 and a new one at once, as a supervisor does it: it joins while the dead one still counts as a member. */
export async function restartStations(setup: FaultSetup): Promise<string> {
  const { sallyport } = setup;
  const load = startLoad(sallyport);
  await pause(baselineMs);
  const usualMs = usual(load.seen);
  const notes: string[] = [];
  for (const station of ['authorization', 'audit'] as const) {
    const from = load.seen.length;
    sallyport.cluster.of(station)[0]?.signal('SIGKILL');
    sallyport.cluster.start(station);
    await pause(noticedMs + 2_000);
    const hit = load.seen.slice(from);
    noneDelayed(setup, hit, { usualMs, where: `${station} killed and started at once` });
    notes.push(`${station} ${round(slowest(hit))} ms`);
    await sallyport.complete();
  }
  await load.stop();
  noneRefused(setup, load.seen, 'killed and started at once');
  return `usual ${round(usualMs)} ms; slowest: ${notes.join(', ')}`;
}

/** A new one of each service comes, an old one goes in order, while 20 callers call. */
export async function rollServices(setup: FaultSetup): Promise<string> {
  const { sallyport } = setup;
  // As many calls a second as 6 callers make elsewhere: what is tried here is how many are under way.
  const load = startLoad(sallyport, { callers: 20, everyMs: 200 });
  await pause(baselineMs);
  const usualMs = usual(load.seen);
  for (const station of stations) await roll(setup, load, station);
  await rollGateway(setup, load);
  await pause(1_000);
  await load.stop();
  noneRefused(setup, load.seen, 'rolled');
  return `usual ${round(usualMs)} ms, slowest ${round(slowest(load.seen))} ms`;
}

async function roll({ sallyport, fail }: FaultSetup, load: Load, service: Service): Promise<void> {
  const [old] = sallyport.cluster.of(service);
  sallyport.cluster.start(service);
  await sallyport.cluster.ready();
  const code = await old?.stop();
  if (code !== 0) fail(`${service} ended with ${code} when it was told to stop`);
  await afterMore(load, 30);
}

/** The load balancer takes a gateway out before it is stopped; calls that are under way there are finished. */
async function rollGateway({ sallyport, fail }: FaultSetup, load: Load): Promise<void> {
  const [old] = sallyport.endpoints;
  await sallyport.openEndpoint();
  await sallyport.leaveEndpoint(old as Endpoint);
  const code = await old?.program.stop();
  if (code !== 0) fail(`gateway ended with ${code} when it was told to stop`);
  await afterMore(load, 30);
}

async function afterMore({ seen }: Load, calls: number): Promise<void> {
  const enough = seen.length + calls;
  for (let left = 100; left > 0 && seen.length < enough; left -= 1) await pause(50);
}

/** A third instance of every station joins and leaves: partitions move among those that take calls. */
export async function rebalance(setup: FaultSetup): Promise<string> {
  const { sallyport } = setup;
  const load = startLoad(sallyport);
  await pause(baselineMs);
  const usualMs = usual(load.seen);
  const from = load.seen.length;
  const joined = stations.map((station) => sallyport.cluster.start(station));
  await sallyport.cluster.ready();
  await pause(1_500);
  await Promise.all(joined.map((program) => program.stop()));
  await pause(1_500);
  await load.stop();
  const hit = load.seen.slice(from);
  noneRefused(setup, hit, 'while partitions moved');
  return `usual ${round(usualMs)} ms, slowest ${round(slowest(hit))} ms`;
}
