/** Characters of other scripts, and forms of letters, that a reader takes for a Latin letter, by that letter. */
const alike: Readonly<Record<string, string>> = {
  ...{ A: 'АΑ', B: 'ВΒ', C: 'С', E: 'ЕΕ', G: 'Ԍ', H: 'НΗ', I: 'ІΙ', J: 'Ј', K: 'КΚ', L: 'Լ', M: 'МΜ', N: 'Ν', O: 'ОΟ' },
  ...{ P: 'РΡ', Q: 'Ԛ', S: 'Ѕ', T: 'ТΤ', V: 'Ѵ', W: 'Ԝ', X: 'ХΧ', Y: 'УΥҮ', Z: 'Ζ' },
  ...{ a: 'аαɑᴀ', b: 'ʙьвβ', c: 'сϲᴄ', d: 'ԁᴅ', e: 'еεᴇ', f: 'ꜰ', g: 'ɡɢԍց', h: 'һнհʜ', i: 'іιıɪ', j: 'јϳᴊ', k: 'кκᴋ' },
  ...{ l: 'ӏʟ', m: 'мᴍ', n: 'ηпոɴ', o: 'оοօᴏσ', p: 'рρᴘ', q: 'ԛ', r: 'гʀ', s: 'ѕꜱς', t: 'тτᴛ', u: 'υսᴜ', v: 'νѵᴠ' },
  ...{ w: 'ԝѡωᴡш', x: 'хχ', y: 'уγʏү', z: 'ᴢ' },
};
const latin = new Map(Object.entries(alike).flatMap(([to, letters]) => [...letters].map((letter) => [letter, to])));
const looksLatin = new RegExp(`[${[...latin.keys()].join('')}]`, 'gu');

/** A text in lower case, with letters that look Latin as Latin ones. Capitals are read as capitals: `Η` is an h, `η` an n. */
export function latinLowerCase(text: string): string {
  return read(read(text).toLowerCase());
}

function read(text: string): string {
  return text.replaceAll(looksLatin, (letter) => latin.get(letter) ?? letter);
}
