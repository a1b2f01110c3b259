import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';
import { LATE, within } from '@sallyport/base';
import {
  type Call,
  depths,
  incidents,
  type Measure,
  measures,
  type MeasureSpec,
  type Observer,
  type UpstreamState,
  type UpstreamUsage,
  type Target,
  targetText,
} from '@sallyport/contracts';
import { createCounterCells, type CounterCells } from './counter-cells.ts';
import { HistogramCells } from './histogram-cells.ts';

export interface MetricsOptions {
  /** Whether a tool is approved. Only then is it a label: a client could make up names without end. */
  readonly isKnown: (upstream: string, target: Target) => boolean;
  /** The configured upstreams and how they are; read for each scrape, and for calls of unknown tools. */
  readonly upstreams?: () => Iterable<UpstreamNow>;
  /** Memory, CPU, event loop and garbage collection of this process. */
  readonly runtime?: boolean;
}

/** One configured upstream as it is now. */
export type UpstreamNow = readonly [id: string, state: UpstreamState, usage: UpstreamUsage];

export interface Metrics {
  readonly observer: Observer;
  readonly contentType: string;
  /** Shows from now on how far this machine's clock is ahead of the one that services have in common. */
  watchClock(skewMs: () => number | null): void;
  /** The Prometheus text of everything. */
  text(): Promise<string>;
}

const UNKNOWN = '_unknown';
/** Seconds. Decisions take microseconds to milliseconds; calls take what their upstream takes. */
const decisionBuckets = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.25, 1];
const callBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60];
const stageBuckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const countBuckets = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512];

const clock = {
  metric: 'sallyport_clock_skew_seconds',
  help: 'How far this machine’s clock is ahead of the broker’s; NaN until that was measured.',
};

/** Counters and histograms of Sallyport, in a registry of their own. */
export function createMetrics({ isKnown, upstreams = () => [], runtime = true }: MetricsOptions): Metrics {
  const registry = new Registry();
  if (runtime) collectDefaultMetrics({ register: registry });
  upstreamMetrics(registry, upstreams);
  const decisions = counter(registry, {
    name: 'sallyport_decisions_total',
    help: 'Calls decided, by decision, reason, deciding guard, upstream and approved tool.',
    labels: ['decision', 'reason', 'guard', 'upstream', 'tool'],
  });
  const outcomes = counter(registry, {
    name: 'sallyport_outcomes_total',
    help: 'What came of allowed calls.',
    labels: ['outcome'],
  });
  const incidentCells = counter(registry, {
    name: 'sallyport_incidents_total',
    help: 'Incidents, by name and severity.',
    labels: ['incident', 'severity'],
  });
  // From 0 on: `increase` does not see the first increment of a series that begins with it.
  for (const [name, { severity }] of Object.entries(incidents)) incidentCells.declare(name, severity);
  const durations = histograms(registry);
  const measured = measureCells(registry);

  /** Upstream and tool as labels: a closed set, whatever clients send. */
  function place({ upstream, target }: Call): [upstream: string, tool: string] {
    if (isKnown(upstream, target)) return [upstream, targetText(target)];
    for (const [id] of upstreams()) if (id === upstream) return [upstream, UNKNOWN];
    return [UNKNOWN, UNKNOWN];
  }

  return {
    observer: {
      decided(call, { effect, reason, guard }, elapsedUs) {
        decisions.add(effect, reason, guard, ...place(call));
        durations.decision.add(effect, elapsedUs / 1e6);
      },
      finished(call, outcome, elapsedUs) {
        const [upstream, tool] = place(call);
        outcomes.add(outcome);
        durations.call.add(`${upstream}\0${tool}`, elapsedUs / 1e6);
      },
      incident: (name) => incidentCells.add(name, incidents[name].severity),
      measured(measure, part, value) {
        const { cells, scale } = measured[measure];
        cells.add(part, value * scale);
      },
      watched: (depth, read) => gauge(registry, depths[depth], read),
    },
    watchClock: (skewMs) => gauge(registry, clock, () => (skewMs() ?? Number.NaN) / 1_000),
    contentType: registry.contentType,
    text: () => registry.metrics(),
  };
}

