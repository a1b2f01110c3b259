/** The known name that a person most probably meant, or null where none is near (at most a third of it differs). */
export function nearestName(wrong: string, known: readonly string[]): string | null {
  let best: string | null = null;
  let least = Math.floor(Math.max(wrong.length, 3) / 3) + 1;
  for (const name of known) {
    const distance = editDistance(wrong.toLowerCase(), name.toLowerCase());
    if (distance < least) {
      least = distance;
      best = name;
    }
  }
  return best;
}

/** What is wrong where a configuration names something that there is not, and what was probably meant. */
export function unknownName(
  path: readonly PropertyKey[],
  { what, name, known }: { readonly what: string; readonly name: string; readonly known: readonly string[] },
): { readonly path: readonly PropertyKey[]; readonly message: string; readonly hint: string } {
  const meant = nearestName(name, known);
  const question = meant === null ? '' : `Did you mean "${meant}"? `;
  const message = `${path.map(String).join('.')}: there is no ${what} "${name}"`;
  return { path, message, hint: `${question}There are: ${known.join(', ')}.` };
}

/** Optimal string alignment: an insertion, a deletion, a change, or two neighbours swapped cost one each. */
function editDistance(a: string, b: string): number {
  const rows = [Array.from({ length: b.length + 1 }, (_, i) => i)];
  const cost = (i: number, j: number): number => rows[i]?.[j] ?? Infinity;
  for (let i = 1; i <= a.length; i++) {
    rows.push([i]);
    for (let j = 1; j <= b.length; j++) {
      const change = cost(i - 1, j - 1) + Number(a[i - 1] !== b[j - 1]);
      const swapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swap = swapped ? cost(i - 2, j - 2) + 1 : Infinity;
      rows[i]?.push(Math.min(change, swap, cost(i - 1, j) + 1, cost(i, j - 1) + 1));
    }
  }
  return cost(a.length, b.length);
}
