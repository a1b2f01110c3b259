import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { openSqliteJournal } from '@sallyport/adapter-sqlite';
import { drive, type Load } from './journal-load.ts';

/** How often each tree has its turn. */
const ROUNDS = Number(process.env['ROUNDS'] ?? 7);
const MS = 1_500;
const CALLERS = [1, 32];

/** What one turn came to: microseconds of CPU per commit (all threads), and milliseconds until it is durable. */
type Figures = Readonly<Record<string, number>>;

/**
 * Drives the SQLite journal of built trees, each in a process of its own, in turn: decisions with two sealed values.
 * Prints medians; of the trees after the first also the median of the ratios within a round.
 *
 *     node bench/dist/src/measure-sqlite-journal.js [tree ...]
 */
async function main([turn, ...args]: readonly string[]): Promise<void> {
  if (turn === '--turn') return console.log(JSON.stringify(await figuresOf(args[0] ?? '.')));
  const trees = turn === undefined ? ['.'] : [turn, ...args];
  const rounds = Array.from({ length: ROUNDS }, () => trees.map(turnOf));
  for (const [at, tree] of trees.entries()) {
    console.log(tree);
    for (const name of Object.keys(rounds[0]?.[at] ?? {})) {
      const values = rounds.map((round) => round[at]?.[name] ?? Number.NaN);
      const ratios = rounds.map((round) => (round[at]?.[name] ?? Number.NaN) / (round[0]?.[name] ?? Number.NaN));
      console.log(`  ${name.padEnd(16)} ${median(values).toFixed(3).padStart(9)}  x ${median(ratios).toFixed(3)}`);
    }
  }
}

function turnOf(tree: string): Figures {
  const flags = ['--disable-warning=ExperimentalWarning', import.meta.filename, '--turn', tree];
  const { stdout, stderr, status } = spawnSync(process.execPath, flags, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${tree}: ${stderr}`);
  return JSON.parse(stdout) as Figures;
}

async function figuresOf(tree: string): Promise<Figures> {
  const built = pathToFileURL(resolve(tree, 'libs/adapters/sqlite/dist/index.js')).href;
  const { openSqliteJournal: open } = (await import(built)) as { openSqliteJournal: typeof openSqliteJournal };
  const folder = mkdtempSync(join(tmpdir(), 'sqlite-bench-'));
  const { journal, close } = await open({ directory: join(folder, 'data'), deadlineMs: 30_000 });
  const figures: Record<string, number> = {};
  try {
    for (const callers of CALLERS) {
      const load: Load = { callers, tenants: 1, sealed: 2, ms: MS };
      await drive(journal, { ...load, ms: MS / 2 });
      const before = process.cpuUsage();
      const took = (await drive(journal, load)).sort((a, b) => a - b);
      const { user, system } = process.cpuUsage(before);
      figures[`cpu_us c=${callers}`] = (user + system) / took.length;
      for (const part of [50, 99])
        figures[`p${part}_ms c=${callers}`] = took[Math.floor((took.length * part) / 100)] ?? 0;
    }
  } finally {
    await close();
    rmSync(folder, { recursive: true });
  }
  return figures;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

await main(process.argv.slice(2));
