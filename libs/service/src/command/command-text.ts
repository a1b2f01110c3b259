import { resolve } from 'node:path';
import { commandName, nearest } from './command-name.ts';
import { shellWord } from './shell-word.ts';

export { npxOf, packageWord, tarballOf } from './command-name.ts';
export { shellWord } from './shell-word.ts';

/** What a command must say so that it reaches an instance. */
export interface Reach {
  /** The configuration's file; left out where commands look by themselves. */
  readonly config?: string | undefined;
  /** Where the instance listens; absent where the configuration says it. */
  readonly url?: string | undefined;
  /** Whether somebody gives a token of their own: the local operator's can't vote. */
  readonly ownToken?: boolean;
  /** Whether it must work in every folder: a client starts programs in one of its own. */
  readonly anywhere?: boolean;
}

/** Prints a command (`definitions approve`) for one instance, as its user types it. */
export type PrintCommand = (command: string, needs?: Pick<Reach, 'ownToken'>) => string;

/**
 * A command as the user who started this program types it: `npx sallyport definitions --config shop/sallyport.yaml`.
 *
 * @param command what follows the program's name; words in it that are not ours went through `shellWord`
 */
export function commandText(command: string, { config, url, ownToken = false, anywhere = false }: Reach = {}): string {
  const words = [commandName(process, { anywhere }), command];
  const file = config === undefined ? null : fileOption(config, anywhere);
  if (file !== null) words.push('--config', shellWord(file));
  if (url !== undefined) words.push('--url', reachable(url));
  if (ownToken) words.push('--token', '<token>');
  return words.join(' ');
}

/** The file as it is named from this folder; null where it is the one that commands read if none is named. */
function fileOption(config: string, anywhere: boolean): string | null {
  const file = resolve(config);
  if (anywhere) return file;
  return file === resolve('sallyport.yaml') ? null : nearest(file, process.cwd());
}

/** An instance that listens everywhere is asked on the loopback address. */
export function reachable(url: string): string {
  return url.replace(/\/\/(0\.0\.0\.0|\*):/, '//127.0.0.1:').replace('//[::]:', '//[::1]:');
}
