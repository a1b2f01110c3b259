/** What is made of a value that changes as a whole: made again when another one is there, and kept until then. */
export function derived<From, Made>(current: () => From, make: (from: From) => Made): () => Made {
  let last: { readonly from: From; readonly made: Made } | null = null;
  return function latest() {
    const from = current();
    if (last === null || last.from !== from) last = { from, made: make(from) };
    return last.made;
  };
}
