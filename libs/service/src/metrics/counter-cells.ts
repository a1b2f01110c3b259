import type { Counter } from 'prom-client';

/**
 * Counts by label values with one map look-up each, and hands the sums to the counter when it is read: the client
 * library builds and hashes a label object for every increment, which a call should not wait for.
 */
export interface CounterCells {
  add(...values: string[]): void;
  /** Has the counter show these values with 0 until they are counted. */
  declare(...values: string[]): void;
  /** Called by the counter's `collect`. */
  flush(): void;
}

interface Cell {
  readonly values: readonly string[];
  count: number;
}

/** Makes cells over a counter whose label names are given in the order of the values. */
export function createCounterCells(counter: () => Counter, names: readonly string[]): CounterCells {
  const cells = new Map<string, Cell>();

  return {
    add(...values) {
      const key = values.length === 1 ? (values[0] as string) : values.join('\0');
      const cell = cells.get(key);
      if (cell) cell.count += 1;
      else cells.set(key, { values, count: 1 });
    },
    declare(...values) {
      counter().inc(Object.fromEntries(names.map((name, index) => [name, values[index] ?? ''])), 0);
    },
    flush() {
      for (const cell of cells.values()) {
        if (cell.count === 0) continue;
        counter().inc(Object.fromEntries(names.map((name, index) => [name, cell.values[index] ?? ''])), cell.count);
        cell.count = 0;
      }
    },
  };
}
