import { setTimeout as pause } from 'node:timers/promises';
import Table from 'cli-table3';
import { startServers } from '@sallyport/cluster';
import { spawnLeanUpstream } from '@sallyport/testing';
import { openServices, type Services, type SubjectParts } from '../distributed/subject.ts';
import { digits } from '../distributed/distributed-table.ts';
import { backendsCpuMs, threadsCpuMs } from './cpu.ts';
import { fillTenants } from './fill-tenants.ts';
import { committed, openPosition } from './postgres-usage.ts';

/** Two rounds of the slowest thing that is done by the clock, which is the sweep. */
const measuredMs = 60_000;
/** As long as that nothing was written: what a start has to catch up with is done. */
const quietMs = 35_000;
const settleWithinMs = 600_000;

/** What services do while no call comes. */
export interface IdleFigures {
  readonly tenants: number;
  /** Of PostgreSQL, a second; each audit, gateway and station together. */
  readonly transactions: number;
  /** Part of a core, by process; `postgres` is what its connections use. */
  readonly cpu: Readonly<Record<string, number>>;
}

/** Measures services at rest without tenants and with so many, and prints one table or one JSON object. */
export async function runIdle(many: number, json: boolean): Promise<void> {
  const servers = await startServers();
  const upstream = await spawnLeanUpstream();
  try {
    const found: IdleFigures[] = [];
    for (const tenants of [0, many])
      found.push(await measure({ servers, client: 'kafkajs', upstream: upstream.url }, tenants));
    process.stdout.write(`${json ? JSON.stringify(found, null, 2) : tableOf(found)}\n`);
  } finally {
    await upstream.close();
    await servers.stop();
  }
}

async function measure(parts: SubjectParts, tenants: number): Promise<IdleFigures> {
  const services = await openServices(parts, (site) =>
    fillTenants({ ...site.owner, user: 'sallyport_audit', password: parts.servers.password }, tenants),
  );
  try {
    await settled(services);
    const before = await usageOf(services);
    await pause(measuredMs);
    const after = await usageOf(services);
    const perSecond = (now: number, then = 0): number => ((now - then) * 1_000) / measuredMs;
    return {
      tenants,
      transactions: perSecond(after.transactions, before.transactions),
      cpu: Object.fromEntries(
        Object.entries(after.cpu).map(([name, ms]) => [name, perSecond(ms, before.cpu[name]) / 1_000]),
      ),
    };
  } finally {
    await services.stop();
  }
}

/** Until the feed has all and nothing more is written. */
async function settled({ site }: Services): Promise<void> {
  const position = await openPosition(site.owner);
  try {
    const end = performance.now() + settleWithinMs;
    for (let last = '', since = 0; performance.now() < end; await pause(1_000)) {
      const { written, relayed } = await position.read();
      const now = `${written} ${relayed}`;
      if (now !== last || written !== relayed) since = performance.now();
      last = now;
      if (performance.now() - since > quietMs) return;
    }
    throw new Error(`the services did not come to rest in ${settleWithinMs / 1_000} s`);
  } finally {
    await position.close();
  }
}

async function usageOf({ site, processes }: Services) {
  const cpu = Object.entries(processes).map(([name, pid]) => [name, threadsCpuMs(pid)] as const);
  const postgres = backendsCpuMs(site.owner.database);
  return { transactions: await committed(site.owner), cpu: Object.fromEntries([...cpu, ['postgres', postgres]]) };
}

function tableOf(found: readonly IdleFigures[]): string {
  const names = Object.keys(found[0]?.cpu ?? {});
  const table = new Table({
    head: ['idle tenants', 'transactions/s', ...names.map((name) => `${name} %`)],
    style: { head: [], border: [], compact: true },
  });
  for (const { tenants, transactions, cpu } of found)
    table.push([tenants, digits(transactions), ...names.map((name) => digits((cpu[name] ?? Number.NaN) * 100))]);
  return table.toString();
}
