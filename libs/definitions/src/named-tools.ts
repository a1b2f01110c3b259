/** A known tool by the form of its name. */
export type KnownTools = ReadonlyMap<string, { readonly id: string; readonly tool: string }>;

const token = /[\p{L}\p{N}_.-]*[\p{L}\p{N}_]/gu;
/** A name that no running text has by chance: of several words, or with a digit. */
const compound = /[_.-]|[a-z0-9][A-Z]|\d/;
/** A plain word is a tool's name where it is quoted, called, or said to be one. */
const before = /(?:[`'"“‘«]|\b(?:tool|function)\W{1,3})$/i;
const after = /^(?:[`'"”’»]|\(\)|\W{0,2}\s+(?:tool|function)\b)/i;
/** Characters of context on each side. */
const beside = 16;

/** The form under which names are compared: `readFile`, `Read_File` and `read_file` are one. */
export function nameForm(name: string): string {
  return name
    .normalize('NFKC')
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase();
}

/** The first known tool other than `own` that a text names bare, that is without its upstream's id; undefined for none. */
export function namedTool(text: string, tools: KnownTools, own: string): ReturnType<KnownTools['get']> {
  const ownForm = nameForm(own);
  const plain = text.normalize('NFKC');
  for (const match of plain.matchAll(token)) {
    const [whole] = match;
    for (const part of new Set([whole, ...whole.split(/[.-]+|__/)])) {
      const form = nameForm(part);
      const found = form === ownForm ? undefined : tools.get(form);
      if (found !== undefined && (compound.test(part) || isPointedAt(plain, match.index, whole))) return found;
    }
  }
  return undefined;
}

function isPointedAt(text: string, at: number, { length }: string): boolean {
  const end = at + length;
  return before.test(text.slice(Math.max(0, at - beside), at)) || after.test(text.slice(end, end + beside));
}
