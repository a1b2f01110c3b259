import type { RedactionRule, Span } from '../redaction.ts';
import { isCardMember, nameOfNumber } from './json-number.ts';

/** Issuers by the first digits, with the lengths that they use (ISO/IEC 7812). */
const issuers: readonly (readonly [RegExp, readonly number[]])[] = [
  [/^4/, [13, 16, 19]],
  [/^(?:5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720)/, [16]],
  [/^3[47]/, [15]],
  [/^3(?:0[0-59]|[689])/, [14, 16]],
  [/^(?:6011|64[4-9]|65)/, [16, 19]],
  [/^35(?:2[89]|[3-8])/, [16, 19]],
  [/^62/, [16, 17, 18, 19]],
  [/^220[0-4]/, [16, 19]],
  [/^(?:5018|5020|5038|5893|6304|6759|676[1-3])/, [16, 17, 18, 19]],
];

/** Payment card numbers, whole or in the groups in which cards print them, with an issuer, a length and a Luhn digit that fit. */
export const cardRule: RedactionRule = {
  kind: 'card_number',
  pattern: /\d{12,}|\d{4}(?:[ .-]{1,3}\d{4}){3}(?:[ .-]{1,3}\d{3})?|\d{4}[ .-]{1,3}\d{6}[ .-]{1,3}\d{4,5}/g,
  find: findCard,
  example: `4111 1111 1111 ${1111}`,
};

/** Behind sixteen digits in groups, three more may belong to the card or to what follows. */
function findCard({ 0: text, index, input }: RegExpExecArray): Span | null {
  const shorter = text.replace(/[ .-]+\d{3}$/, '');
  const card = [text, shorter].find((digits) => isCard(input, index, digits));
  if (card === undefined) return null;
  const end = index + card.length;
  const name = nameOfNumber(input, index, end);
  if (name === null) return { start: index, end };
  return isCardMember(name) ? { start: index, end, instead: '0' } : null;
}

function isCard(input: string, start: number, text: string): boolean {
  if (isPartOfMore(input, start, start + text.length)) return false;
  const digits = text.replace(/\D/g, '');
  const fits = issuers.some(([first, lengths]) => lengths.includes(digits.length) && first.test(digits));
  return fits && luhn(digits);
}

/** A run inside a word (a hash, an identifier) or behind a decimal point is no card number. */
function isPartOfMore(input: string, start: number, end: number): boolean {
  return (
    /[\p{L}\p{N}_]$|\d[.,]$/u.test(input.slice(Math.max(0, start - 2), start)) ||
    /^[\p{L}\p{N}_]/u.test(input.slice(end, end + 2))
  );
}

/** ISO/IEC 7812-1 annex B: from the right, every second digit doubled, sum divisible by ten. */
function luhn(digits: string): boolean {
  let sum = 0;
  for (let place = 0; place < digits.length; place++) {
    const digit = digits.charCodeAt(digits.length - 1 - place) - 48;
    const value = place % 2 === 0 ? digit : digit * 2;
    sum += value > 9 ? value - 9 : value;
  }
  return sum % 10 === 0;
}
