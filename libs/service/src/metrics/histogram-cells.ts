import { Histogram, type Registry } from 'prom-client';

export interface HistogramCellsOptions {
  readonly registry: Registry;
  readonly name: string;
  readonly help: string;
  /** Names of the labels, in the order of the values. */
  readonly labels: readonly string[];
  /** Upper bounds, ascending. */
  readonly buckets: readonly number[];
}

interface Cell {
  readonly labels: Readonly<Record<string, string>>;
  /** One for each bucket, not added up, and one for what is above all. */
  readonly counts: number[];
  sum: number;
}

/**
 * A histogram that finds its cell by one map look-up: the client library builds, checks and hashes a label object for
 * every observation, which a call should not wait for.
 */
export class HistogramCells extends Histogram {
  readonly #options: HistogramCellsOptions;
  readonly #cells = new Map<string, Cell>();

  constructor(options: HistogramCellsOptions) {
    const { registry, name, help, labels, buckets } = options;
    super({ name, help, labelNames: [...labels], buckets: [...buckets], registers: [registry] });
    this.#options = options;
  }

  /** @param key the values of the labels, joined by NUL where there are several */
  add(key: string, value: number): void {
    const cell = this.#cells.get(key) ?? this.#open(key);
    const { buckets } = this.#options;
    let bucket = 0;
    while (bucket < buckets.length && value > (buckets[bucket] as number)) bucket += 1;
    cell.counts[bucket] = (cell.counts[bucket] as number) + 1;
    cell.sum += value;
  }

  /** What the library asks for its text. */
  async getForPromString() {
    const { name, help } = this.#options;
    const values = [...this.#cells.values()].flatMap((cell) => this.#shown(cell));
    return { name, help, type: 'histogram', aggregator: 'sum', values };
  }

  #open(key: string): Cell {
    const { labels, buckets } = this.#options;
    const values = key.split('\0');
    const named = Object.fromEntries(labels.map((label, index) => [label, values[index] ?? '']));
    const cell: Cell = { labels: named, counts: [...buckets, Infinity].map(() => 0), sum: 0 };
    this.#cells.set(key, cell);
    return cell;
  }

  #shown({ labels: sharedLabels, counts, sum }: Cell) {
    const { name, buckets } = this.#options;
    let count = 0;
    const shown = [...buckets, '+Inf'].map((le, index) => {
      count += counts[index] ?? 0;
      return { metricName: `${name}_bucket`, labels: { le }, sharedLabels, value: count };
    });
    const whole = { labels: {}, sharedLabels };
    return [
      ...shown,
      { metricName: `${name}_sum`, ...whole, value: sum },
      { metricName: `${name}_count`, ...whole, value: count },
    ];
  }
}
