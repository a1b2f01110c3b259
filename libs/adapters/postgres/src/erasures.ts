import { setInterval } from 'node:timers';
import type { Queries } from './queries.ts';

/** Holds in memory what may be erased. */
export interface Remembering {
  forget(): void;
}

/** How long a process may go by what another one has erased: as long as by a switch that was thrown elsewhere. */
const LOOK_MS = 1_000;

/**
 * Has names and keys forgotten once any were erased, by whichever process. What was asked for before and answered after is
 * forgotten at the look that follows; and where the database can't be asked, all of it is.
 *
 * @returns how to stop
 */
export function watchErasures(queries: Queries, remembering: readonly Remembering[]): () => void {
  let seen: string | null = null;
  let again = false;

  async function look(): Promise<void> {
    const count = await queries.text('erasures', 'SELECT count FROM sallyport.erasures', []).catch(() => null);
    const moved = count === null || count !== seen;
    if (moved || again) for (const one of remembering) one.forget();
    again = moved;
    seen = count;
  }

  void look();
  const timer = setInterval(() => void look(), LOOK_MS).unref();
  return () => clearInterval(timer);
}
