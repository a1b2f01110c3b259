import { type ChildProgram, startProgram } from '../programs/child-program.ts';
import { type ConfigChanges, type SallyportFiles, writeSallyport } from './sallyport-files.ts';

/** A guarded instance in a process of its own. */
export interface RunningSallyport extends ChildProgram {
  readonly files: SallyportFiles;
  /** The endpoint of the one upstream, with its own tool names. */
  readonly endpoint: URL;
}

export interface SallyportPlace {
  /** A folder of its own; made if it isn't there. */
  readonly directory: string;
  readonly upstream: string;
  readonly changes?: ConfigChanges;
  readonly execArgv?: readonly string[];
}

/** The flags that `bin/sallyport.mjs` starts a server with. */
const asStarted = ['--max-semi-space-size=16'];

/** Writes Sallyport's files and starts the product over them. */
export async function startSallyport({
  directory,
  upstream,
  changes = {},
  execArgv = [],
}: SallyportPlace): Promise<RunningSallyport> {
  const files = await writeSallyport(directory, upstream, changes);
  const program = await startProgram(new URL('../programs/sallyport.program.js', import.meta.url), [files.config], {
    execArgv: [...asStarted, ...execArgv],
  });
  return { ...program, files, endpoint: new URL('/mcp/lean', program.url) };
}
