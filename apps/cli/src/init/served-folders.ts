import { realpathSync, statSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { pathsIn } from '@sallyport/base';
import type { ClientServer } from './client-servers.ts';
import type { Places } from './upstream-entries.ts';
import { expand } from './variables.ts';

/** A folder that a server was given, and so may read and write. */
export interface ServedFolder {
  readonly server: string;
  /** Whole, with its symbolic links resolved. */
  readonly path: string;
}

/** Variables that every program has, whatever it serves. */
const everybodys = new Set(['HOME', 'USERPROFILE']);

/** Every folder that servers are given as an argument, a part of one (`-v folder:/there`), a variable or `cwd`. */
export function servedFolders(
  servers: readonly ClientServer[],
  places: Omit<Places, 'here' | 'started'>,
): readonly ServedFolder[] {
  return servers.flatMap((server) => {
    const known = (text: string): string => expand(text, { ...places, folder: server.folder }).text;
    const folder = server.folder ?? places.from;
    const start = server.cwd === null ? folder : resolve(folder, known(server.cwd));
    const variables = Object.entries(server.env).filter(([name]) => !everybodys.has(name));
    const given = [...server.args, ...variables.map(([, value]) => value)].map(known);
    const paths = given.flatMap((word) => pathsIn(word, places.home)).map((path) => resolve(start, path));
    const folders = [...paths, ...(server.cwd === null ? [] : [start])].filter(isFolder).map(real);
    return [...new Set(folders)].map((path) => ({ server: server.name, path }));
  });
}

/** The first of the folders that is this path or holds it. */
export function servedBy(folders: readonly ServedFolder[], path: string): ServedFolder | null {
  return folders.find((folder) => holds(folder.path, real(path))) ?? null;
}

function holds(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== '..' && !/^\.\.[\\/]/.test(way) && !isAbsolute(way);
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

/** Symbolic links resolved, also of the part that exists of a path that does not. */
function real(path: string): string {
  try {
    return realpathSync.native(path);
  } catch {
    return dirname(path) === path ? path : join(real(dirname(path)), basename(path));
  }
}
