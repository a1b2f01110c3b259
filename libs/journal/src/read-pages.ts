import type { Journal, StoredEvent } from '@sallyport/contracts';

export interface PagesOptions {
  /** The sequence to begin behind; 0 if absent. */
  readonly after?: number;
  /** Only streams of this kind. */
  readonly kind?: string;
  /** Most events of one page. */
  readonly size?: number;
}

/**
 * Reads a tenant's log to its end, in pages that are never empty: a log is as long as clients make it. Each page is read when
 * it is asked for. Ends with the first page that is not full.
 *
 * @throws JournalUnavailable
 */
export async function* readPages(
  journal: Pick<Journal, 'readAll'>,
  tenant: string,
  { after = 0, size = 1_000, ...kind }: PagesOptions = {},
): AsyncGenerator<readonly StoredEvent[], void, undefined> {
  for (let position = after, more = true; more;) {
    const page = await journal.readAll(tenant, { after: position, limit: size, ...kind });
    position = page.at(-1)?.sequence ?? position;
    more = page.length === size;
    if (page.length > 0) yield page;
  }
}
