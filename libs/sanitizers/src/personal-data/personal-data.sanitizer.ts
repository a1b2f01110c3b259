import type { Config } from '@sallyport/contracts';
import { foldableSource, foldWide } from '../fold.ts';
import { redact, type RedactionRule } from '../redaction.ts';
import { editTexts, type TextEdit, type TextSanitizer } from '../text-edit.ts';
import { cardRule } from './card-number.ts';
import { ibanRule } from './iban.ts';
import { cardSuspects } from './json-number.ts';

const id = 'personal-data';
const rules: readonly RedactionRule[] = [cardRule, ibanRule];
const suspects = [
  String.raw`\d{4}[ .-]{0,3}\d{4}|[A-Z]{2}\d{2}[ -]?[A-Z0-9]|\d{4}[ .-]{1,3}\d{6}`,
  cardSuspects,
  foldableSource,
].join('|');

/** Puts a mark in the place of personal data that carries a checksum: what only looks like it stays. */
export const personalData: TextSanitizer = {
  id,
  text: edit,
  create: (config) => editTexts([edit(config)].filter((part) => part !== null)),
  probes: ({ sanitize }) =>
    sanitize.personal_data === 'off'
      ? []
      : rules.map(({ kind, example }) => ({
          about: `sanitize/${id}/${kind}`,
          value: { content: [{ type: 'text', text: `self-check ${example} self-check` }] },
          context: { tool: null, what: 'result', reference: 'self-check', upstream: 'self-check' },
          expects: kind,
          hint: 'Set sanitize.personal_data to redact, report or off.',
        })),
};

function edit({ sanitize }: Config): TextEdit | null {
  if (sanitize.personal_data === 'off') return null;
  const mode = sanitize.personal_data === 'report' ? 'report' : 'change';
  return {
    sanitizer: id,
    mode,
    suspects,
    edit: (text, _member, counts) => redact(text, { rules, fold: foldWide }, counts),
  };
}
