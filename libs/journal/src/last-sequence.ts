import type { Journal, StoredEvent } from '@sallyport/contracts';

/**
 * Finds how far a log goes, or how far into it something holds, by doubling and halving: sequences have no gaps.
 *
 * @param holds true for events up to some place, false for all behind it
 * @returns the sequence of the last event for which it holds; 0 where there is none
 * @throws JournalUnavailable
 */
export async function lastSequence(
  journal: Pick<Journal, 'readAll'>,
  tenant: string,
  holds: (event: StoredEvent) => boolean = () => true,
): Promise<number> {
  async function holdsAt(sequence: number): Promise<boolean> {
    const [event] = await journal.readAll(tenant, { after: sequence - 1, limit: 1 });
    return event !== undefined && holds(event);
  }
  let last = 0;
  let step = 1;
  for (; await holdsAt(last + step); step *= 2) last += step;
  for (step /= 2; step >= 1; step /= 2) if (await holdsAt(last + step)) last += step;
  return last;
}
