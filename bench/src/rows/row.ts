import type { Driver } from '../load/drive.ts';
import type { Usage } from '../programs/child-program.ts';
import type { Figures } from './figures.ts';

/** One line of the table: a process, the load on it, and what was measured. */
export interface Row {
  /** Key in the JSON. */
  readonly name: string;
  readonly about: string;
  readonly driver: Driver;
  usage(): Promise<Usage>;
  stop(): Promise<void>;
  /** One entry per round, by 1 caller and by many. */
  readonly one: Figures[];
  readonly many: Figures[];
}

export const manyCallers = 32;
