import { plainLines } from './plain-text.ts';
import { folded } from './folded.ts';

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

/** A text that stays as it is, but for lines that would pass for ours: these are quoted. */
export function withoutImitation(text: string): string {
  return text
    .split(/(\r\n|[\n\r\v\f\u0085\u2028\u2029])/u)
    .map((line) => (imitatesUs(line) || promptLine.test(line) ? `> ${line}` : line))
    .join('');
}

const promptLine = /asks for this through Sallyport/i;

/** Whether a text begins as if Sallyport spoke, however that is spelled. */
export function imitatesUs(text: string): boolean {
  return folded(text.slice(0, 200))
    .replaceAll(/[^\p{L}]/gu, '')
    .startsWith('sallyport');
}
