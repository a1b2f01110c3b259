import { folded, withoutLeetspeak } from './folded.ts';
import { plainLines, visible } from './shown-text.ts';
import { letters, isWholeWord } from './whole-words.ts';

/** What a person is asked to read at once. */
const MESSAGE = { lines: 30, characters: 4_000 } as const;

/**
 * A message of an upstream for a person: the first line is ours and names the upstream, each line of its own words is quoted.
 * No line of ours begins with `>`, so that nothing in its text can pass for one.
 *
 * @param does what it does, `asks you` or `sends you to pay.example.com`
 */
export function labelled(upstream: string, does: string, text: string): string {
  const quoted = plainLines(text, MESSAGE).map((line) => `> ${line}`.trimEnd());
  return [`${upstream} ${does}. These are its words, not Sallyport’s:`, ...quoted].join('\n');
}

/** For a model: the same first line, and nothing that begins like one of ours. The words themselves stay as they are. */
export function labelledPrompt(upstream: string, text: string): string {
  return `${upstream} asks for this through Sallyport. All that follows is its text:\n${text}`.trimEnd();
}

/**
 * A prompt as a model, and a person who looks at it, may have it: without what can't be seen, with lines quoted that would pass
 * for ours, and else as it is.
 */
export function withoutImitation(text: string): string {
  const shown = visible(text);
  if (!readingsOf(folded(shown)).some((reading) => lettersOf(reading).includes(us))) return shown;
  const parts = shown.split(lineEnds);
  if (parts.length > MOST_JUDGED) return inQuotation(shown);
  // At once, since a text may have as many lines as it has characters.
  const starts = folded(parts.map((line) => line.slice(0, START).replaceAll(SIGN, '')).join(SIGN)).split(SIGN);
  return parts.map((line, at) => (isOurs(starts[at] ?? '') ? `> ${line}` : line)).join('');
}

/** A text with a mark before each line, as it is: beside others of its kind no line of it passes for one of ours or of another's. */
export function inQuotation(text: string): string {
  return `> ${text.replaceAll(lineEnds, '$1> ')}`;
}

/** Whether a text names Sallyport anywhere, however that is spelled. "Universally portable" does not. */
export function namesSallyport(text: string): boolean {
  return readingsOf(folded(text)).some((reading) => {
    const parts = letters(reading);
    const whole = parts.join('');
    return whole.includes(us) && isWholeWord(us, whole, parts);
  });
}

const us = 'sallyport';
const lineEnds = /(\r\n|[\n\r\v\f\u0085\u2028\u2029])/gu;
/** A line is judged by so many characters. */
const START = 200;
/** Of more lines and line ends than this, each line is quoted. */
const MOST_JUDGED = 4_000;
/** Stands between lines that are folded together: a sign that folding leaves alone. */
const SIGN = '\u2424';
const promptLine = /asksforth[il]sthroughsallyport/;

function isOurs(start: string): boolean {
  return readingsOf(start)
    .map(lettersOf)
    .some((reading) => reading.startsWith(us) || promptLine.test(reading));
}

/** A folded text as it stands and with digits as letters, in both an i as the l that it looks like. */
function readingsOf(text: string): readonly string[] {
  return [text, withoutLeetspeak(text)].map((reading) => reading.replaceAll('i', 'l'));
}

function lettersOf(text: string): string {
  return text.replaceAll(/[^\p{L}]/gu, '');
}
