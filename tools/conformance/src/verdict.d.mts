/** What came of one scenario: how many checks, and a sentence for each that failed. */
export interface ScenarioOutcome {
  readonly passed: number;
  readonly failed: number;
  readonly faults: readonly string[];
}

export interface ListEntry {
  readonly legs: readonly string[];
  readonly scenarios: readonly string[];
  readonly why?: string;
}

export interface Lists {
  readonly required: readonly ListEntry[];
  readonly notThere: readonly ListEntry[];
}

export interface Row {
  readonly leg: string;
  readonly scenario: string;
  readonly passed: number;
  readonly failed: number;
  readonly state: 'passed' | 'failed' | 'not there yet' | 'stale' | 'unlisted';
  readonly wrong: boolean;
  readonly note: string;
}

/** What each scenario of one leg means. */
export function judgeLeg(leg: string, outcomes: ReadonlyMap<string, ScenarioOutcome>, lists: Lists): Row[];

/** The entries that no row is about, as sentences. */
export function unused(lists: Lists, rows: readonly Row[]): string[];
