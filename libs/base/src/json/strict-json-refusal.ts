/** Why a text was refused; stable, snake_case, safe to record. */
export type StrictJsonCode =
  | 'invalid_utf8'
  | 'syntax'
  | 'duplicate_key'
  | 'forbidden_key'
  | 'unsafe_number'
  | 'lone_surrogate'
  | 'too_deep'
  | 'too_large'
  | 'too_many_values';

/**
 * A refusal as data. `message` never quotes the text, which may hold personal data. `at` counts UTF-16 code units from
 * the start of the text; for `invalid_utf8` it counts bytes, exact to within one character.
 */
export interface StrictJsonRefusal {
  readonly ok: false;
  readonly code: StrictJsonCode;
  readonly message: string;
  readonly at: number;
}

const messages: Readonly<Record<StrictJsonCode, string>> = {
  invalid_utf8: 'The bytes are not UTF-8.',
  syntax: 'The text is not JSON (RFC 8259).',
  duplicate_key: 'An object has the same key twice.',
  forbidden_key: 'The key __proto__ is not allowed.',
  unsafe_number: 'A number does not fit: beyond 2^53-1, or so small that it would become 0.',
  lone_surrogate: 'A string or key holds half of a surrogate pair.',
  too_deep: 'Arrays and objects are nested too deeply.',
  too_large: 'The text is too long.',
  too_many_values: 'The text holds too many values.',
};

/** Makes a refusal with the code's fixed message. */
export function refusal(code: StrictJsonCode, at: number): StrictJsonRefusal {
  return { ok: false, code, message: messages[code], at };
}
