import type { Commit, Committed, Journal, StoredEvent } from '@sallyport/contracts';

/** A journal in memory that holds each stream to its version, and shows what was committed. */
export function recordingJournal(): Journal & { readonly commits: Commit[] } {
  const commits: Commit[] = [];
  const stored = (): StoredEvent[] => {
    const written = commits.flatMap(({ tenant, writes }) =>
      writes.flatMap(({ stream, events }) => events.map((event) => ({ tenant, stream, event }))),
    );
    return written.map(({ tenant, stream, event }, at) => ({
      ...event,
      tenant,
      stream,
      version: written.slice(0, at + 1).filter((other) => other.stream === stream).length,
      sequence: at + 1,
      bytes: Buffer.from(JSON.stringify(event)),
      leaf: Buffer.alloc(32),
    }));
  };
  return {
    commits,
    commit: (commit): Promise<Committed> => {
      const taken = commit.writes.some(
        ({ stream, expectedVersion }) =>
          expectedVersion !== 'any' && expectedVersion !== stored().filter((event) => event.stream === stream).length,
      );
      if (taken) return Promise.resolve({ status: 'conflict', stream: '', version: 0 });
      commits.push(commit);
      return Promise.resolve({ status: 'committed', first: commits.length });
    },
    readStream: () => Promise.resolve([]),
    readAll: (_tenant, { after }) => Promise.resolve(stored().slice(after)),
  };
}
