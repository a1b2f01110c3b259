import { setTimeout as pause } from 'node:timers/promises';
import type { Deployment } from './deployment.ts';
import { clearly, fullService, namesOf, refusals, round, type FaultSetup, slowest } from './judge-faults.ts';
import { startLoad } from './load.ts';
import { ask } from './postgres-rows.ts';

/** What is done to a server, and what callers may then hear. */
interface Outage {
  readonly away: () => Promise<void>;
  readonly awayMs: number;
  /** Resolves when the server answers again. */
  readonly back: () => Promise<void>;
  readonly reasons: readonly string[];
}

const calmMs = 1_500;
const callers = 6;

async function outage(setup: FaultSetup, { away, awayMs, back, reasons }: Outage): Promise<string> {
  const load = startLoad(setup.sallyport, { callers });
  await pause(calmMs);
  const from = load.seen.length;
  await away();
  await pause(awayMs);
  await back();
  const service = await fullService(setup, load);
  await load.stop();
  const hit = load.seen.slice(from);
  clearly(setup, hit, reasons);
  return `${namesOf(refusals(hit))}; slowest ${round(slowest(hit))} ms; ${service}`;
}

const nothing = async (): Promise<void> => undefined;
const withoutKafka = ['decision_unavailable', 'timed_out', 'audit_unavailable'];
const withoutPostgres = ['audit_unavailable', 'timed_out'];
const withoutRedis = ['limits_unavailable'];

export function restartKafka(setup: FaultSetup): Promise<string> {
  const { kafka } = setup.sallyport.servers;
  return outage(setup, { away: kafka.halt, awayMs: 1_000, back: kafka.resume, reasons: withoutKafka });
}

/** Connections stay, and nothing answers. */
export function freezeKafka(setup: FaultSetup): Promise<string> {
  const { kafka } = setup.sallyport.servers;
  return outage(setup, { away: kafka.pause, awayMs: 8_000, back: kafka.unpause, reasons: withoutKafka });
}

export function restartRedis(setup: FaultSetup): Promise<string> {
  const { redis } = setup.sallyport.servers;
  return outage(setup, { away: redis.kill, awayMs: 1_000, back: redis.resume, reasons: withoutRedis });
}

/** Everything that was counted is gone, and nobody is told: what was spent is read from the record. */
export async function wipeRedis(setup: FaultSetup): Promise<string> {
  const { redis } = setup.sallyport.servers;
  const away = async (): Promise<void> => void (await redis.cli('FLUSHALL'));
  return outage(setup, { away, awayMs: 500, back: nothing, reasons: withoutRedis });
}

export function freezeRedis(setup: FaultSetup): Promise<string> {
  const { redis } = setup.sallyport.servers;
  return outage(setup, { away: redis.pause, awayMs: 3_000, back: redis.unpause, reasons: withoutRedis });
}

/** Away for longer than the leases of the gateways last. */
export function restartPostgres(setup: FaultSetup): Promise<string> {
  const { postgres } = setup.sallyport.servers;
  return outage(setup, { away: postgres.halt, awayMs: 17_000, back: postgres.resume, reasons: withoutPostgres });
}

export function freezePostgres(setup: FaultSetup): Promise<string> {
  const { postgres } = setup.sallyport.servers;
  return outage(setup, { away: postgres.pause, awayMs: 6_000, back: postgres.unpause, reasons: withoutPostgres });
}

/** Every connection is cut, again and again: before, in the middle of and behind whatever a call has written. */
export async function cutPostgres(setup: FaultSetup): Promise<string> {
  const cuts = 24;
  let cut = 0;
  const away = async (): Promise<void> => {
    for (let time = 0; time < cuts; time += 1) {
      cut += await cutAll(setup.sallyport);
      await pause(80 + time * 13); // no step of a call always falls on the same moment
    }
  };
  const note = await outage(setup, { away, awayMs: 0, back: nothing, reasons: withoutPostgres });
  return `${cut} connections cut; ${note}`;
}

const cutText = `
  SELECT count(pg_terminate_backend(pid))::int AS cut FROM pg_stat_activity
  WHERE datname = current_database() AND pid <> pg_backend_pid()`;

function cutAll({ site }: Deployment): Promise<number> {
  return ask(site.owner, async (client) => (await client.query<{ cut: number }>(cutText)).rows[0]?.cut ?? 0);
}
