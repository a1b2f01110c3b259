import { foldableSource, foldTight, foldWide } from '../fold.ts';
import { redact, type Redaction, type RedactionRule } from '../redaction.ts';
import type { Counts } from '../text-edit.ts';
import { namedRules, namedSuspects } from './named-rules.ts';
import { pairRules } from './pair-rules.ts';
import { tokenRules, tokenSuspects } from './token-rules.ts';

/** Source of an expression (flag `u`) that matches every text in which a secret could be found. */
export const suspects = `${tokenSuspects}|${namedSuspects}|${foldableSource}`;

const isSuspect = new RegExp(`${tokenSuspects}|${namedSuspects}`, 'u');

/** From the specific to the generic. */
export const secretRules: readonly RedactionRule[] = [...tokenRules, ...namedRules, ...pairRules];

/** Tokens are looked for twice: as they stand, and with blanks left out that only look like the end of a word. */
const readings: readonly Redaction[] = [
  { rules: secretRules, fold: foldWide },
  { rules: tokenRules, fold: foldTight },
];

/** What stands behind `password:` in a program is code, and a mark there breaks it: tokens alone are told from that. */
const readingsOfCode = readings.map(({ fold }): Redaction => ({ rules: tokenRules, fold }));

/** Replaces every secret by a mark. The same string when there is none. */
export function redactSecretsIn(text: string, counts: Counts, { isCode = false } = {}): string {
  return (isCode ? readingsOfCode : readings).reduce(
    (current, reading) => (isSuspect.test(reading.fold(current).text) ? redact(current, reading, counts) : current),
    text,
  );
}
