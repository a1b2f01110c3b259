import type { RedactionRule, Span } from '../redaction.ts';

/** Lengths by country (ISO 13616 registry), as `length: countries`. */
const registry: Readonly<Record<number, string>> = {
  15: 'NO',
  16: 'BE',
  18: 'DK FI FO GL NL SD FK',
  19: 'MK SI',
  20: 'AT BA EE KZ LT LU XK MN',
  21: 'CH HR LI LV',
  22: 'BG BH CR DE GB GE IE ME RS VA',
  23: 'AE GI IL IQ OM TL SO',
  24: 'AD CZ ES MD PK RO SA SE SK TN VG',
  25: 'LY PT ST',
  26: 'IS TR',
  27: 'BI DJ FR GR IT MC MR SM',
  28: 'AL AZ BY CY DO GT HN HU LB NI PL SV',
  29: 'BR EG PS QA UA',
  30: 'JO KW MU YE',
  31: 'MT SC',
  32: 'LC',
  33: 'RU',
};

const lengths = new Map(
  Object.entries(registry).flatMap(([length, countries]) =>
    countries.split(' ').map((c) => [c, Number(length)] as const),
  ),
);

/** International bank account numbers, whole or grouped by single blanks, whose length and check digits fit (mod 97). */
export const ibanRule: RedactionRule = {
  kind: 'iban',
  pattern: /[A-Z]{2}\d{2}/g,
  find: findIban,
  example: `DE89 3704 0044 0532 0130 ${'00'}`,
};

function findIban({ 0: head, index, input }: RegExpExecArray): Span | null {
  const length = lengths.get(head.slice(0, 2));
  if (length === undefined || /[A-Za-z0-9]/.test(input.charAt(index - 1))) return null;
  const account = compact(input, index, length);
  if (account === null || /[A-Za-z0-9]/.test(input.charAt(account.end))) return null;
  return mod97(account.text) === 1 ? { start: index, end: account.end } : null;
}

/** The next `length` letters and digits; single blanks and dashes between them don't count. */
function compact(input: string, start: number, length: number): { text: string; end: number } | null {
  let text = '';
  let at = start;
  while (text.length < length) {
    if (/[ -]/.test(input.charAt(at))) at++;
    if (!/[A-Z0-9]/.test(input.charAt(at))) return null;
    text += input.charAt(at++);
  }
  return { text, end: at };
}

/** ISO 7064 MOD 97-10 over the account with its first four characters moved to the end. */
function mod97(account: string): number {
  let rest = 0;
  for (const character of account.slice(4) + account.slice(0, 4)) {
    const value = Number.parseInt(character, 36);
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  return rest;
}
