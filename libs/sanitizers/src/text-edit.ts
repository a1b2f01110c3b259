import type { Change, Config, JsonObject, Sanitize, Sanitizer } from '@sallyport/contracts';
import { mapStrings, type Member } from './map-strings.ts';

/** How many of each kind were found. */
export type Counts = Map<string, number>;

/** What a sanitizer does to one string. All edits of a chain share one traversal and one test per string. */
export interface TextEdit {
  readonly sanitizer: string;
  /** `report` counts and leaves the string alone. */
  readonly mode: 'change' | 'report';
  /** Source of a regular expression (flag `u`) that matches every string which `edit` could change. */
  readonly suspects: string;
  /**
   * @param member what holds the string
   * @returns the same string when there is nothing to change
   */
  edit(text: string, member: Member, counts: Counts): string;
}

/** A sanitizer of single strings; null where the configuration turns it off. */
export interface TextSanitizer extends Sanitizer {
  text(config: Config): TextEdit | null;
}

/** Adds `by` to one kind of the counts. */
export function count(counts: Counts, kind: string, by = 1): void {
  counts.set(kind, (counts.get(kind) ?? 0) + by);
}

/** The counts as the changes of one sanitizer. */
export function changesOf(sanitizer: string, counts: Counts): readonly Change[] {
  return [...counts].map(([kind, count]) => ({ sanitizer, kind, count }));
}

/** Leaves every message as it is. */
export function unchanged(value: JsonObject): ReturnType<Sanitize> {
  return { value, changes: [] };
}

/**
 * Makes one traversal over all strings of a message, member names too, out of several edits, in their order. The URI that was asked
 * stays: its caller wrote it, and knows by it what a content is of.
 */
export function editTexts(edits: readonly TextEdit[]): Sanitize {
  if (edits.length === 0) return unchanged;
  const suspects = new RegExp(edits.map(({ suspects }) => suspects).join('|'), 'u');
  const tests = new Map(edits.map((edit) => [edit, new RegExp(edit.suspects, 'u')]));
  return function editedTexts(value, { uri }) {
    const countsByEdit = new Map<TextEdit, Counts>();
    const edited = mapStrings(value, suspects, (text, member) =>
      text === uri ? text : editText({ tests, countsByEdit }, text, member),
    );
    if (countsByEdit.size === 0) return unchanged(value);
    return { value: edited, changes: edits.flatMap((e) => changesOf(e.sanitizer, countsByEdit.get(e) ?? new Map())) };
  };
}

interface Editing {
  readonly tests: ReadonlyMap<TextEdit, RegExp>;
  readonly countsByEdit: Map<TextEdit, Counts>;
}

function editText({ tests, countsByEdit }: Editing, text: string, member: Member): string {
  let current = text;
  for (const [edit, test] of tests) {
    if (member === null && !test.test(current)) continue;
    const counts = countsByEdit.get(edit) ?? new Map<string, number>();
    const edited = edit.edit(current, member, counts);
    if (counts.size > 0) countsByEdit.set(edit, counts);
    if (edit.mode === 'change') current = edited;
  }
  return current;
}
