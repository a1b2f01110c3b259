import type { Commit, Spool } from '@sallyport/contracts';

/** A spool without a file, for tests. It forgets everything with the process. */
export function createMemorySpool(): Spool {
  const commits: Commit[] = [];
  let last: Promise<number> = Promise.resolve(0);

  async function drainAll(take: (commit: Commit) => Promise<void>): Promise<number> {
    let drained = 0;
    for (let next = commits[0]; next !== undefined; next = commits[0]) {
      await take(next);
      commits.shift();
      drained++;
    }
    return drained;
  }

  return {
    get size() {
      return commits.length;
    },
    async append(commit) {
      commits.push(commit);
    },
    drain(take) {
      last = last.catch(() => 0).then(() => drainAll(take)); // one at a time; each caller hears of its own failure
      return last;
    },
  };
}
