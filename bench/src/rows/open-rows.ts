import { join } from 'node:path';
import type { SpawnedLeanUpstream } from '@sallyport/testing';
import { type ConfigChanges, NO_SANITIZERS } from '../sallyport/sallyport-files.ts';
import { startSallyport } from '../sallyport/run-sallyport.ts';
import { ONE_POLICY } from '../sallyport/policies.ts';
import { createDriver } from '../load/drive.ts';
import { startProgram } from '../programs/child-program.ts';
import type { Row } from './row.ts';

export interface Place {
  /** Holds what the rows write; on the disk whose syncs are measured. */
  readonly directory: string;
  readonly upstream: SpawnedLeanUpstream;
  /** A folder in memory, for the row without a disk; null where there is none. */
  readonly memory: string | null;
  /** Only `direct`, `hop`, `floor`, `guarded`. */
  readonly few: boolean;
}

/** What the configuration can switch off or on, one thing at a time; everything else stays as in `guarded`. */
const switches: readonly (readonly [name: string, about: string, changes: ConfigChanges])[] = [
  ['no_limits', 'guarded, `limits: []`', { limits: [] }],
  ['no_sanitizers', 'guarded, every `sanitize` switch off', { sanitize: NO_SANITIZERS }],
  ['one_policy', 'guarded, one permit instead of 10 policies', { policies: ONE_POLICY }],
  ['with_resolver', 'guarded, plus an owner looked up per call', { resolver: true }],
];

/** Starts every row's process. Each has its own; all stand before the same upstream. */
export async function openRows({ directory, upstream, memory, few }: Place): Promise<readonly Row[]> {
  const hop = new URL('../programs/hop.program.js', import.meta.url);
  const rows = [
    direct(upstream),
    await hopRow('hop', 'parse, serialise, forward', hop, [upstream.url]),
    await hopRow('floor', 'hop + one synced line before forwarding', hop, [upstream.url, join(directory, 'floor')]),
    await guarded('guarded', 'the product, everything on', { directory, upstream, changes: {} }),
  ];
  if (few) return rows;
  for (const [name, about, changes] of switches)
    rows.push(await guarded(name, about, { directory, upstream, changes }));
  if (memory === null) return rows;
  const changes = { data: join(memory, 'data') };
  return [...rows, await guarded('no_disk', 'guarded, journal in memory (tmpfs)', { directory, upstream, changes })];
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
  name: string,
  about: string,
  { directory, upstream, changes }: Pick<Place, 'directory' | 'upstream'> & { readonly changes: ConfigChanges },
): Promise<Row> {
  const sallyport = await startSallyport({ directory: join(directory, name), upstream: upstream.url, changes });
  const driver = createDriver({ url: sallyport.endpoint, tokens: sallyport.files.tokens });
  return { name, about, driver, usage: () => sallyport.usage(), stop: () => sallyport.stop(), one: [], many: [] };
}
