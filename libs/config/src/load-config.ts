import { dirname, resolve } from 'node:path';
import type { Config } from '@sallyport/contracts';
import { deepFreeze, sha256 } from '@sallyport/base';
import { commandText } from '@sallyport/service/command';
import { completeConfigSchema } from '@sallyport/guards';
import { isMap } from 'yaml';
import { nameProblems } from './config-names.ts';
import { type FileProblem, placed } from './config-problems.ts';
import { recordedText } from './recorded-text.ts';
import { readYaml, valueOf } from './yaml-file.ts';

/** The configuration as loaded: parsed, checked and frozen, with where it came from. */
export interface LoadedConfig {
  readonly config: Config;
  readonly file: string;
  /** The folder that relative paths start from. */
  readonly directory: string;
  /** The file's text as the record keeps it, and the digest of that. */
  readonly text: string;
  readonly digest: string;
  /** `config.data`, absolute. */
  readonly data: string;
  /** Where to serve instead of what the file says. */
  readonly listen?: string | undefined;
}

export type ConfigAnswer =
  | { readonly ok: true; readonly loaded: LoadedConfig }
  | { readonly ok: false; readonly problems: readonly FileProblem[] };

/** The part of our environment that Sallyport uses. This file is the only reader of `process.env`. */
export function environment(): NodeJS.ProcessEnv {
  return process.env;
}

/**
 * Reads and checks `sallyport.yaml`.
 *
 * @param path the file; `sallyport.yaml` in the working directory if absent
 * @param given.listen where to serve instead of what it says: all that depends on it goes by this one
 * @returns every problem with file, line, column and a hint; never throws
 */
export async function loadConfig(
  path = 'sallyport.yaml',
  { listen }: Pick<LoadedConfig, 'listen'> = {},
): Promise<ConfigAnswer> {
  const file = resolve(path);
  const how = `Write one with \`${commandText('init <file>')}\` from your client’s file, or name it with --config.`;
  const read = await readYaml(file, how);
  if (!read.ok) return read;
  const { source } = read;
  const { document } = source;
  const text = recordedText(read.text, document);
  if (listen !== undefined && isMap(document.contents)) document.set('listen', listen);
  const said = valueOf(source, completeConfigSchema);
  if (!said.ok) return said;
  const problems = placed(nameProblems(said.value), source);
  if (problems.length > 0) return { ok: false, problems };
  const directory = dirname(file);
  const config = deepFreeze(said.value);
  const data = resolve(directory, config.data);
  return { ok: true, loaded: { config, file, directory, text, digest: sha256(text), data, listen } };
}
