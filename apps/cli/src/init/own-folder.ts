import { basename, join, resolve } from 'node:path';
import envPaths from 'env-paths';
import { Failure } from '../failure.ts';
import type { Output } from '../output/output.ts';
import { printable } from '../output/printable.ts';
import { type ServedFolder, servedBy } from './served-folders.ts';
import { madeFor } from './starter-files.ts';
import { exists, textOf } from './written-files.ts';

export interface OwnFolder {
  readonly served: readonly ServedFolder[];
  /** What the user chose. */
  readonly directory: string | undefined;
  /** The folder that `init` was started in. */
  readonly started: string;
  /** Workspace whose client's file this is. */
  readonly workspace: string;
  readonly file: string;
}

/**
 * The folder for Sallyport's files: what the user says, else the current one. Where a guarded server serves that, they go to the
 * user's configuration: an agent that reads them has the tokens, and one that writes them decides what is guarded.
 *
 * @throws Failure where servers serve the user's configuration too
 */
export async function ownFolder(asked: OwnFolder, output: Output): Promise<string> {
  const { served, directory, started } = asked;
  const here = resolve(started, directory ?? '');
  const by = servedBy(served, here);
  if (by === null) return here;
  const why = `${printable(by.server)} serves ${printable(by.path)}: an agent could read Sallyport’s tokens there, and write its policies`;
  if (directory !== undefined) {
    output.note(`${why}. You chose ${printable(here)}, which is in it; a folder outside is safer.`);
    return here;
  }
  const own = await freeFolder(asked);
  const hint = 'Choose a folder that no server serves: --directory <folder>';
  if (servedBy(served, own) !== null) throw new Failure('refused', `${why}; ${own} is served too.`, { hint });
  output.note(`${why}. So its files are in ${printable(own)}; --directory chooses another folder.`);
  if (await exists(join(started, 'sallyport.yaml')))
    output.note(`${printable(join(started, 'sallyport.yaml'))} and what is beside it of Sallyport’s: take them away.`);
  return own;
}

/** Called as the workspace is; with a number where another workspace of that name has it. */
async function freeFolder({ workspace, file }: OwnFolder): Promise<string> {
  const all = resolve(envPaths('sallyport', { suffix: '' }).config);
  const name = basename(workspace) || 'workspace';
  for (let attempt = 1; ; attempt += 1) {
    const folder = join(all, attempt === 1 ? name : `${name}-${attempt}`);
    const config = join(folder, 'sallyport.yaml');
    if (!(await exists(config)) || (await textOf(config)).split(/\r?\n/).includes(madeFor(file))) return folder;
  }
}
