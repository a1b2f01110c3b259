/** Characters of other scripts that look like a Latin one, and which. */
const twins = new Map<string, string>([
  ...pairs('АВЕЅІЈКМНОРСТУХҮԌԚԜ', 'ABESIJKMHOPCTYXYGQW'), // Cyrillic capitals
  ...pairs('аеѕіјорсухһԁԛԝӏүԍвкмнт', 'aesijopcyxhdqwlygbkmht'), // Cyrillic
  ...pairs('ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ', 'ABEZHIKMNOPTYX'), // Greek capitals
  ...pairs('αβγεικνορτυχηω', 'abyeikvoptuxnw'), // Greek
  ...pairs('օսոհցԼ', 'ounhgL'), // Armenian
  ...pairs('ıɡɑſ', 'igas'), // Latin
]);

function pairs(others: string, latin: string): [string, string][] {
  return [...others].map((other, at) => [other, latin.charAt(at)]);
}

/**
 * What a reader takes a name for: two names of the same likeness may be one person's. Case, width, white space, characters
 * that can't be seen, and letters of other scripts that look Latin do not count.
 */
export function likeness(name: string): string {
  const composed = name.normalize('NFKC').replaceAll(/[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}\u2800]/gu, '');
  const latin = [...composed].map((character) => twins.get(character) ?? character).join('');
  return latin.toLowerCase().normalize('NFKC');
}
