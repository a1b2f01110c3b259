import { foldWide } from '../fold.ts';
import { type Member, PAGE } from '../map-strings.ts';
import { isMark, redact, redacted } from '../redaction.ts';
import { count, editTexts, type TextEdit, type TextSanitizer } from '../text-edit.ts';
import { isScriptAlone, linkRule, linkSuspects } from './link-rule.ts';

const id = 'script-links';

/** Puts a mark in the place of links that run a script in whatever shows the result to a person. */
export const scriptLinks: TextSanitizer = {
  id,
  text: () => edit,
  create: () => editTexts([edit]),
  probes: () => [
    {
      about: `sanitize/${id}/${linkRule.kind}`,
      value: { content: [{ type: 'text', text: linkRule.example }] },
      context: { tool: null, what: 'result', reference: 'self-check', upstream: 'self-check' },
      expects: linkRule.kind,
      hint: 'Sallyport itself is at fault: please report this.',
    },
  ],
};

const edit: TextEdit = { sanitizer: id, mode: 'change', suspects: linkSuspects, edit: editLinks };

/** A text that is a link as a whole may stand in any member: `uri`, `url`, `src` of an icon, one of the server's own. */
function editLinks(text: string, member: Member, counts: Map<string, number>): string {
  if (member === PAGE) return text; // a program: what a link in it does, it can do without one
  if (isMark(text) || !isScriptAlone(text, member)) return redact(text, { rules: [linkRule], fold: foldWide }, counts);
  count(counts, linkRule.kind);
  return redacted(linkRule.kind);
}
