import { setTimeout as pause } from 'node:timers/promises';
import type { House } from './house.ts';
import { clearly, fullService, namesOf, refusals, round, type Scene, slowest } from './judge.ts';
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

async function outage(scene: Scene, { away, awayMs, back, reasons }: Outage): Promise<string> {
  const load = startLoad(scene.house, { callers });
  await pause(calmMs);
  const from = load.seen.length;
  await away();
  await pause(awayMs);
  await back();
  const service = await fullService(scene, load);
  await load.stop();
  const hit = load.seen.slice(from);
  clearly(scene, hit, reasons);
  return `${namesOf(refusals(hit))}; slowest ${round(slowest(hit))} ms; ${service}`;
}

const nothing = async (): Promise<void> => undefined;
const withoutKafka = ['corridor_unavailable', 'timed_out', 'audit_unavailable'];
const withoutPostgres = ['audit_unavailable', 'timed_out'];
const withoutRedis = ['limits_unavailable'];

export function restartKafka(scene: Scene): Promise<string> {
  const { kafka } = scene.house.servers;
  return outage(scene, { away: kafka.halt, awayMs: 1_000, back: kafka.resume, reasons: withoutKafka });
}

/** Connections stay, and nothing answers. */
export function freezeKafka(scene: Scene): Promise<string> {
  const { kafka } = scene.house.servers;
  return outage(scene, { away: kafka.pause, awayMs: 8_000, back: kafka.unpause, reasons: withoutKafka });
}

export function restartRedis(scene: Scene): Promise<string> {
  const { redis } = scene.house.servers;
  return outage(scene, { away: redis.kill, awayMs: 1_000, back: redis.resume, reasons: withoutRedis });
}

/** Everything that was counted is gone, and nobody is told: what was spent is read from the record. */
export async function wipeRedis(scene: Scene): Promise<string> {
  const { redis } = scene.house.servers;
  const away = async (): Promise<void> => void (await redis.cli('FLUSHALL'));
  return outage(scene, { away, awayMs: 500, back: nothing, reasons: withoutRedis });
}

export function freezeRedis(scene: Scene): Promise<string> {
  const { redis } = scene.house.servers;
  return outage(scene, { away: redis.pause, awayMs: 3_000, back: redis.unpause, reasons: withoutRedis });
}

/** Away for longer than the leases of the gateways last. */
export function restartPostgres(scene: Scene): Promise<string> {
  const { postgres } = scene.house.servers;
  return outage(scene, { away: postgres.halt, awayMs: 17_000, back: postgres.resume, reasons: withoutPostgres });
}

export function freezePostgres(scene: Scene): Promise<string> {
  const { postgres } = scene.house.servers;
  return outage(scene, { away: postgres.pause, awayMs: 6_000, back: postgres.unpause, reasons: withoutPostgres });
}

/** Every connection is cut, again and again: before, in the middle of and behind whatever a call has written. */
export async function cutPostgres(scene: Scene): Promise<string> {
  const cuts = 24;
  let cut = 0;
  const away = async (): Promise<void> => {
    for (let time = 0; time < cuts; time += 1) {
      cut += await cutAll(scene.house);
      await pause(80 + time * 13); // no step of a call always falls on the same moment
    }
  };
  const note = await outage(scene, { away, awayMs: 0, back: nothing, reasons: withoutPostgres });
  return `${cut} connections cut; ${note}`;
}

const cutText = `
  SELECT count(pg_terminate_backend(pid))::int AS cut FROM pg_stat_activity
  WHERE datname = current_database() AND pid <> pg_backend_pid()`;

function cutAll({ site }: House): Promise<number> {
  return ask(site.owner, async (client) => (await client.query<{ cut: number }>(cutText)).rows[0]?.cut ?? 0);
}
