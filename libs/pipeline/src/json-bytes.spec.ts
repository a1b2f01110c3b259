import fc from 'fast-check';
import type { JsonObject, JsonValue } from '@sallyport/contracts';
import { jsonBytes } from './json-bytes.ts';

it('measures what is nested too deeply to be printed', () => {
  const deep = JSON.parse(`${'{"a":['.repeat(50_000)}${']}'.repeat(50_000)}`) as JsonObject;
  expect(() => JSON.stringify(deep)).toThrow(RangeError);
  expect(jsonBytes(deep)).toBe(50_000 * 8);
});

it('is the length of the printed text', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(jsonBytes(value as JsonValue)).toBe(Buffer.byteLength(JSON.stringify(value)));
    }),
  );
});
