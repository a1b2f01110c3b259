import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type SpawnedLeanUpstream, spawnLeanUpstream } from '@sallyport/testing';
import { type HouseChanges, type HouseFiles, writeHouse } from '../src/house/house-files.ts';
import { houseFlags } from '../src/house/start-house.ts';
import type { Target } from '../src/load/requests.ts';
import { type ChildOptions, type ChildProgram, startProgram } from '../src/programs/child-program.ts';
import { scratchFolder } from '../src/scratch.ts';
import { createLedger, type Ledger } from './ledger.ts';
import { createRecordReader, type RecordReader } from './record.ts';
import { sqliteRows } from './sqlite-rows.ts';
import { type Faults, verify } from './verify.ts';

/** One data directory and one upstream, over many lives of the house between them. */
export interface Lane {
  readonly ledger: Ledger;
  readonly files: HouseFiles;
  /** Starts the product, or another program over the same files; counts as one opening of the journal. */
  start(program?: HouseProgram, options?: ChildOptions): Promise<ChildProgram>;
  target(house: ChildProgram): Target;
  /** What the upstream was made to do so far. */
  effects(): Promise<Readonly<Record<string, number>>>;
  /** Waits until the record of earlier lives is closed, and holds everything against everything. */
  verify(running: boolean): Promise<Faults>;
  /** Begins a new record: the directory was taken away on purpose. */
  forget(): void;
  readonly record: RecordReader;
  /** How often a house over these files came up. */
  readonly openings: number;
  close(): Promise<void>;
}

export interface HouseProgram {
  readonly module: URL;
  readonly args: readonly string[];
}

const product = new URL('../src/programs/house.program.js', import.meta.url);
const settleWithinMs = 10_000;

export async function openLane(name: string, changes: HouseChanges = {}): Promise<Lane> {
  const directory = scratchFolder(`crash-${name}`);
  const upstream: SpawnedLeanUpstream = await spawnLeanUpstream({ remember: true });
  const files = await writeHouse(directory, upstream.url, changes);
  const ledger = createLedger(name);
  let record = createRecordReader(sqliteRows(join(files.data, 'journal.db')));
  let openings = 0;
  /** Open calls that were waited for before: a fault that is known costs no time again. */
  const givenUp = new Set<string>();

  async function start({ module, args }: HouseProgram = { module: product, args: [] }, options: ChildOptions = {}) {
    const house = await startProgram(module, [files.config, ...args], { execArgv: houseFlags, ...options });
    openings += 1;
    return house;
  }

  async function effects(): Promise<Readonly<Record<string, number>>> {
    return (await upstream.stats()).effects;
  }

  async function look(running: boolean): Promise<Faults> {
    await record.read();
    return verify({ record, effects: await effects(), ledger, live: new Set(running ? record.boots.slice(-1) : []) });
  }

  return {
    ledger,
    files,
    start,
    target: (house) => ({ url: new URL('/mcp/lean', house.url), tokens: files.tokens }),
    effects,
    async verify(running) {
      const until = performance.now() + settleWithinMs;
      for (;;) {
        const faults = await look(running);
        const waits = running && faults.open.some((call) => !givenUp.has(call));
        if (waits && performance.now() > until) faults.open.forEach((call) => givenUp.add(call));
        if (!waits || performance.now() > until) return faults;
        await pause(20); // the sweep of what earlier lives left open goes on after the doors have opened
      }
    },
    forget() {
      ledger.heard.clear();
      record = createRecordReader(sqliteRows(join(files.data, 'journal.db')));
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
