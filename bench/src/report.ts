import { cpus } from 'node:os';
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
  readonly machine: { readonly node: string; readonly cpu: string; readonly cores: number };
  readonly callers: number;
}

/** Puts the measurements together: medians over the rounds, and guarded against the floor round by round. */
export function reportOf(rows: readonly Row[], memory: Memory | null, lists: Lists): Report {
  const [model] = cpus();
  return {
    rows: Object.fromEntries(rows.map((row) => [row.name, rowReport(row)])),
    ratios: ratios(rows),
    memory,
    lists,
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

function ratios(rows: readonly Row[]): Record<string, Spread> {
  const guarded = rows.find(({ name }) => name === 'guarded');
  const floor = rows.find(({ name }) => name === 'floor');
  if (guarded === undefined || floor === undefined) return {};
  const of = (what: keyof Figures, side: 'one' | 'many'): Spread =>
    ratiosOf(
      guarded[side].map((each) => each[what]),
      floor[side].map((each) => each[what]),
    );
  const added = guarded.one.map(({ p50 }, at) => p50 - (floor.one[at]?.p50 ?? Number.NaN));
  return { p50: of('p50', 'one'), calls: of('calls', 'many'), cpu: of('cpu', 'many'), added_p50_ms: spreadOf(added) };
}

/** To four digits that mean something. */
export function rounded(value: number): number {
  return Number(value.toPrecision(4));
}

/** The report as the flat JSON that scripts read. */
export function asJson({ rows, memory, lists, ...rest }: Report): string {
  const rss = memory === null ? {} : { rss_mb: rounded(memory.after), rss_rest_mb: rounded(memory.rest), memory };
  return JSON.stringify({ ...rows, ...rss, tools_list: lists, ...rest }, null, 2);
}
