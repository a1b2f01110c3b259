export type PatternPart = 'Wildcard' | { readonly Literal: string };

/** Cedar's `like`: `*` is any run of characters. Linear: each literal run is taken where it first occurs. */
export function matcher(pattern: readonly PatternPart[]): (text: string) => boolean {
  const [first = '', ...rest] = literalRuns(pattern);
  const last = rest.pop();
  return function matches(text) {
    if (last === undefined) return text === first;
    if (!text.startsWith(first)) return false;
    let at = first.length;
    for (const run of rest) {
      const found = text.indexOf(run, at);
      if (found < 0) return false;
      at = found + run.length;
    }
    return text.length - last.length >= at && text.endsWith(last);
  };
}

function literalRuns(pattern: readonly PatternPart[]): string[] {
  const runs = [''];
  for (const part of pattern) {
    if (part === 'Wildcard') runs.push('');
    else runs.push((runs.pop() ?? '') + part.Literal);
  }
  return runs;
}
