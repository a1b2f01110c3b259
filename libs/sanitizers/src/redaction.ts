import type { Fold, Folded } from './fold.ts';
import { count, type Counts } from './text-edit.ts';

export interface Span {
  readonly start: number;
  readonly end: number;
  /** What takes its place where that can't be the mark. */
  readonly instead?: string;
}

/** One kind of value that may not leave. */
export interface RedactionRule {
  /** Snake case: it stands in the record and in the mark that takes the value's place. */
  readonly kind: string;
  /**
   * With flag `g`, never matching the empty string. Linear and RE2-safe: no lookaround, no back references, and no
   * unbounded repetition that can fail after running over what an earlier start ran over. What needs context is in `find`.
   */
  readonly pattern: RegExp;
  /** What of a match is to go, or null when it is not such a value; the whole match by default. */
  find?(match: RegExpExecArray): Span | null;
  /** A value that must be found; used by the self-check and the tests. */
  readonly example: string;
}

const mark = /^\[redacted:[a-z_]+\]$/;

/** The mark that takes a value's place. */
export function redacted(kind: string): string {
  return `[redacted:${kind}]`;
}

/** Says whether a text is such a mark already. */
export function isMark(text: string): boolean {
  return text.startsWith('[redacted:') && mark.test(text);
}

/**
 * Replaces what the rules find by marks, rule after rule, and counts it. The same string when nothing is found.
 *
 * @param fold how the rules read the text
 */
export function redact(text: string, { rules, fold }: Redaction, counts: Counts): string {
  let current = text;
  let read = fold(current);
  for (const rule of rules) {
    const edited = redactOne(current, read, { rule, counts });
    if (edited === current) continue;
    current = edited;
    read = fold(current);
  }
  return current;
}

/** Rules, and how they read a text. */
export interface Redaction {
  readonly rules: readonly RedactionRule[];
  readonly fold: Fold;
}

function redactOne(
  original: string,
  { text, places }: Folded,
  { rule: { kind, pattern, find = whole }, counts }: { readonly rule: RedactionRule; readonly counts: Counts },
): string {
  let out = '';
  let from = 0;
  pattern.lastIndex = 0;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    const span = find(match);
    if (span === null || isMark(text.slice(span.start, span.end))) continue;
    const [start, end] = placed(span, places);
    out += original.slice(from, start) + (span.instead ?? redacted(kind));
    from = end;
    pattern.lastIndex = span.end;
    count(counts, kind);
  }
  return from === 0 ? original : out + original.slice(from);
}

function placed({ start, end }: Span, places: Folded['places']): readonly [number, number] {
  return places === null ? [start, end] : [places[start] ?? start, places[end] ?? end];
}

function whole(match: RegExpExecArray): Span {
  return { start: match.index, end: match.index + match[0].length };
}

/** For patterns whose last thing is the value, in a group of its own: what stands before it stays. */
export function lastGroup(match: RegExpExecArray): Span {
  const end = match.index + match[0].length;
  const value = match.slice(1).find((group) => group !== undefined) ?? match[0];
  return { start: end - value.length, end };
}
