import Table from 'cli-table3';
import { type Figures, type Spread, spreadOf } from '../rows/figures.ts';
import { callerCounts, type ClientReport, type DistributedReport, type Rounds } from './run-distributed.ts';

export const digits = (value: number): string =>
  String(value >= 100 ? Math.round(value) : Number(value.toPrecision(3)));

/** The report for people. */
export function printDistributed({ clients, journal, limits }: DistributedReport): string {
  const parts = Object.entries(clients).map(
    ([name, report]) => `${name}\n${clientTable(report)}\n${processes(report)}`,
  );
  const stores = [
    aim('durable decisions/s, journal driven directly', journal.decisions, '>= 25000', journal.decisions >= 25_000),
    `four limits in one go, per second: ${digits(limits.perSecond)}; a bare EVALSHA of as many keys: ${digits(limits.barePerSecond)}`,
    aim('four limits in one go, of the bare EVALSHA', limits.ofBare.median, '>= 0.7', limits.ofBare.median >= 0.7),
  ];
  return [...parts, ...stores].join('\n');
}

function clientTable({ ring, sallyport, ratios }: ClientReport): string {
  const table = new Table({
    head: ['callers', 'row', 'p50 ms', 'p99 ms', 'calls/s', 'CPU ms/call'],
    colAligns: ['right', 'left', 'right', 'right', 'right', 'right'],
    style: { head: [], border: [], compact: true },
  });
  for (const callers of callerCounts) {
    table.push(
      [callers, 'ring', ...cells(ring, callers)],
      [callers, 'sallyport', ...cells(sallyport, callers)],
      [callers, 'sallyport / ring', ...ratioCells(ratios[callers])],
    );
  }
  return `${table.toString()}\naims: p50 and p99 <= 1.3, calls/s >= 0.7, CPU <= 1.5 of the ring`;
}

function cells(rounds: Rounds, callers: (typeof callerCounts)[number]): string[] {
  return (['p50', 'p99', 'calls', 'cpu'] as const).map((what) =>
    digits(spreadOf(rounds[callers].map((each) => each[what])).median),
  );
}

function ratioCells(ratios: Readonly<Record<keyof Figures, Spread>>): string[] {
  return (['p50', 'p99', 'calls', 'cpu'] as const).map((what) => {
    const { median, low, high } = ratios[what];
    return `${digits(median)} (${digits(low)}–${digits(high)})`;
  });
}

function processes({ cpuByProcess, idle }: ClientReport): string {
  const lines = Object.keys(cpuByProcess).map(
    (name) =>
      `  ${name}: ${digits(cpuByProcess[name] ?? NaN)} ms CPU/call, idle ${digits((idle[name] ?? NaN) * 100)} %`,
  );
  return ['by process of Sallyport (idle aim: < 1 % of a core)', ...lines].join('\n');
}

function aim(what: string, value: number, wanted: string, met: boolean): string {
  return `${what}: ${digits(value)} (aim ${wanted}: ${met ? 'met' : 'missed'})`;
}
