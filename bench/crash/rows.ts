import type { sealedOpener } from './open-sealed.ts';

/** One event as the journal's database holds it. */
export interface Row {
  readonly tenant: string;
  readonly sequence: number;
  readonly stream: string;
  readonly version: number;
  readonly type: string;
  readonly bytes: Uint8Array;
  readonly leaf: Uint8Array;
  /** The sealed arguments beside the event, as JSON. */
  readonly sealed: string | null;
}

/** Where the record is read from, by queries of our own. */
export interface Rows {
  /** Rows that were not given before, each tenant's in the order of its log, and how many of those that were are left. */
  read(): Promise<{ readonly rows: readonly Row[]; readonly kept: number }>;
}

/**
 * @param open opens the sealed arguments of a row that has some
 * @throws Error for a row without its bytes
 */
export function rowOf(row: Readonly<Record<string, unknown>>, open: ReturnType<typeof sealedOpener>): Row {
  const { bytes, leaf, sealed } = row;
  if (!(bytes instanceof Uint8Array) || !(leaf instanceof Uint8Array)) throw new Error('an event without its bytes');
  return {
    tenant: String(row['tenant']),
    sequence: Number(row['sequence']),
    stream: String(row['stream']),
    version: Number(row['version']),
    type: String(row['type']),
    bytes,
    leaf,
    sealed: typeof sealed === 'string' ? open(row) : null,
  };
}
