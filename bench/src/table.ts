import Table from 'cli-table3';
import { type Report, rounded, type RowReport } from './report.ts';
import type { Spread } from './rows/figures.ts';

const alwaysOn =
  'Every row from "guarded" on records before it forwards. No configuration switches off: strict input, visibility, ' +
  'definition pins, authorization, confirmation, the record itself; so they have no row.';

/** The report for people. */
export function asTable(report: Report): string {
  const { rows, callers, machine } = report;
  const right = { hAlign: 'right' } as const;
  const table = new Table({
    head: ['row', 'p50 ms', 'p99 ms', 'calls/s', 'p99 ms', 'CPU ms/call', 'what it is'],
    colAligns: ['left', 'right', 'right', 'right', 'right', 'right', 'left'],
    style: { head: [], border: [], compact: true },
  });
  table.push([
    '',
    { content: '1 caller', colSpan: 2, ...right },
    { content: `${callers} callers`, colSpan: 3, ...right },
    '',
  ]);
  for (const [name, row] of Object.entries(rows)) table.push(line(name, row));
  return [table.toString(), alwaysOn, ...notes(report), `${machine.node}, ${machine.cores} x ${machine.cpu}`].join(
    '\n',
  );
}

function line(name: string, { p50_ms, p99_ms, calls_s, p99_many_ms, cpu_ms, spread, about }: RowReport): string[] {
  return [
    name,
    withRange(p50_ms, spread.p50_ms),
    String(p99_ms),
    withRange(calls_s, spread.calls_s),
    String(p99_many_ms),
    withRange(cpu_ms, spread.cpu_ms),
    about,
  ];
}

function withRange(value: number, [low, high]: readonly [number, number]): string {
  const digits = (each: number): string =>
    each >= 100 ? String(Math.round(each)) : String(Number(each.toPrecision(3)));
  return `${digits(value)} (${digits(low)}–${digits(high)})`;
}

function notes({ ratios, memory, lists, coldStart }: Report): string[] {
  const { added_p50_ms: added, added_p50_write_ms: addedByWrite, p50, calls, cpu } = ratios;
  const aims = [
    verdict('added p50 over floor2, ms', added, '<= 0.1', (value) => value <= 0.1),
    verdict('added p50 of a write over floor2, ms', addedByWrite, '<= 0.1', (value) => value <= 0.1),
    verdict('p50 guarded / floor2', p50, '', () => true),
    verdict('calls/s guarded / floor', calls, '>= 0.7', (value) => value >= 0.7),
    verdict('CPU per call guarded / floor', cpu, '<= 2', (value) => value <= 2),
    single(`tools/list of ${lists.tools}, made, ms`, lists.coldMs, '<= 0.3', lists.coldMs <= 0.3),
    single(`tools/list of ${lists.tools}, from cache, ms`, lists.cachedMs, '<= 0.005', lists.cachedMs <= 0.005),
    `  over HTTP, from cache ${rounded(lists.overHttpMs)} ms; the upstream itself ${rounded(lists.directMs)} ms; ${lists.bytes} bytes`,
    verdict('cold start to listening, three upstreams, ms', coldStart.listening, '<= 1000', (value) => value <= 1_000),
    verdict('cold start to ready, ms', coldStart.ready, '', () => true),
  ];
  if (memory === null) return aims;
  const peak = memory.peak === null ? '' : ` (at most ${Math.round(memory.peak)})`;
  return [
    ...aims,
    single(`memory after ${memory.calls} calls, MB${peak}`, memory.after, '<= 160', memory.after <= 160),
    single('memory at rest, MB', memory.rest, '<= 120', memory.rest <= 120),
  ];
}

function verdict(what: string, spread: Spread | undefined, aim: string, good: (value: number) => boolean): string {
  if (spread === undefined) return `${what}: not measured`;
  const { median, low, high } = spread;
  return single(`${what} (${rounded(low)}–${rounded(high)})`, median, aim, good(median));
}

function single(what: string, value: number, aim: string, good: boolean): string {
  return `${good ? 'ok ' : 'NOT'} ${what}: ${rounded(value)}${aim === '' ? '' : `, aim ${aim}`}`;
}
