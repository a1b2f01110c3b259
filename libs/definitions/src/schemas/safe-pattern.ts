import { RE2JS } from 're2js';
import { spend } from './effort.ts';

/** Longer patterns (characters), repeats that add up to more, and programs of more instructions are not matched. */
const most = { length: 1_000, repeats: 1_000, program: 2_000 } as const;

/** Thrown for a pattern that can't be matched in linear time: look-around, back references, or simply too large. */
export class UnsafePattern extends Error {
  readonly code = 'unsafe_pattern';
}

interface Matcher {
  test(text: string): boolean;
  /** The source. ajv keeps one matcher per text that this gives, so it must differ where patterns do. */
  toString(): string;
}

/**
 * A regular expression of unknown origin, matched in time linear in the text (RE2). Matching is a search, as JSON Schema
 * has it. Differs from ECMA 262 in white space (`\s` is ASCII) and line ends (`.` stops at `\n` alone).
 *
 * @throws UnsafePattern for what RE2 does not know
 */
export function safePattern(source: string): Matcher {
  if (source.length > most.length) throw new UnsafePattern(`a pattern is longer than ${most.length} characters`);
  if (repeatsOf(source) > most.repeats) throw new UnsafePattern(`a pattern repeats more than ${most.repeats} times`);
  const compiled = compile(source);
  const size = compiled.programSize();
  if (size > most.program) throw new UnsafePattern('a pattern is too large once its repeats are written out');
  return {
    test(text) {
      spend(1 + (text.length * size) / 1_000);
      return compiled.test(text);
    },
    toString: () => source,
  };
}

/** Letters that have a meaning after a backslash. RE2 would take any other for the letter itself: `\k<x>` for `k<x>`. */
const escapes = 'dDwWsSbBpPuxcntrvfaAzQE';

function isMistaken(source: string): boolean {
  return [...source.matchAll(/\\([a-zA-Z])|\\./gs)].some(
    ([, letter]) => letter !== undefined && !escapes.includes(letter),
  );
}

function compile(source: string): RE2JS {
  try {
    if (isMistaken(source)) throw new SyntaxError('an escape that says nothing');
    return RE2JS.compile(RE2JS.translateRegExp(source));
  } catch (cause) {
    throw new UnsafePattern('a pattern needs look-around or back references, or is no pattern', { cause });
  }
}

/** What the counted repeats add up to, found before anything is compiled: `a{2,40}b{3}` is 43. */
function repeatsOf(source: string): number {
  return [...source.matchAll(/\{(\d+)(?:,(\d*))?\}/g)].reduce((sum, [, low, high]) => sum + Number(high || low), 0);
}
