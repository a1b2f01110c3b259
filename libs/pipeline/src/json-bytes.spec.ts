import type { JsonObject, JsonValue } from '@sallyport/contracts';
import { jsonBytes } from './json-bytes.ts';

/** A text of that many levels with a value of each kind at the bottom. */
function nested(levels: number): string {
  const bottom = '[1,-2.5,true,null,"ä\\n",{},[],{"b":"c","d":[]}]';
  return `${'{"ä":['.repeat(levels)}${bottom}${']}'.repeat(levels)}`;
}

it.each([1, 10, 100_000])('measures a value of %i levels as it would be printed', (levels) => {
  const text = nested(levels);
  expect(jsonBytes(JSON.parse(text) as JsonObject)).toBe(Buffer.byteLength(text));
});

it('counts by itself where printing fails', () => {
  expect(() => JSON.stringify(JSON.parse(nested(100_000)) as JsonValue)).toThrow(RangeError);
});
