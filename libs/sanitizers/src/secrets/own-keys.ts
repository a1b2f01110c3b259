import { redacted } from '../redaction.ts';
import { count, editTexts, type TextEdit, type TextSanitizer } from '../text-edit.ts';

/** A shorter one would be found in ordinary words. */
const SHORTEST = 8;

/**
 * Puts a mark in the place of values that only Sallyport and its people have: tokens of users and the operator, credentials for
 * servers. Known by their value, so that nothing is guessed; `sanitize.secrets` does not turn it off.
 */
export function ownKeys(values: readonly string[]): TextSanitizer {
  const keys = values.filter(({ length }) => length >= SHORTEST);
  // The longer one first: one may begin another.
  const suspects = [...new Set(keys.flatMap(written))]
    .toSorted((a, b) => b.length - a.length)
    .map((key) => RegExp.escape(key))
    .join('|');
  const pattern = new RegExp(suspects, 'gu');
  const edit: TextEdit = {
    sanitizer: 'secrets',
    mode: 'change',
    suspects,
    edit: (text, _, counts) =>
      text.replaceAll(pattern, () => {
        count(counts, 'own_key');
        return redacted('own_key');
      }),
  };
  return {
    id: 'secrets',
    text: () => (keys.length === 0 ? null : edit),
    create: () => editTexts(keys.length === 0 ? [] : [edit]),
    probes: () => [],
  };
}

/** A key as it is, and as JSON has it: some write `\/` for `/`. */
function written(key: string): readonly string[] {
  const json = JSON.stringify(key).slice(1, -1);
  return [key, json, json.replaceAll('/', String.raw`\/`)];
}
