import { configSchema } from '@sallyport/contracts';
import { sanitizers } from './sanitizers.ts';
import type { TextEdit } from './text-edit.ts';

/** Characters that a log shows of one text. */
const shown = 500;
/** Characters that are looked at: a credential that the cut would split is still seen whole. */
const examined = 4_096;
/** A shorter value would be found in ordinary words. */
const shortestHidden = 6;

/** Every edit of single strings with its default: an operator's `report` or `off` is about results, not about our log. */
const edits: readonly TextEdit[] = sanitizers
  .map((sanitizer) => sanitizer.text?.(configSchema.parse({ upstreams: {} })) ?? null)
  .filter((edit) => edit !== null);

/** What must not stand in a log by its exact value, by the name that stands there instead. */
export type HiddenValues = Readonly<Record<string, string | undefined>>;

/**
 * Makes what others wrote fit for a log line: `hidden` values, credentials and checksummed personal data become marks, what
 * can't be seen or steers a terminal is removed, line breaks become spaces, and more than 500 characters are cut.
 */
export function logText(text: string, hidden: HiddenValues = {}): string {
  const begun = hide(text.slice(0, examined), hidden);
  const clean = edits.reduce((current, { edit }) => edit(current, null, new Map()), begun).replaceAll(/\s+/g, ' ');
  const rest = text.length - examined + clean.length - shown;
  return clean.length <= shown && text.length <= examined
    ? clean
    : `${clean.slice(0, shown)}… (${rest} more characters)`;
}

function hide(text: string, hidden: HiddenValues): string {
  let current = text;
  for (const [name, value = ''] of Object.entries(hidden))
    for (const line of value.split('\n').map((part) => part.trim()))
      if (line.length >= shortestHidden) current = current.replaceAll(line, `[value of ${name}]`);
  return current;
}
