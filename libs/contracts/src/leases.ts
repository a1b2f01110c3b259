/** A numbered place that one process holds for some time: a gateway's reply partition, the relay of a tenant's feed. */
export interface Lease {
  readonly slot: number;
  /** False once it has run out, or somebody else took it. */
  held(): boolean;
  /** Gives it back. Never throws. */
  release(): Promise<void>;
}

/** Leases by name; renewed by themselves until released. */
export interface Leases {
  /**
   * Takes the lowest free slot of `0 … slots - 1`; null where all are taken.
   *
   * @param holder who takes it: a gateway's boot id
   */
  take(request: {
    readonly name: string;
    readonly slots: number;
    readonly holder: string;
    readonly ttlMs: number;
  }): Promise<Lease | null>;
  /** Those who hold one now. */
  holders(name: string): Promise<readonly string[]>;
}

/** How far the feed of each tenant has been relayed. */
export interface RelayMarks {
  read(): Promise<ReadonlyMap<string, number>>;
  /** Moves the mark of a tenant forward, never back. */
  advance(tenant: string, sequence: number): Promise<void>;
}