function counter(
  registry: Registry,
  { name, help, labels }: { readonly name: string; readonly help: string; readonly labels: readonly string[] },
): CounterCells {
  const cells = createCounterCells(() => made, labels);
  const made = new Counter({
    name,
    help,
    labelNames: [...labels],
    registers: [registry],
    collect: () => cells.flush(),
  });
  return cells;
}

function histograms(registry: Registry) {
  return {
    decision: new HistogramCells({
      registry,
      name: 'sallyport_decision_duration_seconds',
      help: 'From the request to the recorded decision.',
      labels: ['decision'],
      buckets: decisionBuckets,
    }),
    call: new HistogramCells({
      registry,
      name: 'sallyport_call_duration_seconds',
      help: 'From the request to the recorded outcome, of calls that ran.',
      labels: ['upstream', 'tool'],
      buckets: callBuckets,
    }),
  };
}

interface MeasureCells {
  readonly cells: HistogramCells;
  /** From what is measured to what is shown. */
  readonly scale: number;
}

function measureCells(registry: Registry): Readonly<Record<Measure, MeasureCells>> {
  const cellsOf = ({ metric: name, help, label, unit }: MeasureSpec): MeasureCells => ({
    cells: new HistogramCells({
      ...{ registry, name, help },
      labels: label === null ? [] : [label],
      buckets: unit === 'ms' ? stageBuckets : countBuckets,
    }),
    scale: unit === 'ms' ? 1e-3 : 1,
  });
  return Object.fromEntries(Object.entries(measures).map(([name, spec]) => [name, cellsOf(spec)])) as Record<
    Measure,
    MeasureCells
  >;
}

/** What is asked of others is not waited for longer: what this process knows by itself must be seen while they are away. */
const READ_MS = 1_000;

/** Shows a number that is read for each scrape; NaN where it could not be. */
function gauge(
  registry: Registry,
  { metric: name, help }: { readonly metric: string; readonly help: string },
  read: () => number | Promise<number>,
): void {
  registry.removeSingleMetric(name);
  new Gauge({
    name,
    help,
    registers: [registry],
    async collect() {
      const now = await within(Promise.resolve().then(read), READ_MS).catch((): typeof LATE => LATE);
      this.set(now === LATE ? Number.NaN : now);
    },
  });
}

function upstreamMetrics(registry: Registry, upstreams: NonNullable<MetricsOptions['upstreams']>): void {
  /** A number that each upstream keeps itself, read for each scrape. */
  const read = (name: string, help: string, kind: typeof Gauge | typeof Counter, of: (now: UpstreamNow) => number) =>
    new kind({
      name,
      help,
      labelNames: ['upstream'],
      registers: [registry],
      collect() {
        this.reset();
        for (const now of upstreams()) this.inc({ upstream: now[0] }, of(now));
      },
    });
  read('sallyport_upstream_programs', 'Programs of the upstream that run.', Gauge, ([, , use]) => use.programs);
  read(
    'sallyport_upstream_sessions',
    'Sessions with the upstream that are kept for callers.',
    Gauge,
    ([, , use]) => use.sessions,
  );
  const stderr = 'what its programs wrote to stderr since it was configured.';
  read('sallyport_upstream_up', '1 while the upstream can be reached.', Gauge, ([, state]) => Number(state === 'up'));
  read('sallyport_upstream_stderr_lines_total', `Lines of ${stderr}`, Counter, ([, , use]) => use.stderr.lines);
  read('sallyport_upstream_stderr_bytes_total', `Bytes of ${stderr}`, Counter, ([, , use]) => use.stderr.bytes);
}
