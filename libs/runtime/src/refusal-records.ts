import {
  type Attempts,
  type Coalescer,
  createAppendBudget,
  createCoalescer,
  createRefusedRequests,
  type Flushed,
  type RefusedRequests,
} from '@sallyport/pipeline';
import { type AdminActs, createAdminActs } from './admin-acts.ts';
import { type Dependencies, systemTenant } from './dependencies.ts';

/** What a gateway refuses, on its way into the record; flushed with what upstreams were. A subject has one budget for all of it. */
export interface RefusalRecords extends Flushed {
  readonly coalescer: Coalescer;
  readonly requests: RefusedRequests;
  readonly acts: AdminActs;
}

/** Builds the recorders of calls, of requests that are no calls, and of admin acts. */
export function createRefusalRecords(
  { records, stores, observer, boot, strays }: Dependencies,
  attempts: Pick<Attempts, 'take'>,
): RefusalRecords {
  const { journal } = stores;
  const parts = { ...records, journal, observer, budget: createAppendBudget(records.clock) };
  const coalescer = createCoalescer(parts);
  const requests = createRefusedRequests({ ...parts, boot });
  const acts = createAdminActs({ ...parts, attempts, systemTenant });
  const all = [requests, acts, coalescer, strays];
  return {
    coalescer,
    requests,
    acts,
    async flush() {
      for (const one of all) await one.flush();
    },
    async close() {
      for (const one of all) await one.close();
    },
  };
}
