import type { PolicyProblem } from './problem.ts';

/** A file of policies as its author wrote it. */
export interface PolicyFile {
  readonly path: string;
  readonly text: string;
}

/** One policy's text and where it stands. */
export interface PolicyText {
  readonly file: PolicyFile;
  /** From its first annotation or keyword to its semicolon. */
  readonly text: string;
  /** UTF-16 offset of `text` in the file. */
  readonly offset: number;
}

const TOKEN = /"(?:\\.|[^"\\])*"?|\/\/[^\n]*|;|\s+|[^"/;\s]+|\//gsu;

/**
 * Cuts a file into its policies. A semicolon can only stand in a string, in a comment, or at a policy's end, so no
 * grammar is needed; each part is parsed by Cedar on its own, and a wrong cut can only become a syntax error.
 */
export function splitPolicies(file: PolicyFile): PolicyText[] {
  const parts: PolicyText[] = [];
  let start = -1;
  for (const { 0: token, index } of file.text.matchAll(TOKEN)) {
    const blank = token.startsWith('//') || token.trim() === '';
    if (start < 0 && !blank) start = index;
    if (token !== ';') continue;
    parts.push({ file, text: file.text.slice(start, index + 1), offset: start });
    start = -1;
  }
  if (start >= 0) parts.push({ file, text: file.text.slice(start), offset: start });
  return parts;
}

/** A problem at a byte offset (as Cedar counts) within one policy. */
export function problemAt(at: PolicyText, byte: number, message: string, hint: string | null = null): PolicyProblem {
  const inText = Buffer.from(at.text, 'utf8').subarray(0, byte).toString('utf8').length;
  const before = at.file.text.slice(0, at.offset + inText);
  const line = before.split('\n').length;
  return { file: at.file.path, line, column: before.length - before.lastIndexOf('\n'), message, hint };
}

/** A problem that no policy text causes. */
export function configurationProblem(message: string, hint: string | null = null): PolicyProblem {
  return { file: '(configuration)', line: 0, column: 0, message, hint };
}
