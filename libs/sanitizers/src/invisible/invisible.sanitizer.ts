import type { Config } from '@sallyport/contracts';
import { editTexts, type TextEdit, type TextSanitizer } from '../text-edit.ts';
import { invisibleSource, removeInvisible } from './remove-invisible.ts';

const id = 'invisible';

/** Removes what a person can't see but a model or a terminal obeys (Unicode UAX #44, UTS #51, ECMA-48). */
export const invisible: TextSanitizer = {
  id,
  text: edit,
  create: (config) => editTexts([edit(config)].filter((part) => part !== null)),
  probes: ({ sanitize }) =>
    sanitize.invisible === 'off'
      ? []
      : [
          probe('bidi_control', '\u202e'),
          probe('ansi_sequence', '\u001b[8m'),
          probe('tag_character', '\u{e0041}'),
          probe('control_character', '\u0000'),
          probe('invisible_character', '\u200b'),
        ],
};

function edit({ sanitize }: Config): TextEdit | null {
  if (sanitize.invisible === 'off') return null;
  const mode = sanitize.invisible === 'report' ? 'report' : 'change';
  return {
    sanitizer: id,
    mode,
    suspects: invisibleSource,
    edit: (text, _member, counts) => removeInvisible(text, counts),
  };
}

function probe(expects: string, hidden: string): ReturnType<TextSanitizer['probes']>[number] {
  return {
    about: `sanitize/${id}/${expects}`,
    value: { content: [{ type: 'text', text: `self${hidden}check` }] },
    context: { tool: null, what: 'result', reference: 'self-check', upstream: 'self-check' },
    expects,
    hint: 'Set sanitize.invisible to remove, report or off.',
  };
}
