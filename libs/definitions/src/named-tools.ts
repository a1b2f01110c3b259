import { latinLowerCase } from '@sallyport/base';

export interface KnownTool {
  readonly id: string;
  readonly tool: string;
}

/** Known tools by the form of their names, bare and behind the id of their upstream. */
export interface KnownTools {
  readonly bare: ReadonlyMap<string, KnownTool>;
  readonly qualified: ReadonlyMap<string, KnownTool>;
}

/** Words in one piece: a name may be written with any of these between its words. */
const joined = /[\p{L}\p{N}\p{M}]+(?:[\p{Pd}\p{Pc}.:/]{1,3}[\p{L}\p{N}\p{M}]+)*/gu;
const word = /[\p{L}\p{N}\p{M}]+/gu;
/** What Markdown has before a character that is meant as it stands. */
const escape = /\\(?=[\p{Pd}\p{Pc}.:])/gu;
/** A name that no running text has by chance: of several words, or with a digit. */
const compound = /[\p{Pd}\p{Pc}.:/]|\p{Ll}\p{Lu}|\d/u;
/** A plain word is a tool's name where it is quoted, called, or said to be one. */
const before = /(?:[`'"“‘«]|\b(?:tool|function)\W{1,3})$/i;
const after = /^(?:[`'"”’»]|\((?!e?s\))|\W{0,2}\s+(?:tool|function)\b)/i;
/** Of how many words a name is at most, its letters written apart included. */
const mostWords = 12;
/** Characters of context on each side. */
const beside = 16;

/** Prepares the names of tools for `namedTool`. */
export function knownTools(tools: readonly KnownTool[]): KnownTools {
  const bare = new Map(tools.map((known) => [nameForm(known.tool), known]));
  const qualified = new Map(tools.map((known) => [nameForm(known.id + known.tool), known]));
  return { bare, qualified };
}

/** A text as it is read: without what Markdown escapes, and full-width and the like as usual characters. */
export function readable(text: string): string {
  return text.normalize('NFKC').replaceAll(escape, '');
}

/** The form under which names are compared: `readFile`, `Read-File`, `read__file` and one with Cyrillic letters are one. */
function nameForm(name: string): string {
  return latinLowerCase(name.normalize('NFKC')).replaceAll(/[^\p{L}\p{N}\p{M}]/gu, '');
}

/** The first known tool other than `own` that a text names, bare or behind its upstream's id; undefined for none. */
export function namedTool(text: string, tools: KnownTools, own: string): KnownTool | undefined {
  const plain = readable(text);
  for (const { 0: whole, index } of plain.matchAll(joined))
    for (const run of runsIn(whole)) {
      const found = toolBy(run, tools, () => isPointedAt(plain, index + run.at, run.text.length));
      if (found !== undefined && !isSame(own, run.text) && !isSame(own, found.tool)) return found;
    }
  return undefined;
}

interface Run {
  readonly at: number;
  readonly text: string;
  readonly form: string;
}

/** Words that follow each other and could be a name of their own: a single `_` on either side makes them part of another. */
function* runsIn(whole: string): Generator<Run> {
  const words = [...whole.matchAll(word)].map(({ 0: text, index }) => ({ at: index, text, form: nameForm(text) }));
  for (const [first, { at }] of words.entries()) {
    if (/(?:^|[^_])_$/.test(whole.slice(Math.max(0, at - 2), at))) continue;
    let form = '';
    for (const next of words.slice(first, first + mostWords)) {
      const end = next.at + next.text.length;
      form += next.form;
      if (!/^_(?:[^_]|$)/.test(whole.slice(end, end + 2))) yield { at, text: whole.slice(at, end), form };
    }
  }
}

/** A path such as `search/issues` is no tool's bare name, though `files/search` is what we call one ourselves. */
function toolBy({ text, form }: Run, tools: KnownTools, isPointed: () => boolean): KnownTool | undefined {
  const [bare, qualified] = [text.includes('/') ? undefined : tools.bare.get(form), tools.qualified.get(form)];
  if (bare === undefined && qualified === undefined) return undefined;
  const isCompound = compound.test(text);
  if (bare !== undefined && ((isCompound && compound.test(bare.tool)) || isPointed())) return bare;
  return isCompound ? qualified : undefined;
}

/** Names that differ in nothing but case: what a definition calls itself is not another tool. */
function isSame(own: string, name: string): boolean {
  const plain = (text: string): string =>
    text
      .normalize('NFKC')
      .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
      .toLowerCase();
  return plain(own) === plain(name);
}

function isPointedAt(text: string, at: number, length: number): boolean {
  const end = at + length;
  return before.test(text.slice(Math.max(0, at - beside), at)) || after.test(text.slice(end, end + beside));
}
