import { withoutSecrets } from '@sallyport/sanitizers';
import { type Document, isPair, isScalar, type Node, type Pair, visit } from 'yaml';

/**
 * A configuration's text as the record keeps it. Secrets belong in files and variables; where somebody wrote one into the text
 * all the same, a mark stands for it.
 */
export function recordedText(text: string, document: Document): string {
  const edits: { readonly from: number; readonly to: number; readonly by: string }[] = [];
  visit(document, {
    Scalar(at, { value, range }, path) {
      if (typeof value !== 'string' || !range) return;
      const clean = withoutSecrets(value, at === 'value' ? variableIn(path) : null);
      if (clean !== value)
        edits.push({ from: range[0], to: range[1], by: quoted(clean, text.slice(range[0], range[1])) });
    },
  });
  const marked = edits
    .toSorted((a, b) => b.from - a.from)
    .reduce((current, { from, to, by }) => current.slice(0, from) + by + current.slice(to), text);
  return marked.replaceAll(/(?<=^|\s)#.*$/gm, (comment) => withoutSecrets(comment));
}

/** The name of the variable that is set by a value, in `env`; null elsewhere, where members have names of ours. */
function variableIn(path: readonly (Document | Node | Pair)[]): string | null {
  const [of, , pair] = path.slice(-3);
  return isPair(of) && isPair(pair) && nameOf(of) === 'env' ? nameOf(pair) : null;
}

function nameOf({ key }: Pair): string | null {
  return isScalar(key) ? String(key.value) : null;
}

/** In quotes, so that the rest of the file stays what it is; a block of lines ends with its line. */
function quoted(value: string, before: string): string {
  return JSON.stringify(value) + (before.endsWith('\n') ? '\n' : '');
}
