import { type Journal, type Observer, personName, type Principal } from '@sallyport/contracts';
import { recordFact } from '@sallyport/journal';
import { type AppendBudget, createAppendBudget, subjectOf } from './append-budget.ts';
import { type Counted, createCounting, type Flushed, VARIOUS } from './counting.ts';
import type { RecordParts } from './records.ts';

export interface RefusedRequestsParts extends Omit<RecordParts, 'keys'> {
  readonly journal: Journal;
  readonly observer: Observer;
  readonly boot: string;
  /** Which refusals are recorded one by one. */
  readonly budget?: AppendBudget;
}

/** Records requests that never became a call. Beyond a subject's budget equal ones stand as one event with their count. */
export interface RefusedRequests extends Flushed {
  /** Resolves when durable, or when counted. Never rejects. */
  record(principal: Principal, reason: string, bytes: number): Promise<void>;
  /** Counts one; recorded with the others of its kind. */
  count(principal: Principal, reason: string): void;
}

interface Kind {
  readonly principal: Principal;
  readonly reason: string;
}

/** Builds the recorder; `flush` is the caller's to schedule. */
export function createRefusedRequests(parts: RefusedRequestsParts): RefusedRequests {
  const { clock, budget = createAppendBudget(clock) } = parts;
  const { flush, close, ...counting } = createCounting<Kind>({
    ...parts,
    write: (counted, id) => write(parts, counted, id),
    various: (kind) => ({ ...kind, reason: VARIOUS }),
  });

  return {
    async record(principal, reason, bytes) {
      const one = { kind: { principal, reason }, bytes };
      if (budget(principal)) await counting.write(subjectOf(principal), reason, one);
      else counting.add(subjectOf(principal), reason, one);
    },
    count: (principal, reason) => counting.add(subjectOf(principal), reason, { kind: { principal, reason } }),
    flush,
    close,
  };
}

async function write(parts: RefusedRequestsParts, { kind, count, bytes }: Counted<Kind>, id: string): Promise<void> {
  const { tenant, subject } = kind.principal;
  const ref = await parts.directory.refOf(tenant, 'sub', personName(subject));
  await recordFact(parts, {
    id,
    type: 'request.refused',
    source: `/gateway/${parts.boot}`,
    data: {
      tenant,
      subject: { ref, issuer: subject.issuer },
      reason: kind.reason,
      bytes,
      gateway: { boot: parts.boot, counter: 0 },
      ...(count > 1 ? { count } : {}),
    },
  });
}
