import { realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Finding, NamesOwnFile } from '@sallyport/contracts';
import { declaredFolders } from './declared-folders.ts';
import type { LoadedConfig } from './load-config.ts';

/** A longer text is neither a path nor a line of commands, but content. */
const LONGEST = 1_024;

/** The files that say what Sallyport does, and that it keeps: nobody who is guarded by them may read or change them. */
function ownPaths({ config, file, directory, data }: LoadedConfig): readonly string[] {
  const { development } = config.identity;
  const users = development === undefined ? [] : [resolve(directory, development.users)];
  const secrets = Object.values(config.upstreams).flatMap((upstream) =>
    [...('url' in upstream ? Object.values(upstream.headers) : upstream.command)].flatMap((source) =>
      typeof source === 'object' && 'file' in source ? [resolve(directory, source.file)] : [],
    ),
  );
  const paths = [
    file,
    data,
    resolve(directory, config.policies),
    join(directory, 'sallyport.env'),
    ...users,
    ...secrets,
  ];
  return [...new Set(paths.flatMap((path) => [path, real(path)]))];
}

/** Where a path leads, as far as it is there: links in it are followed. */
function real(path: string): string {
  try {
    return realpathSync.native(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(real(parent), relative(parent, path));
  }
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

/**
 * Makes what says whether a text of a call names one of Sallyport's own files, or something below one: as a path, absolute or from a
 * folder of the upstream, as a `file:` URI, through a link, or within a short line such as a command.
 */
export function ownFiles(loaded: LoadedConfig): NamesOwnFile {
  const own = ownPaths(loaded);
  const folders = declaredFolders(loaded.config, loaded.directory);
  const isOwn = (path: string): boolean => own.some((known) => isWithin(path, known));
  return function namesOwnFile(upstream, text) {
    if (text.length > LONGEST || /[\r\n]|^(?!file:)[a-z][a-z0-9+.-]*:\/\//i.test(text)) return false;
    if (own.some((known) => mentions(text, known))) return true;
    const path = asPath(text);
    // A plain word is a word. A file's name alone counts where the file has an ending.
    if (!/[/\\]/.test(path) && !own.some((known) => known.endsWith(sep + path) && /\w\.\w/.test(path))) return false;
    const bases = [loaded.directory, ...(folders.get(upstream) ?? [])];
    return bases.map((base) => resolve(base, path)).some((found) => isOwn(found) || isOwn(real(found)));
  };
}

/** Whether a line holds the path, and not only one that begins like it. */
function mentions(line: string, path: string): boolean {
  const at = line.indexOf(path);
  return at >= 0 && !/[\w.-]/.test(line.charAt(at + path.length));
}

function asPath(text: string): string {
  if (text.startsWith('~/')) return join(homedir(), text.slice(2));
  if (!/^file:/i.test(text)) return text.replaceAll('\\', '/');
  try {
    return fileURLToPath(text);
  } catch {
    return text;
  }
}

/** The upstreams that are given a folder in which Sallyport's own files are. */
export function ownFileFindings(loaded: LoadedConfig): readonly Finding[] {
  const own = ownPaths(loaded);
  return [...declaredFolders(loaded.config, loaded.directory)].flatMap(([id, folders]) => {
    const folder = folders.find((given) => own.some((path) => isWithin(path, real(given))));
    if (folder === undefined) return [];
    return [
      {
        about: `own-files/${id}`,
        fires: false,
        refuses: true,
        detail: `${id} is given ${folder}, where Sallyport’s own files are; calls that name them are refused, but what searches the folder may still come upon its keys`,
        hint: `Keep sallyport.yaml, its policies, users, secrets and data in a folder that no server is given, and start with --config`,
      },
    ];
  });
}
