import type { Change, Config, JsonObject, Sanitize, SanitizeContext, Sanitized } from '@sallyport/contracts';
import { failedResult, unsafeText } from './own-results.ts';
import type { ListedSanitizer } from './listed-sanitizer.ts';
import { sanitizers } from './sanitizers.ts';
import { editTexts, type TextEdit } from './text-edit.ts';

/** A message that still changes after this many passes is refused: it was built to. */
const PASSES = 6;

/**
 * Makes the whole chain. It runs until nothing changes any more, so sanitizing twice is the same as once, and what one
 * sanitizer uncovers is seen by the others. A message that was clean costs one pass and comes back as the same object.
 *
 * @param list the sanitizers in their order
 * @returns never throws: a sanitizer that does turns the message into a failed result (`chain`, `threw`)
 */
export function createSanitize(config: Config, list: readonly ListedSanitizer[] = sanitizers): Sanitize {
  const steps = stepsOf(config, list);
  const reporting = new Set(list.filter((item) => reports(item, config)).map(({ id }) => id));
  return function sanitize(value, context) {
    try {
      return settle({ steps, reporting }, value, context);
    } catch {
      return unsafe(context, 'threw', []);
    }
  };
}

interface Chain {
  readonly steps: readonly Sanitize[];
  /** Those that only count: their counts of later passes would be the same ones again. */
  readonly reporting: ReadonlySet<string>;
}

function settle({ steps, reporting }: Chain, value: JsonObject, context: SanitizeContext): Sanitized {
  let current = value;
  let changes: readonly Change[] = [];
  for (let number = 1; number <= PASSES; number++) {
    const passed = pass(steps, current, context);
    const made = number === 1 ? passed.changes : passed.changes.filter(({ sanitizer }) => !reporting.has(sanitizer));
    changes = merged(changes, made);
    if (passed.value === current) return { value: current, changes };
    current = passed.value;
  }
  return unsafe(context, 'restless', changes);
}

function pass(steps: readonly Sanitize[], value: JsonObject, context: SanitizeContext): Sanitized {
  let current = value;
  let changes: readonly Change[] = [];
  for (const step of steps) {
    const done = step(current, context);
    current = done.value;
    changes = merged(changes, done.changes);
  }
  return { value: current, changes };
}

function merged(before: readonly Change[], made: readonly Change[]): readonly Change[] {
  if (made.length === 0) return before;
  const sums = new Map<string, Change>();
  for (const change of [...before, ...made]) {
    const key = `${change.sanitizer}/${change.kind}`;
    sums.set(key, { ...change, count: change.count + (sums.get(key)?.count ?? 0) });
  }
  return [...sums.values()];
}

function unsafe(context: SanitizeContext, kind: string, changes: readonly Change[]): Sanitized {
  const value = context.what === 'message' ? {} : failedResult(unsafeText(context));
  return { value, changes: [...changes, { sanitizer: 'chain', kind, count: 1 }] };
}

/** Neighbours that work on strings become one traversal. */
function stepsOf(config: Config, list: readonly ListedSanitizer[]): readonly Sanitize[] {
  const steps: Sanitize[] = [];
  let edits: TextEdit[] = [];
  for (const item of list) {
    if (item.text) {
      const edit = item.text(config);
      if (edit) edits.push(edit);
      continue;
    }
    if (edits.length > 0) steps.push(editTexts(edits));
    edits = [];
    steps.push(item.create(config));
  }
  return edits.length > 0 ? [...steps, editTexts(edits)] : steps;
}

function reports(item: ListedSanitizer, config: Config): boolean {
  return item.reports?.(config) ?? item.text?.(config)?.mode === 'report';
}
