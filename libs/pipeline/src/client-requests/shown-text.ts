const lineEnds = /\r\n|[\n\r\v\f\u0085\u2028\u2029]/gu;
/** What can't be seen, or repaints what can: controls, formats, private and unassigned code points, half pairs. */
const unseen =
  /[\p{C}\p{Default_Ignorable_Code_Point}\u115f\u1160\u2800\u3164\uffa0\u{13441}\u{13442}\u{16fe4}\u{1d159}]/gu;
/** Of these what no prompt needs: controls but for white space, bidirectional marks, tags, half pairs. */
const unruly =
  /[\0-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\u{e0000}-\u{e007f}\p{Cs}]/gu;
/** Marks that are piled up reach into the lines above. */
const piled = /(\p{M}{4})\p{M}+/gu;
const spaces = /\p{Zs}+/gu;
const CUT = ' […]';

/** Bounds of one text that a person reads. */
export interface TextBounds {
  readonly lines: number;
  readonly characters: number;
}

/** The lines of an upstream's text, as a person may be shown them. What is left out is marked. */
export function plainLines(text: string, { lines: most, characters }: TextBounds): readonly string[] {
  const cut = cutTo(text, characters);
  const lines = cut.split(lineEnds).map(plain);
  return lines.length <= most ? lines : [...lines.slice(0, most), CUT.trim()];
}

/** The same on one line. */
export function plainLine(text: string, characters: number): string {
  return plain(cutTo(text, characters).replaceAll(lineEnds, ' '));
}

/** A longer text without controls, and what reorders or hides, its line breaks as they are. */
export function visible(text: string): string {
  return text.replaceAll(unruly, '');
}

function plain(text: string): string {
  const visible = text.replaceAll('\t', ' ').replaceAll(unseen, '').replaceAll(piled, '$1');
  return defused(visible.replaceAll(spaces, ' ')).trim();
}

/**
 * Takes from a text what a client that renders Markdown or HTML would make of it: an image that is fetched, a link whose words
 * say something else than its address, markup that leaves the quotation. Addresses can be read, not clicked: where the user
 * may be sent, `url_hosts` says.
 */
function defused(text: string): string {
  return text
    .replaceAll(/<(?=[\p{L}/!?])/gu, '‹')
    .replaceAll(/\]\s?(?=[([:])/gu, '] ')
    .replaceAll('```', "'''")
    .replaceAll('~~~', '---')
    .replaceAll(/:\/\//gu, '[:]//');
}

/** Between characters, not within one. */
function cutTo(text: string, characters: number): string {
  if (text.length <= characters) return text;
  const end = /[\ud800-\udbff]$/.test(text.slice(0, characters)) ? characters - 1 : characters;
  return text.slice(0, end) + CUT;
}
