import { setTimeout as pause } from 'node:timers/promises';
import { migrate } from '@sallyport/adapter-postgres';
import { type Servers, startServers } from '@sallyport/cluster';
import { spawnLeanUpstream } from '@sallyport/testing';
import type { Options } from '../options.ts';
import { type JournalFigures, measurePostgresJournal } from '../measure-postgres-journal.ts';
import { benchRedisLimits, type RedisLimitsFigures } from '../redis-limits.ts';
import { type Figures, figuresOf, ratiosOf, type Spread } from '../rows/figures.ts';
import { cpuMsOf } from './cpu.ts';
import { createRuntime, openRing, type Subject } from './subject.ts';
import { printDistributed } from './distributed-table.ts';

export const callerCounts = [1, 8, 32] as const;
type Callers = (typeof callerCounts)[number];

/** Rounds of one subject by the number of callers. */
export type Rounds = Readonly<Record<Callers, readonly Figures[]>>;

/** The ring and Sallyport, measured in turn over one client. */
export interface ClientReport {
  readonly ring: Rounds;
  readonly sallyport: Rounds;
  readonly ratios: Readonly<Record<Callers, Readonly<Record<keyof Figures, Spread>>>>;
  /** Of Sallyport: milliseconds of CPU per call with 32 callers, by process. */
  readonly cpuByProcess: Readonly<Record<string, number>>;
  /** Of Sallyport at rest: part of a core, by process. */
  readonly idle: Readonly<Record<string, number>>;
}

export interface DistributedReport {
  readonly clients: Readonly<Record<string, ClientReport>>;
  readonly journal: JournalFigures;
  readonly limits: RedisLimitsFigures;
}

const idleMs = 10_000;

/** Starts servers, ring and services, measures them in turn, and prints one table or one JSON object. */
export async function runDistributed(options: Options): Promise<void> {
  const say = (text: string): void => void (options.json || process.stderr.write(`${text}\n`));
  const servers = await startServers();
  const upstream = await spawnLeanUpstream();
  try {
    const clients: Record<string, ClientReport> = {};
    for (const client of ['kafkajs', 'platformatic'] as const) {
      say(`the ring and Sallyport over ${client}`);
      clients[client] = await measureClient({ servers, client, upstream: upstream.url }, options, say);
    }
    say('the stores, driven directly');
    const report = { clients, ...(await measureStores(servers, options.quick ? 2_000 : 8_000)) };
    process.stdout.write(`${options.json ? JSON.stringify(report, null, 2) : printDistributed(report)}\n`);
  } finally {
    await upstream.close();
    await servers.stop();
  }
}

async function measureClient(
  parts: Parameters<typeof openRing>[0],
  { rounds, sliceMs, warmUp }: Options,
  say: (text: string) => void,
): Promise<ClientReport> {
  const subjects = [await openRing(parts), await createRuntime(parts)] as const;
  const [, sallyport] = subjects;
  try {
    for (const { driver } of subjects) await driver.calls(32, { count: warmUp / 2 });
    const idle = await idleOf(sallyport);
    const found = { ring: noRounds(), sallyport: noRounds() };
    const cpu: Record<string, number> = {};
    let calls = 0;
    for (let round = 0; round < rounds; round += 1) {
      say(`round ${round + 1} of ${rounds}`);
      for (const callers of callerCounts) {
        found.ring[callers].push((await sliceOf(subjects[0], callers, sliceMs * 2)).figures);
        const slice = await sliceOf(sallyport, callers, sliceMs * 2);
        found.sallyport[callers].push(slice.figures);
        calls += slice.calls;
        addTo(cpu, slice.cpu);
      }
    }
    const cpuByProcess = Object.fromEntries(Object.entries(cpu).map(([name, ms]) => [name, ms / calls]));
    return { ...found, ratios: allRatios(found.sallyport, found.ring), cpuByProcess, idle };
  } finally {
    for (const subject of subjects) await subject.stop();
  }
}

function addTo(sums: Record<string, number>, more: Readonly<Record<string, number>>): void {
  for (const [name, ms] of Object.entries(more)) sums[name] = (sums[name] ?? 0) + ms;
}

function noRounds(): Record<Callers, Figures[]> {
  return { 1: [], 8: [], 32: [] };
}

interface SliceOfSubject {
  readonly figures: Figures;
  readonly calls: number;
  /** Milliseconds of CPU by process. */
  readonly cpu: Readonly<Record<string, number>>;
}

async function sliceOf(subject: Subject, callers: number, ms: number): Promise<SliceOfSubject> {
  const before = usageOf(subject);
  const slice = await subject.driver.calls(callers, { ms });
  const cpu = Object.fromEntries(
    Object.entries(usageOf(subject)).map(([name, after]) => [name, after - (before[name] ?? 0)]),
  );
  return { figures: figuresOf(slice, sum(cpu)), calls: slice.calls, cpu };
}

function usageOf({ processes }: Subject): Record<string, number> {
  return Object.fromEntries(Object.entries(processes).map(([name, pid]) => [name, cpuMsOf(pid)]));
}

function sum(usage: Readonly<Record<string, number>>): number {
  return Object.values(usage).reduce((total, ms) => total + ms, 0);
}

/** At rest, part of a core. */
async function idleOf(subject: Subject): Promise<Record<string, number>> {
  const before = usageOf(subject);
  await pause(idleMs);
  return Object.fromEntries(
    Object.entries(usageOf(subject)).map(([name, ms]) => [name, (ms - (before[name] ?? 0)) / idleMs]),
  );
}

function allRatios(sallyport: Rounds, ring: Rounds): ClientReport['ratios'] {
  const of = (callers: Callers, what: keyof Figures): Spread =>
    ratiosOf(
      sallyport[callers].map((each) => each[what]),
      ring[callers].map((each) => each[what]),
    );
  const by = (callers: Callers) => ({
    p50: of(callers, 'p50'),
    p99: of(callers, 'p99'),
    calls: of(callers, 'calls'),
    cpu: of(callers, 'cpu'),
  });
  return { 1: by(1), 8: by(8), 32: by(32) };
}

async function measureStores(
  { postgres, redis, password }: Servers,
  ms: number,
): Promise<Pick<DistributedReport, 'journal' | 'limits'>> {
  await migrate({ connection: postgres.owner, passwords: { audit: password, gateway: password, reader: password } });
  const connection = { ...postgres.owner, user: 'sallyport_audit', password };
  return {
    journal: await measurePostgresJournal({ connection, ms }),
    limits: await benchRedisLimits(redis),
  };
}
