/** What the variables of a template hold in a URI; see `templateValues`. */
export type TemplateValues =
  | { readonly kind: 'values'; readonly values: Readonly<Record<string, string>> }
  | { readonly kind: 'none' | 'unclear' };

/** A piece of a template: a text, or an expression, which stands for a text that may have a slash or none. */
type Part =
  { readonly text: string } | { readonly variable: string | null; readonly slash: boolean; readonly empty: boolean };

/** Places in a URI, by whether something may end there. */
type Places = readonly boolean[];

/** A longer URI is not read. */
const LONGEST = 2_048;

/**
 * Reads the variables of a template out of a URI as a server would (RFC 6570): `{id}` is one segment or a part of one, decoded once. A
 * URI is taken to be of the template in more cases than servers do, so that none that they would read that way is missed; where it can be
 * read in two ways, or a value is nothing that simple expansion gives, it is `unclear`.
 *
 * @param uri in normal form, as it will be sent
 * @returns the values of expressions of the form `{name}`; `none` where the URI can't be of the template
 */
export function templateValues(template: string, uri: string): TemplateValues {
  const parts = partsOf(template);
  const [first] = parts;
  if (first !== undefined && 'text' in first && !uri.startsWith(first.text)) return { kind: 'none' };
  if (uri.length > LONGEST) return { kind: 'unclear' };
  const reached = [at(uri, 0)];
  for (const part of parts) reached.push(after(part, uri, reached.at(-1) ?? []));
  if (reached.at(-1)?.[uri.length] !== true) return { kind: 'none' };
  const cuts = cutsOf(parts, uri, reached);
  return cuts === null ? { kind: 'unclear' } : valuesOf(parts, uri, cuts);
}

function partsOf(template: string): readonly Part[] {
  return template.split(/\{([^{}]*)\}/).flatMap((piece, index): Part[] => {
    if (index % 2 === 0) return piece === '' ? [] : [{ text: piece }];
    const isSimple = /^[\w.,:*%]+$/.test(piece);
    return [{ variable: /^\w+$/.test(piece) ? piece : null, slash: !isSimple, empty: !isSimple }];
  });
}

function at(uri: string, place: number): Places {
  return Array.from({ length: uri.length + 1 }, (_, index) => index === place);
}

/** Where a part may end that begins at one of the places. */
function after(part: Part, uri: string, starts: Places): Places {
  if ('text' in part)
    return starts.map((_, end) => isTextFrom(part.text, uri, { starts, from: end - part.text.length }));
  let open = false;
  return starts.map((isStart, end) => {
    if (!part.slash && uri[end - 1] === '/') open = false;
    const isEnd = open || (part.empty && isStart);
    open ||= isStart;
    return isEnd;
  });
}

function isTextFrom(text: string, uri: string, { starts, from }: { starts: Places; from: number }): boolean {
  return starts[from] === true && uri.startsWith(text, from);
}

/** Where the parts end, from the last; null where there is more than one way. */
function cutsOf(parts: readonly Part[], uri: string, reached: readonly Places[]): readonly number[] | null {
  const cuts = [uri.length];
  for (let index = parts.length - 1; index >= 0; index -= 1) {
    const part = parts[index];
    const [end = 0] = cuts;
    const starts = reached[index] ?? [];
    const ways = [...starts.keys()].filter((start) => starts[start] && part && isPart(part, uri, { start, end }));
    if (ways.length !== 1) return null;
    cuts.unshift(...ways);
  }
  return cuts;
}

function isPart(part: Part, uri: string, { start, end }: { start: number; end: number }): boolean {
  if ('text' in part) return start + part.text.length === end && uri.startsWith(part.text, start);
  const slash = part.slash || end === 0 ? -1 : uri.lastIndexOf('/', end - 1);
  return slash < start && (start < end || (part.empty && start === end));
}

/** What may stand in a segment of a path (RFC 3986, `pchar`). */
const SEGMENT = /^(?:[\w.~!$&'()*+,;=:@-]|%[0-9A-F]{2})+$/;

function valuesOf(parts: readonly Part[], uri: string, cuts: readonly number[]): TemplateValues {
  const values: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const [index, part] of parts.entries()) {
    if ('text' in part || part.variable === null) continue;
    const value = decoded(uri.slice(cuts[index], cuts[index + 1]));
    if (value === null || part.variable in values) return { kind: 'unclear' };
    values[part.variable] = value;
  }
  return { kind: 'values', values };
}

/** Null for what could be read otherwise by a server that decodes earlier or again. */
function decoded(text: string): string | null {
  if (!SEGMENT.test(text)) return null;
  try {
    const value = decodeURIComponent(text);
    return /[/?#%\\\p{C}]/u.test(value) ? null : value;
  } catch {
    return null;
  }
}
