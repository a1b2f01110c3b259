import { nearestName } from '@sallyport/base';
import { isNode, type LineCounter, type Document } from 'yaml';
import { z } from 'zod';

/** One thing that is wrong in a file, where it stands and what to do. Lines and columns count from 1. */
export interface FileProblem {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
  readonly hint: string;
}

/** `file:line:column message`, and the hint on a line of its own. */
export function problemText({ file, line, column, message, hint }: FileProblem): string {
  return `${file}:${line}:${column} ${message}${hint === '' ? '' : `\n  ${hint}`}`;
}

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

/** A problem of a file as a whole. */
export function aboutFile(file: string, message: string, hint = ''): FileProblem {
  return { file, line: 1, column: 1, message, hint };
}

/** Explains what the schema found, in terms of the file that a person wrote. */
export function explain(issues: readonly Issue[], source: Source, schema: z.ZodType): FileProblem[] {
  return placed(
    issues.flatMap((issue) => flatten(issue, [], schema)),
    source,
  );
}

/** Where a file came from and how it was read, for saying where in it something stands. */
export interface Source {
  readonly file: string;
  readonly document: Document;
  readonly lines: LineCounter;
}

/** Says of problems where in the file they are. */
export function placed(problems: readonly Flat[], source: Source): FileProblem[] {
  return problems.map(({ path, message, hint }) => ({ file: source.file, ...place(source, path), message, hint }));
}

interface Flat {
  readonly path: Path;
  readonly message: string;
  readonly hint: string;
}

function flatten(issue: Issue, above: Path, schema: z.ZodType): Flat[] {
  const path = [...above, ...issue.path];
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(path, key, schema));
  if (issue.code === 'invalid_union' && issue.errors.length > 0)
    return nearestBranch(issue.errors).flatMap((inner) => flatten(inner, path, schema));
  return [{ path, message: `${textOf(path)}: ${issue.message}`, hint: '' }];
}

/** Of the forms that a value may have, the one that was most likely meant: with the fewest unknown keys, then issues. */
function nearestBranch(branches: readonly (readonly Issue[])[]): readonly Issue[] {
  const cost = (issues: readonly Issue[]): number =>
    issues.reduce((sum, issue) => sum + (issue.code === 'unrecognized_keys' ? 10 * issue.keys.length : 1), 0);
  return branches.reduce((best, branch) => (cost(branch) < cost(best) ? branch : best));
}

function unknownKey(path: Path, key: string, schema: z.ZodType): Flat {
  const allowed = keysAt(path, schema);
  const meant = nearestName(key, allowed);
  const question = meant === null ? '' : `Did you mean "${meant}"? `;
  const where = path.length === 0 ? 'at the top' : `in ${textOf(path)}`;
  return {
    path: [...path, key],
    message: `unknown key "${key}" ${where}`,
    hint: allowed.length === 0 ? '' : `${question}Allowed here: ${allowed.join(', ')}.`,
  };
}

interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
}

/** The keys that the schema allows at a path, over all forms that the value may have there. */
function keysAt(path: Path, schema: z.ZodType): string[] {
  let here = [z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema];
  for (const step of path) here = here.flatMap(branches).flatMap((part) => below(part, step));
  return [...new Set(here.flatMap(branches).flatMap((part) => Object.keys(part.properties ?? {})))];
}

function branches(schema: JsonSchema): readonly JsonSchema[] {
  return schema.anyOf === undefined ? [schema] : schema.anyOf.flatMap(branches);
}

function below(schema: JsonSchema, step: PropertyKey): JsonSchema[] {
  if (typeof step === 'number') return schema.items === undefined ? [] : [schema.items];
  const named = schema.properties?.[String(step)];
  if (named !== undefined) return [named];
  return typeof schema.additionalProperties === 'object' ? [schema.additionalProperties] : [];
}

function textOf(path: Path): string {
  return path.map(String).join('.') || 'the file';
}

/** Where the value at a path stands; the nearest value above it when it is missing. */
function place(
  { document, lines }: { readonly document: Document; readonly lines: LineCounter },
  path: Path,
): { line: number; column: number } {
  for (let length = path.length; length >= 0; length -= 1) {
    const node: unknown = document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) {
      const { line, col } = lines.linePos(node.range[0]);
      return { line, column: col };
    }
  }
  return { line: 1, column: 1 };
}
