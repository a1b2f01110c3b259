import type { DecisionService } from '@sallyport/contracts';
import { approvalJudges, guards } from '@sallyport/guards';
import { type Coalescer, createAudit, createEmbeddedDecisionService } from '@sallyport/pipeline';
import type { ActiveConfig } from './active-config.ts';
import type { Dependencies } from './dependencies.ts';

/** Decides in one process, by the configuration in force: guards and audit are function calls. */
export function embeddedDecisions(
  { records, stores, approvals, observer }: Dependencies,
  coalescer: Coalescer,
): (activeConfig: ActiveConfig) => DecisionService {
  return function decisionsOf({ loaded, stationGuards }) {
    const audit = createAudit({
      ...records,
      guards,
      journal: stores.journal,
      counters: stores.counters,
      projection: approvals,
      approvalJudges: approvalJudges({ ...records, approvals }, loaded.config),
      coalescer,
      approvals: loaded.config.approvals,
      observer,
    });
    return createEmbeddedDecisionService({ boundGuards: stationGuards, audit, observer });
  };
}
