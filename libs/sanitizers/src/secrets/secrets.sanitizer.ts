import type { Config } from '@sallyport/contracts';
import { type Member, PAGE } from '../map-strings.ts';
import { isMark, redacted } from '../redaction.ts';
import { count, editTexts, type Counts, type TextEdit, type TextSanitizer } from '../text-edit.ts';
import { isSecretMember } from './named-rules.ts';
import { redactSecretsIn, secretRules, suspects } from './secret-rules.ts';
import { isTemplate } from './values.ts';

const id = 'secrets';

/** Puts a mark in the place of credentials, in texts and in members that are named like one. */
export const secrets: TextSanitizer = {
  id,
  text: edit,
  create: (config) => editTexts([edit(config)].filter((part) => part !== null)),
  probes: ({ sanitize }) =>
    sanitize.secrets === 'off'
      ? []
      : secretRules.map(({ kind, example }) => ({
          about: `sanitize/${id}/${kind}`,
          value: { content: [{ type: 'text', text: `self-check ${example} self-check` }] },
          context: { tool: null, what: 'result', reference: 'self-check', upstream: 'self-check' },
          expects: kind,
          hint: 'Set sanitize.secrets to redact, report or off.',
        })),
};

function edit({ sanitize }: Config): TextEdit | null {
  if (sanitize.secrets === 'off') return null;
  const mode = sanitize.secrets === 'report' ? 'report' : 'change';
  return { sanitizer: id, mode, suspects, edit: redactSecrets };
}

function redactSecrets(text: string, member: Member, counts: Counts): string {
  if (member === PAGE) return redactSecretsIn(text, counts, { isCode: true });
  const found = redactSecretsIn(text, counts);
  if (member === null || found.length < 4 || isMark(found) || isTemplate(found)) return found;
  if (!isSecretMember(member)) return found;
  count(counts, 'password');
  return redacted('password');
}

/** A text of our own with a mark for each credential in it. @param member the name that the text is a value of */
export function withoutSecrets(text: string, member: string | null = null): string {
  return redactSecrets(text, member, new Map());
}
