import { homedir } from 'node:os';
import { isAbsolute, resolve } from 'node:path';
import { pathsIn } from '@sallyport/base';
import type { Config, UpstreamConfig } from '@sallyport/contracts';

/**
 * The folders of each upstream that the configuration names, absolute: `roots`, and of a program its `cwd` and the paths among its
 * arguments. Texts of errors may speak of what is in them.
 *
 * @param directory the folder of the configuration
 */
export function declaredFolders(
  config: Pick<Config, 'upstreams'>,
  directory: string,
): ReadonlyMap<string, readonly string[]> {
  const named = Object.entries(config.upstreams).map(([id, upstream]) => [id, pathsOf(upstream, directory)] as const);
  return new Map(named.map(([id, paths]) => [id, paths.filter((path) => path !== '/')]));
}

/** The same of one upstream, and the root of everything, too, where that is what is named. */
export function pathsOf(upstream: UpstreamConfig, directory: string): readonly string[] {
  const roots = (upstream.roots ?? []).map((root) => resolve(directory, root));
  if (!('command' in upstream)) return roots;
  const { command, cwd } = upstream;
  const base = resolve(directory, cwd ?? '.');
  const plain = command.slice(1).filter((argument) => typeof argument === 'string');
  const named = plain.flatMap((argument) => pathsIn(argument, homedir()));
  const paths = named.filter((path) => isAbsolute(path) || /^\.{1,2}(?:[\\/]|$)/.test(path));
  const folders = [...roots, ...(cwd === undefined ? [] : [base]), ...paths.map((path) => resolve(base, path))];
  return [...new Set(folders)];
}
