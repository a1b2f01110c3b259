import { type Journal, type Observer, personName, type Principal } from '@sallyport/contracts';
import { recordFact } from '@sallyport/journal';
import { type AppendBudget, createAppendBudget, subjectOf } from './append-budget.ts';
import { type Counted, createCounting, type Flushed, VARIOUS } from './counted.ts';
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
  const { clock, observer, budget = createAppendBudget(clock) } = parts;
  const { flush, close, ...counting } = createCounting<Kind>({
    ...parts,
    write: (counted) => write(parts, counted),
    various: (kind) => ({ ...kind, reason: VARIOUS }),
  });
  const add = (principal: Principal, reason: string, bytes: number): void =>
    counting.add(subjectOf(principal), reason, { kind: { principal, reason }, bytes });

  return {
    async record(principal, reason, bytes) {
      if (!budget(principal)) return add(principal, reason, bytes);
      const one = { kind: { principal, reason }, count: 1, bytes };
      await write(parts, one).catch((error: unknown) => {
        observer.incident('audit_unavailable', String(error));
        add(principal, reason, bytes);
      });
    },
    count: (principal, reason) => add(principal, reason, 0),
    flush,
    close,
  };
}

async function write(
  parts: RefusedRequestsParts,
  { kind, count, bytes }: Pick<Counted<Kind>, 'kind' | 'count' | 'bytes'>,
): Promise<void> {
  const { tenant, subject } = kind.principal;
  const ref = await parts.directory.refOf(tenant, 'sub', personName(subject));
  await recordFact(parts, {
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
