import type { Journal, StoredEvent } from '@sallyport/contracts';

const PAGE = 1_000;

/** Reads the approvals of each tenant on from where it stopped; those who ask during a reading share the next one. */
export function createReader(
  journal: Pick<Journal, 'readAll'>,
  take: (event: StoredEvent) => void,
): { catchUp(tenant: string): Promise<void> } {
  const read = new Map<string, number>();
  const reading = new Map<string, Promise<void>>();
  const next = new Map<string, Promise<void>>();

  async function readOn(tenant: string): Promise<void> {
    for (;;) {
      const after = read.get(tenant) ?? 0;
      const page = await journal.readAll(tenant, { after, limit: PAGE, kind: 'approval' });
      for (const event of page) take(event);
      read.set(tenant, page.at(-1)?.sequence ?? after);
      if (page.length < PAGE) return;
    }
  }

  /** One at a time for each tenant. */
  function begin(tenant: string): Promise<void> {
    const begun = readOn(tenant).finally(() => reading.delete(tenant));
    reading.set(tenant, begun);
    return begun;
  }

  return {
    /** A reading that began before may not have seen what is asked for now. */
    catchUp(tenant) {
      const waiting = next.get(tenant);
      if (waiting !== undefined) return waiting;
      const before = reading.get(tenant);
      if (before === undefined) return begin(tenant);
      const after = (): Promise<void> => {
        next.delete(tenant);
        return begin(tenant);
      };
      const turn = before.then(after, after);
      next.set(tenant, turn);
      return turn;
    },
  };
}
