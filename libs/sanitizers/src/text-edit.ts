import type { Change, Config, JsonObject, Sanitize, Sanitizer } from '@sallyport/contracts';
import { mapStrings } from './walk.ts';

/** How many of each kind were found. */
export type Tally = Map<string, number>;

/** What a sanitizer does to one string. All edits of a chain share one walk and one test per string. */
export interface TextEdit {
  readonly sanitizer: string;
  /** `report` counts and leaves the string alone. */
  readonly mode: 'change' | 'report';
  /** Source of a regular expression (flag `u`) that matches every string which `edit` could change. */
  readonly suspects: string;
  /**
   * @param member name of the object member that holds the string; null for member names and bare values
   * @returns the same string when there is nothing to change
   */
  edit(text: string, member: string | null, tally: Tally): string;
}

/** A sanitizer of single strings; null where the configuration turns it off. */
export interface TextSanitizer extends Sanitizer {
  text(config: Config): TextEdit | null;
}

/** Adds `by` to one kind of a tally. */
export function count(tally: Tally, kind: string, by = 1): void {
  tally.set(kind, (tally.get(kind) ?? 0) + by);
}

/** A tally as the changes of one sanitizer. */
export function changesOf(sanitizer: string, tally: Tally): readonly Change[] {
  return [...tally].map(([kind, count]) => ({ sanitizer, kind, count }));
}

/** Leaves every message as it is. */
export function unchanged(value: JsonObject): ReturnType<Sanitize> {
  return { value, changes: [] };
}

/** Makes one walk over all strings of a message, member names too, out of several edits, in their order. */
export function editTexts(edits: readonly TextEdit[]): Sanitize {
  if (edits.length === 0) return unchanged;
  const suspects = new RegExp(edits.map(({ suspects }) => suspects).join('|'), 'u');
  const tests = new Map(edits.map((edit) => [edit, new RegExp(edit.suspects, 'u')]));
  return function editedTexts(value) {
    const tallies = new Map<TextEdit, Tally>();
    const edited = mapStrings(value, suspects, (text, member) => editText({ tests, tallies }, text, member));
    if (tallies.size === 0) return unchanged(value);
    return { value: edited, changes: edits.flatMap((e) => changesOf(e.sanitizer, tallies.get(e) ?? new Map())) };
  };
}

interface Editing {
  readonly tests: ReadonlyMap<TextEdit, RegExp>;
  readonly tallies: Map<TextEdit, Tally>;
}

function editText({ tests, tallies }: Editing, text: string, member: string | null): string {
  let current = text;
  for (const [edit, test] of tests) {
    if (member === null && !test.test(current)) continue;
    const tally = tallies.get(edit) ?? new Map<string, number>();
    const edited = edit.edit(current, member, tally);
    if (tally.size > 0) tallies.set(edit, tally);
    if (edit.mode === 'change') current = edited;
  }
  return current;
}
