import type { Corridor } from '@sallyport/contracts';
import { askers, guards } from '@sallyport/guards';
import { type Coalescer, createAudit, createEmbeddedCorridor } from '@sallyport/pipeline';
import type { Frame } from './frame.ts';
import type { Standing } from './standing.ts';

/** The corridor in one process, for each standing: guards and audit as function calls. */
export function embeddedCorridor(
  { records, stores, desk, observer }: Frame,
  coalescer: Coalescer,
): (standing: Standing) => Corridor {
  return function corridorOf({ loaded, corridorSeats }) {
    const audit = createAudit({
      ...records,
      guards,
      journal: stores.journal,
      counters: stores.counters,
      projection: desk,
      askers: askers({ ...records, approvals: desk }, loaded.config),
      coalescer,
      approvals: loaded.config.approvals,
      observer,
    });
    const onFailure = (guard: string, error: unknown): void =>
      observer.trouble('guard_failed', `${guard}: ${String(error)}`);
    return createEmbeddedCorridor(() => corridorSeats, audit, { onFailure });
  };
}
