import { readFileSync } from 'node:fs';
import { basename, delimiter, dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { shellWord } from './shell-word.ts';

/** What of a process says how it was started. */
export interface StartedBy {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  cwd(): string;
}

/**
 * How the user who started this program types its name: `npx sallyport`, `npx --yes ./sallyport-1.0.0.tgz`,
 * `node_modules/.bin/sallyport`, or `sallyport` where it is in the `PATH`. A program that is not the command line says `sallyport`.
 *
 * @param anywhere whether it must hold in every folder: a client starts programs in one of its own
 */
export function commandName(process: StartedBy, { anywhere = false } = {}): string {
  const shown = (path: string): string => (anywhere ? path : nearest(path, process.cwd()));
  const tarball = tarballOf(process);
  if (tarball !== null) return `npx --yes ${shellWord(packageWord(shown(tarball)))}`;
  // What npm was asked for is inherited by all that it starts. In another folder npx would fetch a stranger's package.
  if (!anywhere && /\bsallyport\b/.test(valueOf(process, 'npm_lifecycle_script'))) return 'npx sallyport';
  const file = process.argv[1] ?? '';
  if (!/^sallyport(\.mjs)?$/.test(basename(file)) || isInPath(process, dirname(file))) return 'sallyport';
  const word = shellWord(shown(file));
  return file.endsWith('.mjs') ? `node ${word}` : word;
}

/** A tarball as npx takes it: what it is told by a whole path it runs, instead of installing it. */
export function packageWord(path: string): string {
  return isAbsolute(path) ? `file:${path}` : path;
}

/** A path within a folder as it is from there; any other whole. */
export function nearest(file: string, folder: string): string {
  const near = relative(folder, file);
  if (near.startsWith('..') || isAbsolute(near)) return file;
  return file.endsWith('.tgz') ? `./${near}` : near;
}

/**
 * How npx started this program, from a folder of its cache that npm may empty; null where it did not. It installs a tarball that
 * it was given in such a folder, with a manifest that names it.
 */
export function npxOf({ argv }: Pick<StartedBy, 'argv'>): { readonly tarball: string | null } | null {
  const [folder] = /^.*[/\\]_npx[/\\][^/\\]+/.exec(argv[1] ?? '') ?? [];
  if (folder === undefined) return null;
  try {
    const { dependencies } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    const [, file] = /^file:(.*\.tgz)$/.exec(dependencies.sallyport) ?? [];
    return { tarball: file === undefined ? null : resolve(folder, file) };
  } catch {
    return { tarball: null };
  }
}

/** The tarball that npx was given; null where it was not. */
export function tarballOf(process: Pick<StartedBy, 'argv'>): string | null {
  return npxOf(process)?.tarball ?? null;
}

/** The `PATH` of the user: npm puts the folder of a package's programs into that of what it runs. */
function isInPath(process: StartedBy, folder: string): boolean {
  return !folder.endsWith(join('node_modules', '.bin')) && valueOf(process, 'PATH').split(delimiter).includes(folder);
}

function valueOf({ env }: StartedBy, name: string): string {
  return env[name] ?? '';
}
