import { readFile } from 'node:fs/promises';
import { type Document, LineCounter, parseDocument, visit } from 'yaml';
import type { z } from 'zod';
import { aboutFile, explain, type FileProblem, type Source } from './config-problems.ts';

type Problems = { readonly ok: false; readonly problems: readonly FileProblem[] };

/** A YAML file with where each value in it stands, or why it can't be read. */
export type YamlAnswer = { readonly ok: true; readonly source: Source; readonly text: string } | Problems;

/**
 * Reads a file of YAML. Never throws.
 *
 * @param absent what to do where there is no such file
 */
export async function readYaml(file: string, absent: string): Promise<YamlAnswer> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => error);
  if (typeof text !== 'string') return { ok: false, problems: [unreadable(file, text, absent)] };
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true, prettyErrors: false });
  const faults = [...document.errors.map(notYaml), ...danglingIn(document), ...unknownTagsIn(document)];
  const problems = faults.map(({ at, message, hint }) => {
    const { line, col } = lines.linePos(at);
    return { file, line, column: col, message, hint };
  });
  return problems.length > 0 ? { ok: false, problems } : { ok: true, source: { file, document, lines }, text };
}

/** What a file says, by its schema; or every problem, where it stands. Never throws. */
export function valueOf<Value>(
  source: Source,
  schema: z.ZodType<Value>,
): { readonly ok: true; readonly value: Value } | Problems {
  const said = plain(source);
  if (!said.ok) return said;
  const parsed = schema.safeParse(said.value);
  return parsed.success
    ? { ok: true, value: parsed.data }
    : { ok: false, problems: explain(parsed.error.issues, source, schema) };
}

function plain({ file, document }: Source): { readonly ok: true; readonly value: unknown } | Problems {
  try {
    return { ok: true, value: document.toJS({ maxAliasCount: 200 }) };
  } catch (error) {
    return { ok: false, problems: [aboutFile(file, String(error), 'Write out what its aliases (*name) repeat.')] };
  }
}

interface Fault {
  readonly at: number;
  readonly message: string;
  readonly hint: string;
}

function notYaml({ pos: [at], message }: Document['errors'][number]): Fault {
  return { at, message, hint: 'This is not YAML.' };
}

/** Values that begin with a star: to YAML they are the name of another value. A star alone is an error already. */
function danglingIn(document: Document): readonly Fault[] {
  const found: Fault[] = [];
  visit(document, {
    Alias(_key, alias) {
      if (alias.source === '' || alias.resolve(document) !== undefined) return;
      const message = `"*${alias.source}" names no value of this file`;
      found.push({ at: alias.range?.[0] ?? 0, message, hint: 'Write a value that begins with * in quotes.' });
    },
  });
  return found;
}

/** Values that begin with an exclamation mark: YAML takes that word for a type, leaves it out of the value and only warns. */
function unknownTagsIn({ warnings }: Document): readonly Fault[] {
  const tags = warnings.filter(({ code }) => code === 'TAG_RESOLVE_FAILED');
  return tags.map(({ pos: [at], message }) => ({ at, message, hint: 'Write a value that begins with ! in quotes.' }));
}

function unreadable(file: string, { code, message }: NodeJS.ErrnoException, absent: string): FileProblem {
  return code === 'ENOENT' ? aboutFile(file, 'there is no such file', absent) : aboutFile(file, message);
}
