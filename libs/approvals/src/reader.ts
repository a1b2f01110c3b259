import type { Journal, StoredEvent } from '@sallyport/contracts';

const PAGE = 1_000;

/** Reads the approvals of each tenant on from where it stopped; many who ask at once share one reading. */
export function createReader(
  journal: Pick<Journal, 'readAll'>,
  take: (event: StoredEvent) => void,
): { catchUp(tenant: string): Promise<void> } {
  const read = new Map<string, number>();
  const last = new Map<string, Promise<void>>();

  async function readOn(tenant: string): Promise<void> {
    for (;;) {
      const after = read.get(tenant) ?? 0;
      const page = await journal.readAll(tenant, { after, limit: PAGE, kind: 'approval' });
      for (const event of page) take(event);
      read.set(tenant, page.at(-1)?.sequence ?? after);
      if (page.length < PAGE) return;
    }
  }

  return {
    /** One at a time for each tenant: a reading that began before may not have seen what is asked for now. */
    catchUp(tenant) {
      const before = last.get(tenant) ?? Promise.resolve();
      const turn = before.then(
        () => readOn(tenant),
        () => readOn(tenant),
      );
      last.set(tenant, turn);
      return turn;
    },
  };
}
