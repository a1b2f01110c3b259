import { latinLowerCase } from '@sallyport/base';

export interface KnownTool {
  readonly id: string;
  readonly tool: string;
}

/** Known tools by the form of their names, bare and behind the id of their upstream; several upstreams may have one. */
export interface KnownTools {
  readonly bare: ReadonlyMap<string, readonly KnownTool[]>;
  readonly qualified: ReadonlyMap<string, readonly KnownTool[]>;
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
  return {
    bare: Map.groupBy(tools, ({ tool }) => nameForm(tool)),
    qualified: Map.groupBy(tools, ({ id, tool }) => nameForm(id + tool)),
  };
}

/** A text as it is read: without what Markdown escapes, and full-width and the like as usual characters. */
export function readable(text: string): string {
  return text.normalize('NFKC').replaceAll(escape, '');
}

/** The form under which names are compared: `readFile`, `Read-File`, `read__file` and one with Cyrillic letters are one. */
function nameForm(name: string): string {
  return latinLowerCase(name.normalize('NFKC')).replaceAll(/[^\p{L}\p{N}\p{M}]/gu, '');
}

/**
 * The first known tool of another upstream that a text of the tool `own` names, bare or behind its upstream's id; undefined for
 * none. Where both upstreams have a tool of that name it counts: a server could offer one for that.
 */
export function namedTool(text: string, tools: KnownTools, own: KnownTool): KnownTool | undefined {
  const plain = readable(text);
  for (const { 0: whole, index } of plain.matchAll(joined))
    for (const run of runsIn(whole)) {
      const pointed = () => isPointedAt(plain, index + run.at, run.text.length);
      const found = toolsBy(run, tools, pointed).find(({ id }) => id !== own.id);
      if (found !== undefined && !isSame(own.tool, run.text) && !isSame(own.tool, found.tool)) return found;
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
function toolsBy({ text, form }: Run, tools: KnownTools, isPointed: () => boolean): readonly KnownTool[] {
  const bare = text.includes('/') ? [] : (tools.bare.get(form) ?? []);
  const qualified = tools.qualified.get(form) ?? [];
  if (bare.length + qualified.length === 0) return [];
  const isCompound = compound.test(text);
  const pointed = isPointed();
  return [
    ...bare.filter(({ tool }) => pointed || (isCompound && compound.test(tool))),
    ...(isCompound ? qualified : []),
  ];
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
