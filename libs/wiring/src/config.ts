import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { type Config, configSchema } from '@sallyport/contracts';
import { sha256 } from '@sallyport/strict-json';
import { LineCounter, parseDocument } from 'yaml';
import { explain, type FileProblem } from './config-problems.ts';

/** The configuration as loaded: parsed, checked and frozen, with where it came from. */
export interface LoadedConfig {
  readonly config: Config;
  readonly file: string;
  /** The folder that relative paths start from. */
  readonly directory: string;
  /** Digest of the file's text. */
  readonly digest: string;
  /** `config.data`, absolute. */
  readonly data: string;
}

export type ConfigAnswer =
  | { readonly ok: true; readonly loaded: LoadedConfig }
  | { readonly ok: false; readonly problems: readonly FileProblem[] };

/** The part of our environment that the house uses. This file is the only reader of `process.env`. */
export function environment(): NodeJS.ProcessEnv {
  return process.env;
}

/**
 * Reads and checks `sallyport.yaml`.
 *
 * @param path the file; `sallyport.yaml` in the working directory if absent
 * @returns every problem with file, line, column and a hint; never throws
 */
export async function loadConfig(path = 'sallyport.yaml'): Promise<ConfigAnswer> {
  const file = resolve(path);
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => error);
  if (text instanceof Error) return { ok: false, problems: [unreadable(file, text)] };
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true, prettyErrors: false });
  if (document.errors.length > 0)
    return { ok: false, problems: document.errors.map((error) => syntaxProblem(file, lines, error)) };
  const parsed = configSchema.safeParse(document.toJS({ maxAliasCount: 200 }));
  if (!parsed.success) return { ok: false, problems: explain(parsed.error.issues, { file, document, lines }) };
  const problems = furtherProblems(parsed.data).map((message) => ({ file, line: 1, column: 1, message, hint: '' }));
  if (problems.length > 0) return { ok: false, problems };
  const directory = dirname(file);
  const config = deepFreeze(parsed.data);
  return { ok: true, loaded: { config, file, directory, digest: sha256(text), data: resolve(directory, config.data) } };
}

function unreadable(file: string, error: NodeJS.ErrnoException): FileProblem {
  const hint =
    error.code === 'ENOENT' ? 'Write one with `sallyport init <mcpServers file>`, or name it with --config.' : '';
  return { file, line: 1, column: 1, message: error.code === 'ENOENT' ? 'there is no such file' : error.message, hint };
}

function syntaxProblem(
  file: string,
  lines: LineCounter,
  error: { readonly pos: readonly [number, number]; readonly message: string },
): FileProblem {
  const { line, col } = lines.linePos(error.pos[0]);
  return { file, line, column: col, message: error.message, hint: 'This is not YAML.' };
}

/** What a schema can't say: names that must differ, guards that can't be in shadow. */
function furtherProblems({ limits, shadow, upstreams }: Config): string[] {
  const problems: string[] = [];
  const twice = limits.map(({ id }) => id).find((id, at, all) => all.indexOf(id) !== at);
  if (twice !== undefined) problems.push(`limits: two limits are called "${twice}"`);
  if (shadow.includes('authorization')) problems.push('shadow: authorization grants, so it can’t be in shadow');
  if (shadow.includes('kill-switch')) problems.push('shadow: kill-switch must stop what is switched off');
  for (const [id, upstream] of Object.entries(upstreams))
    if ('command' in upstream && upstream.client_requests !== undefined) problems.push(unattributed(id));
  if (Object.keys(upstreams).length === 0) problems.push('upstreams: name at least one MCP server');
  return problems;
}

/** Nothing that is written is without effect in silence. */
function unattributed(id: string): string {
  return `upstreams.${id}.client_requests: a program serves all clients at once, so that nobody knows whose call its request is about; it can be granted to an upstream with a url only`;
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const member of Object.values(value)) deepFreeze(member);
  }
  return value;
}
