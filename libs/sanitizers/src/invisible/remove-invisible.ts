import { count, type Counts } from '../text-edit.ts';
import { isNeeded } from './joiners.ts';

const C0_C1 = String.raw`\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f`;
const ESC = String.raw`\u001b`;

/** Everything that goes, but for the joiners that `isNeeded` keeps. TAB, LF and CR stay. */
export const invisibleSource = String.raw`[${C0_C1}\ufff9-\ufffb\p{Default_Ignorable_Code_Point}\p{Cs}]`;

/** CSI; OSC, DCS, SOS, PM and APC with their end; escapes with intermediates (ECMA-48 section 5). */
const sequences = new RegExp(
  String.raw`(?:${ESC}\[|\u009b)[0-?]*[ -\/]*[@-~]` +
    String.raw`|(?:${ESC}[\]PX^_]|[\u0090\u0098\u009d-\u009f])[^\u0007\u001b\u0090\u0098\u009b-\u009f]*(?:\u0007|${ESC}\\|\u009c)` +
    String.raw`|${ESC}[ -\/]+[0-~]`,
  'gu',
);
const characters = new RegExp(invisibleSource, 'gu');
const bidi = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;
const tag = /[\u{e0000}-\u{e007f}]/u;
const surrogate = /\p{Cs}/u;
const control = new RegExp(`[${C0_C1}]`, 'u');

/**
 * Removes invisible characters and terminal sequences, and counts them by kind (`ansi_sequence`, `bidi_control`,
 * `tag_character`, `control_character`, `invisible_character`). Half a
 * character has no form in JSON or UTF-8, so U+FFFD takes its place (`lone_surrogate`).
 *
 * @returns the same string when there are none
 */
export function removeInvisible(text: string, counts: Counts): string {
  const plain = text.replace(sequences, () => {
    count(counts, 'ansi_sequence');
    return '';
  });
  return plain.replace(characters, (character: string, index: number) => {
    if (isNeeded(plain, index, character)) return character;
    const kind = kindOf(character);
    count(counts, kind);
    return kind === 'lone_surrogate' ? '\ufffd' : '';
  });
}

function kindOf(character: string): string {
  if (surrogate.test(character)) return 'lone_surrogate';
  if (bidi.test(character)) return 'bidi_control';
  if (tag.test(character)) return 'tag_character';
  return control.test(character) ? 'control_character' : 'invisible_character';
}
