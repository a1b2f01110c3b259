/** Both ends are in it. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

export interface TenantReport {
  readonly tenant: string;
  readonly records: number;
  readonly first: number;
  readonly last: number;
  readonly missing: readonly Range[];
}

export interface Completeness {
  /** False for a record that came before. */
  take(tenant: string, sequence: number): boolean;
  /** Sorted by tenant. */
  report(): TenantReport[];
}

/** Keeps count of sequence numbers by tenant: each from 1 (`fromStart`), or from the first that comes. */
export function createCompleteness(options: { readonly fromStart: boolean }): Completeness;

/** The report as one line. */
export function lineOf(report: TenantReport): string;
