import { cpus } from 'node:os';
import type { ColdStart } from './rows/cold-start.ts';
import type { Lists } from './rows/lists.ts';
import type { Memory } from './rows/memory.ts';
import { type Figures, ratiosOf, type Spread, spreadOf } from './rows/figures.ts';
import { manyCallers, type Row } from './rows/row.ts';

export interface RowReport {
  readonly about: string;
  /** By one caller. */
  readonly p50_ms: number;
  readonly p99_ms: number;
  /** By many callers; CPU of the row's own process. */
  readonly calls_s: number;
  readonly cpu_ms: number;
  readonly p99_many_ms: number;
  readonly spread: Readonly<Record<'p50_ms' | 'calls_s' | 'cpu_ms', readonly [low: number, high: number]>>;
}

export interface Report {
  readonly rows: Readonly<Record<string, RowReport>>;
  readonly ratios: Readonly<Record<string, Spread>>;
  readonly memory: Memory | null;
  readonly lists: Lists;
  readonly coldStart: ColdStart;
  readonly machine: { readonly node: string; readonly cpu: string; readonly cores: number };
  readonly callers: number;
}

/** Puts the measurements together: medians over the rounds, and the product against the floors round by round. */
export function reportOf(rows: readonly Row[], measured: Pick<Report, 'memory' | 'lists' | 'coldStart'>): Report {
  const [model] = cpus();
  return {
    rows: Object.fromEntries(rows.map((row) => [row.name, rowReport(row)])),
    ratios: ratios(rows),
    ...measured,
    machine: { node: process.version, cpu: model?.model ?? 'unknown', cores: cpus().length },
    callers: manyCallers,
  };
}

function rowReport({ about, one, many }: Row): RowReport {
  const of = (figures: readonly Figures[], what: keyof Figures): Spread => spreadOf(figures.map((each) => each[what]));
  const p50 = of(one, 'p50');
  const calls = of(many, 'calls');
  const cpu = of(many, 'cpu');
  const range = ({ low, high }: Spread) => [rounded(low), rounded(high)] as const;
  return {
    about,
    p50_ms: rounded(p50.median),
    p99_ms: rounded(of(one, 'p99').median),
    calls_s: Math.round(calls.median),
    cpu_ms: rounded(cpu.median),
    p99_many_ms: rounded(of(many, 'p99').median),
    spread: { p50_ms: range(p50), calls_s: range(calls), cpu_ms: range(cpu) },
  };
}

/**
 * Round by round. Latency is held against the floor that syncs as often as the product does; calls and CPU against the one that
 * syncs once.
 */
function ratios(rows: readonly Row[]): Record<string, Spread> {
  const [guarded, write, floor, floor2] = ['guarded', 'write', 'floor', 'floor2'].map((name) =>
    rows.find((row) => row.name === name),
  );
  if (!guarded || !write || !floor || !floor2) return {};
  return {
    p50: ratiosOf(p50s(guarded), p50s(floor2)),
    added_p50_ms: added(guarded, floor2),
    added_p50_write_ms: added(write, floor2),
    calls: ratiosOf(manys(guarded, 'calls'), manys(floor, 'calls')),
    cpu: ratiosOf(manys(guarded, 'cpu'), manys(floor, 'cpu')),
  };
}

function p50s({ one }: Row): readonly number[] {
  return one.map(({ p50 }) => p50);
}

function added(row: Row, floor: Row): Spread {
  const below = p50s(floor);
  return spreadOf(p50s(row).map((p50, at) => p50 - (below[at] ?? Number.NaN)));
}

function manys({ many }: Row, what: keyof Figures): readonly number[] {
  return many.map((each) => each[what]);
}

/** To four digits that mean something. */
export function rounded(value: number): number {
  return Number(value.toPrecision(4));
}

/** The report as the flat JSON that scripts read. */
export function asJson({ rows, memory, lists, coldStart, ...rest }: Report): string {
  const rss = memory === null ? {} : { rss_mb: rounded(memory.after), rss_rest_mb: rounded(memory.rest), memory };
  return JSON.stringify({ ...rows, ...rss, tools_list: lists, cold_start_ms: coldStart, ...rest }, null, 2);
}
