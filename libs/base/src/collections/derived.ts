/** Keeps what was made of the current value, and makes it again only when that is another value (compared by identity). */
export function derived<From, Made>(current: () => From, make: (from: From) => Made): () => Made {
  let last: { readonly from: From; readonly made: Made } | null = null;
  return function latest() {
    const from = current();
    if (last === null || last.from !== from) last = { from, made: make(from) };
    return last.made;
  };
}
