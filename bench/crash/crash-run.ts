import { setTimeout as pause } from 'node:timers/promises';
import { type SpawnedLeanUpstream, spawnLeanUpstream } from '@sallyport/testing';
import { type ConfigChanges, type SallyportFiles, writeSallyport } from '../src/sallyport/sallyport-files.ts';
import type { Target } from '../src/load/http-requests.ts';
import { type ChildOptions, type ChildProgram, startProgram } from '../src/programs/child-program.ts';
import { scratchFolder } from '../src/scratch-folder.ts';
import { createClientAccount, type ClientAccount } from './client-account.ts';
import { createRecordReader, type RecordReader } from './record-reader.ts';
import { sqliteRows } from './sqlite-rows.ts';
import { type Faults, verify } from './verify.ts';

/** One data directory and one upstream, over many lives of Sallyport between them. */
export interface CrashRun {
  readonly clients: ClientAccount;
  readonly files: SallyportFiles;
  /** Starts the product, or another program over the same files; counts as one opening of the journal. */
  start(program?: SallyportProgram, options?: ChildOptions): Promise<ChildProgram>;
  target(sallyport: ChildProgram): Target;
  /** What the upstream was made to do so far. */
  effects(): Promise<Readonly<Record<string, number>>>;
  /** Waits until the record of earlier lives is closed, and holds everything against everything. */
  verify(running: boolean): Promise<Faults>;
  /** Begins a new record: the directory was taken away on purpose. */
  forget(): void;
  readonly record: RecordReader;
  /** How often an instance over these files came up. */
  readonly openings: number;
  close(): Promise<void>;
}

export interface SallyportProgram {
  readonly module: URL;
  readonly args: readonly string[];
}

const product = new URL('../src/programs/sallyport.program.js', import.meta.url);
const settleWithinMs = 10_000;

export async function openCrashRun(name: string, changes: ConfigChanges = {}): Promise<CrashRun> {
  const directory = scratchFolder(`crash-${name}`);
  const upstream: SpawnedLeanUpstream = await spawnLeanUpstream({ remember: true });
  const files = await writeSallyport(directory, upstream.url, changes);
  const clients = createClientAccount(name);
  let record = createRecordReader(sqliteRows(files.data));
  let openings = 0;
  /** Open calls that were waited for before: a fault that is known costs no time again. */
  const givenUp = new Set<string>();

  async function start({ module, args }: SallyportProgram = { module: product, args: [] }, options: ChildOptions = {}) {
    const sallyport = await startProgram(module, [files.config, ...args], options);
    openings += 1;
    return sallyport;
  }

  async function effects(): Promise<Readonly<Record<string, number>>> {
    return (await upstream.stats()).effects;
  }

  async function look(running: boolean): Promise<Faults> {
    await record.read();
    return verify({ record, effects: await effects(), clients, live: new Set(running ? record.boots.slice(-1) : []) });
  }

  return {
    clients,
    files,
    start,
    target: (sallyport) => ({ url: new URL('/mcp/lean', sallyport.url), tokens: files.tokens }),
    effects,
    async verify(running) {
      const until = performance.now() + settleWithinMs;
      for (;;) {
        const faults = await look(running);
        const waits = running && faults.open.some((call) => !givenUp.has(call));
        if (waits && performance.now() > until) faults.open.forEach((call) => givenUp.add(call));
        if (!waits || performance.now() > until) return faults;
        await pause(20); // the sweep of what earlier lives left open goes on after the endpoints have opened
      }
    },
    forget() {
      clients.heard.clear();
      record = createRecordReader(sqliteRows(files.data));
    },
    get record() {
      return record;
    },
    get openings() {
      return openings;
    },
    close: () => upstream.close(),
  };
}
