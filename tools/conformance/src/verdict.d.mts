/** A check that did not succeed. */
export interface Fault {
  readonly check: string;
  readonly status: 'FAILURE' | 'WARNING';
  /** What the suite says of it. */
  readonly said: string;
}

/** What came of one scenario: how many checks succeeded and failed, and those that did not succeed, warnings among them. */
export interface ScenarioOutcome {
  readonly passed: number;
  readonly failed: number;
  readonly faults: readonly Fault[];
}

export interface ListEntry {
  readonly legs: readonly string[];
  readonly scenarios: readonly string[];
  readonly why?: string;
}

/** Checks of required scenarios that deviate, in all profiles if none is named. */
export interface Deviation extends ListEntry {
  readonly profiles?: readonly string[];
  readonly checks: readonly string[];
  readonly why: string;
}

export interface Lists {
  readonly required: readonly ListEntry[];
  readonly notThere: readonly ListEntry[];
  readonly deviations: readonly Deviation[];
}

export interface Leg {
  readonly profile: string;
  readonly leg: string;
}

export interface Row extends Leg {
  readonly scenario: string;
  readonly passed: number;
  readonly failed: number;
  readonly state: 'passed' | 'failed' | 'not there yet' | 'stale' | 'unlisted';
  readonly wrong: boolean;
  readonly note: string;
}

/** What each scenario of one leg means. */
export function judgeLeg(leg: Leg, outcomes: ReadonlyMap<string, ScenarioOutcome>, lists: Lists): Row[];

/** The entries that no row is about, as sentences. */
export function unused(lists: Lists, rows: readonly Row[]): string[];
