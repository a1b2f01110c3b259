import { join } from 'node:path';
import { leanCommand, type SpawnedLeanUpstream } from '@sallyport/testing';
import { type ConfigChanges, NO_SANITIZERS } from '../sallyport/sallyport-files.ts';
import { startSallyport } from '../sallyport/run-sallyport.ts';
import { ONE_POLICY } from '../sallyport/policies.ts';
import { type CallKind, confirmed, denied, inSession, streamed } from '../load/call-kinds.ts';
import { createDriver } from '../load/drive.ts';
import { startProgram } from '../programs/child-program.ts';
import type { Row } from './row.ts';

export interface Place {
  /** Holds what the rows write; on the disk whose syncs are measured. */
  readonly directory: string;
  readonly upstream: SpawnedLeanUpstream;
  /** A folder in memory, for the row without a disk; null where there is none. */
  readonly memory: string | null;
  /** Only the rows that the aims are about. */
  readonly few: boolean;
}

/** A row of the product: `guarded` with one thing changed in its configuration, its upstream or its calls. */
interface Variant {
  readonly name: string;
  readonly about: string;
  readonly changes?: ConfigChanges;
  readonly kind?: CallKind;
  /** Where the upstream is reached; at its own URL if absent. */
  readonly at?: (upstream: string) => string;
}

const write: Variant = { name: 'write', about: 'guarded, `effect: write`', changes: { effect: 'write' } };

const variants: readonly Variant[] = [
  { name: 'confirm', about: 'guarded, a policy asks the user, who says yes at once: two requests', kind: confirmed },
  { name: 'denied', about: 'guarded, a policy forbids the call', kind: denied },
  { name: 'stdio', about: 'guarded, the upstream over standard streams', changes: { command: leanCommand() } },
  {
    name: 'sse',
    about: 'guarded, progress and answer as an event stream on both sides',
    kind: streamed,
    at: (upstream) => new URL('/events', upstream).href,
  },
  { name: 'legacy', about: 'guarded, a session of 2025-11-25 per caller', kind: inSession },
  { name: 'no_limits', about: 'guarded, `limits: []`', changes: { limits: [] } },
  { name: 'no_sanitizers', about: 'guarded, every `sanitize` switch off', changes: { sanitize: NO_SANITIZERS } },
  { name: 'one_policy', about: 'guarded, one permit instead of 10 policies', changes: { policies: ONE_POLICY } },
  { name: 'with_resolver', about: 'guarded, plus an owner looked up per call', changes: { resolver: true } },
];

/** Starts every row's process. Each has its own; all stand before the same upstream. */
export async function openRows({ directory, upstream, memory, few }: Place): Promise<readonly Row[]> {
  const hop = new URL('../programs/hop.program.js', import.meta.url);
  const lines = (name: string): string => join(directory, name);
  const rows = [
    direct(upstream),
    await hopRow('hop', 'parse, serialise, forward', hop, [upstream.url]),
    await hopRow('floor', 'hop + one synced line before forwarding', hop, [upstream.url, lines('floor')]),
    await hopRow('floor2', 'floor + one more before answering', hop, [upstream.url, lines('floor2'), 'outcome']),
    await guarded({ directory, upstream }, { name: 'guarded', about: 'the product, everything on, five limits' }),
    await guarded({ directory, upstream }, write),
  ];
  if (few) return rows;
  for (const variant of variants) rows.push(await guarded({ directory, upstream }, variant));
  if (memory === null) return rows;
  const changes = { data: join(memory, 'data') };
  const noDisk = { name: 'no_disk', about: 'guarded, journal in memory (tmpfs)', changes };
  return [...rows, await guarded({ directory, upstream }, noDisk)];
}

function direct(upstream: SpawnedLeanUpstream): Row {
  const { url } = upstream;
  return {
    name: 'direct',
    about: 'the upstream itself; CPU is its own',
    driver: createDriver({ url: new URL(url), tokens: [] }),
    async usage() {
      const { cpu } = await upstream.stats();
      return { cpuMs: (cpu.user + cpu.system) / 1000, rssMb: Number.NaN };
    },
    stop: () => Promise.resolve(),
    one: [],
    many: [],
  };
}

async function hopRow(name: string, about: string, module: URL, args: readonly string[]): Promise<Row> {
  const program = await startProgram(module, args);
  const driver = createDriver({ url: new URL(program.url), tokens: [] });
  return { name, about, driver, usage: () => program.usage(), stop: () => program.stop(), one: [], many: [] };
}

async function guarded(
  { directory, upstream }: Pick<Place, 'directory' | 'upstream'>,
  { name, about, changes = {}, kind, at = (url) => url }: Variant,
): Promise<Row> {
  const sallyport = await startSallyport({ directory: join(directory, name), upstream: at(upstream.url), changes });
  const driver = createDriver({ url: sallyport.endpoint, tokens: sallyport.files.tokens }, kind);
  return { name, about, driver, usage: () => sallyport.usage(), stop: () => sallyport.stop(), one: [], many: [] };
}
