/** The name that is nearest to a misspelt one, if it is near enough to be what was meant. */
export function nearest(name: string, names: readonly string[]): string | null {
  let best: string | null = null;
  let bestDistance = Math.max(2, Math.floor(name.length / 4)) + 1;
  for (const candidate of names) {
    const far = distance(name, candidate);
    if (far < bestDistance) [best, bestDistance] = [candidate, far];
  }
  return best;
}

/** Levenshtein's distance: how many single characters must be put in, taken out or changed. */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, at) => at);
  for (let at = 1; at <= from.length; at++) {
    const next = [at];
    for (let col = 1; col <= to.length; col++) {
      const changed = (row[col - 1] ?? 0) + (from[at - 1] === to[col - 1] ? 0 : 1);
      next.push(Math.min(changed, (row[col] ?? 0) + 1, (next[col - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
