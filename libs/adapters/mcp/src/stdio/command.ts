import { existsSync } from 'node:fs';
import { delimiter, dirname, join, parse, resolve } from 'node:path';
import type { StdioUpstreamParts } from '@sallyport/contracts';

/** What is started: a program with its arguments, folder and whole environment. */
export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Variables that every program gets from our own environment; others only by `pass_env`. */
const ALWAYS =
  process.platform === 'win32'
    ? ['PATH', 'SYSTEMROOT', 'TEMP', 'TMP', 'USERPROFILE', 'APPDATA', 'LOCALAPPDATA', 'HOMEDRIVE', 'HOMEPATH']
    : ['PATH', 'HOME', 'LANG', 'TMPDIR'];

/**
 * Works out how a program is started. `env` is our own environment. Two words get special care, so that a configuration
 * means the same everywhere: `node` is the Node that runs us, and `npx x` is the installed `x` where one of the
 * `node_modules/.bin` folders at or above `baseDir` has it (no network, no second process). These folders, and that of our
 * own Node, come first in the program's PATH, so that scripts with `#!/usr/bin/env node` run on it, too.
 */
export function commandOf(
  config: Pick<StdioUpstreamParts, 'command' | 'cwd' | 'env' | 'pass_env'>,
  baseDir: string,
  env: Readonly<Record<string, string | undefined>>,
): Command {
  const bins = binFolders(baseDir);
  const [program = '', ...args] = config.command;
  const path = [...bins, dirname(process.execPath), ...(env['PATH'] ? [env['PATH']] : [])].join(delimiter);
  const passed = pick(env, [...ALWAYS, ...config.pass_env]);
  const whole = { ...passed, PATH: path, ...config.env };
  const cwd = resolve(baseDir, config.cwd ?? '.');
  if (program === 'node') return { file: process.execPath, args, cwd, env: whole };
  const local = program === 'npx' ? installed(args, bins) : null;
  return { file: program, args, ...local, cwd, env: whole };
}

function installed(args: readonly string[], bins: readonly string[]): { file: string; args: readonly string[] } | null {
  const rest = args[0] === '-y' || args[0] === '--yes' ? args.slice(1) : args;
  const [name, ...own] = rest;
  // Shims on Windows are shell scripts; npx itself finds them.
  if (name === undefined || !/^[\w.-]+$/.test(name) || process.platform === 'win32') return null;
  const file = bins.map((folder) => join(folder, name)).find((candidate) => existsSync(candidate));
  return file === undefined ? null : { file, args: own };
}

function binFolders(baseDir: string): string[] {
  const folders: string[] = [];
  const { root } = parse(resolve(baseDir));
  for (let folder = resolve(baseDir); ; folder = dirname(folder)) {
    const bin = join(folder, 'node_modules', '.bin');
    if (existsSync(bin)) folders.push(bin);
    if (folder === root) return folders;
  }
}

function pick(env: Readonly<Record<string, string | undefined>>, names: readonly string[]): Record<string, string> {
  const picked: Record<string, string> = {};
  for (const name of names) {
    const value = env[name];
    if (value !== undefined) picked[name] = value;
  }
  return picked;
}
