const before = /(?:"((?:[^"\\\n]|\\.){0,64})"\s{0,8}:|[[,])\s{0,8}$/;
const after = /^\s{0,8}(?:[,}\]]|$)/;
const cardWords = new Set(['card', 'cards', 'pan', 'cardnumber', 'creditcard', 'ccnumber', 'ccno', 'ccnum']);
/** Last words of names of members that say something of a card and are not its number. */
const aboutCards = new Set([
  'id',
  'ids',
  'uuid',
  'ref',
  'note',
  'type',
  'count',
  'name',
  'brand',
  'expiry',
  'time',
  'at',
]);

/** Source of an expression for names of members that may hold card numbers. */
export const cardSuspects = '[cC][aA][rR][dD]|[pP][aA][nN]|^[cC][cC]';

/** Says whether a member is named like one that holds a card number: `card`, `creditCardNumber`, `pan`, `cc_number`. */
export function isCardMember(member: string): boolean {
  const words = member
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/);
  if (aboutCards.has(words.at(-1) ?? '')) return false;
  return words.some((word) => cardWords.has(word)) || (words[0] === 'cc' && words.length > 1);
}

/**
 * The name of the member that holds the number at this place of a JSON text, the empty text for one in an array or without
 * a name. Null where the text is no JSON or the digits are no number of it, but part of a string.
 */
export function nameOfNumber(text: string, start: number, end: number): string | null {
  const beginning = before.exec(text.slice(Math.max(0, start - 96), start));
  if (beginning === null || !after.test(text.slice(end, end + 16))) return null;
  return isJson(text) || isJson(lineOf(text, start)) ? (beginning[1] ?? '') : null;
}

function isJson(text: string): boolean {
  if (!/^\s{0,64}[{[]/.test(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function lineOf(text: string, place: number): string {
  const end = text.indexOf('\n', place);
  return text.slice(text.lastIndexOf('\n', place) + 1, end < 0 ? text.length : end);
}
