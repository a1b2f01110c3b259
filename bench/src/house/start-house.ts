import { type ChildProgram, startProgram } from '../programs/child-program.ts';
import { type HouseChanges, type HouseFiles, writeHouse } from './house-files.ts';

/** As `npm start` has it: without it, V8 of older Nodes dies when Cedar's engine is called from optimised code. */
export const houseFlags = ['--no-turbo-inline-js-wasm-calls'];

/** A guarded house in a process of its own. */
export interface RunningHouse extends ChildProgram {
  readonly files: HouseFiles;
  /** The endpoint of the one upstream, with its own tool names. */
  readonly endpoint: URL;
}

export interface HousePlace {
  /** A folder of its own; made if it isn't there. */
  readonly directory: string;
  readonly upstream: string;
  readonly changes?: HouseChanges;
  readonly execArgv?: readonly string[];
}

/** Writes the house's files and starts the product over them. */
export async function startHouse({
  directory,
  upstream,
  changes = {},
  execArgv = [],
}: HousePlace): Promise<RunningHouse> {
  const files = await writeHouse(directory, upstream, changes);
  const program = await startProgram(new URL('../programs/house.program.js', import.meta.url), [files.config], {
    execArgv: [...houseFlags, ...execArgv],
  });
  return { ...program, files, endpoint: new URL('/mcp/lean', program.url) };
}
