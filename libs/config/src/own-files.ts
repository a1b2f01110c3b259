import { realpathSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Finding, NamesOwnFile } from '@sallyport/contracts';
import { pathsOf } from './declared-folders.ts';
import type { LoadedConfig } from './load-config.ts';
import { instanceSources, sourcesOf } from './secrets.ts';

/** A longer line is no command, and what is longer within a folder is no name there, but content. */
const LONGEST = 1_024;

/** The files that say what Sallyport does, and that it keeps: nobody who is guarded by them may read or change them. */
function ownPaths({ config, file, directory, data }: LoadedConfig): readonly string[] {
  const { development } = config.identity;
  const users = development === undefined ? [] : [resolve(directory, development.users)];
  const ofUpstreams = Object.values(config.upstreams).flatMap((upstream) =>
    sourcesOf(upstream).map(([, source]) => source),
  );
  const secrets = [...ofUpstreams, ...instanceSources(config)].flatMap((source) =>
    typeof source === 'object' && 'file' in source ? [resolve(directory, source.file)] : [],
  );
  const paths = [
    file,
    data,
    resolve(directory, config.policies),
    join(directory, 'sallyport.env'),
    ...users,
    ...secrets,
  ];
  return [...new Set(paths.flatMap(bothSpellings))];
}

/** Where a path leads, as far as it is there: links in it are followed. */
function real(path: string): string {
  try {
    return realpathSync.native(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(real(parent), basename(path));
  }
}

/** Both as it is written and where it leads: a folder may be reached through a link. */
function bothSpellings(path: string): readonly string[] {
  return [...new Set([path, real(path)])];
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

/**
 * Makes what says whether a text of a call names one of Sallyport's own files, or something below one: as a path, absolute or from a
 * folder of the upstream, as a `file:` URI, or within a short line such as a command. It reads no file system while calls run: a
 * link that leads from another folder to one of the files is not followed.
 */
export function ownFiles(loaded: LoadedConfig): NamesOwnFile {
  const basesOf = (id: string): readonly string[] => [loaded.directory, ...foldersGiven(loaded, id)];
  const ids = Object.keys(loaded.config.upstreams);
  const own = [...new Set(ownPaths(loaded).flatMap((path) => [path, ...throughLinks(path, ids.flatMap(basesOf))]))].map(
    asCompared,
  );
  const bases = new Map(ids.map((id) => [id, [...new Set(basesOf(id).flatMap(bothSpellings))]]));
  const alternatives = (texts: readonly string[]): string =>
    [...new Set(texts)].map((text) => RegExp.escape(text)).join('|');
  const aPart = new RegExp(`(?:^|[/\\\\])(?:${alternatives(own.map((path) => basename(path)))})(?:$|[/\\\\])`);
  const inALine = new RegExp(`(?:${alternatives(own)})(?![\\w.-])`);
  const isOwn = (path: string): boolean =>
    own.some((known) => isWithin(path, known) && path.length <= known.length + LONGEST);

  return function namesOwnFile(upstream, text) {
    const path = asCompared(asPath(text));
    if (text.length <= LONGEST && !/[\r\n]/.test(text) && inALine.test(path)) return true;
    const from = bases.get(upstream) ?? [];
    // A plain word is a word; the name of a file alone has an ending. Each of the files has its name in every path to it.
    const isPath = /[/\\]/.test(path) || /\w\.\w/.test(path);
    if (!isPath || !(aPart.test(path) || from.some((base) => isOwn(asCompared(base))))) return false;
    return from.some((base) => isOwn(asCompared(resolve(base, path))));
  };
}

/** Variables that every program has, whatever it serves. */
const everybodys: ReadonlySet<string> = new Set(['HOME', 'USERPROFILE']);

/** The folders that an upstream is given: those that the configuration names for it, and those among its variables. */
function foldersGiven({ config, directory }: LoadedConfig, id: string): readonly string[] {
  const upstream = config.upstreams[id];
  if (upstream === undefined) return [];
  const variables = 'command' in upstream ? Object.entries(upstream.env) : [];
  const values = variables.filter(([name]) => !everybodys.has(name)).map(([, value]) => value);
  const named = [...pathsOf(upstream, directory), ...values.filter((value) => isAbsolute(value))];
  return named.filter(isFolder);
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

/** The spellings of a path by way of folders that are links to where it is. */
function throughLinks(path: string, folders: readonly string[]): readonly string[] {
  return folders
    .map((folder) => ({ folder, target: real(folder) }))
    .filter(({ folder, target }) => target !== folder && isWithin(path, target))
    .map(({ folder, target }) => join(folder, relative(target, path)));
}

/** As the file systems of this platform compare names. */
function asCompared(path: string): string {
  return process.platform === 'linux' ? path : path.toLowerCase();
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
  return Object.keys(loaded.config.upstreams).flatMap((id) => {
    const isOwn = (given: string): boolean => own.some((path) => isWithin(path, given) || isWithin(given, path));
    const folder = foldersGiven(loaded, id).find((given) => bothSpellings(given).some(isOwn));
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
