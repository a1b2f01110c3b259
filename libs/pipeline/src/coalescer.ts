import {
  type Call,
  type Decision,
  type Envelope,
  type Journal,
  type Observer,
  personName,
  targetText,
} from '@sallyport/contracts';
import { BoundedMap } from '@sallyport/base';
import { recordFact } from '@sallyport/journal';
import { type AppendBudget, createAppendBudget, subjectOf } from './append-budget.ts';
import { type Counted, createCounting, type Flushed, VARIOUS } from './counting.ts';
import type { RecordParts } from './records.ts';

export interface CoalescerParts extends Omit<RecordParts, 'keys'> {
  readonly journal: Journal;
  readonly observer: Observer;
  /** Which refusals are recorded one by one. */
  readonly budget?: AppendBudget;
}

/** Keeps a flood of refusals from filling the log. Nothing but a deny is ever coalesced. */
export interface Coalescer extends Flushed {
  /** True when this refusal is only counted, and will be recorded as part of one event with the count. */
  takes(envelope: Envelope, decision: Decision): boolean;
  /** Counts a refusal that there is no room to judge: recorded as part of one event with the count. */
  count(envelope: Envelope, decision: Decision): void;
}

/** What makes two refusals equal. */
interface Kind extends Pick<Call, 'tenant' | 'subject' | 'upstream'> {
  readonly tool: string;
  readonly decision: Pick<Decision, 'reason' | 'guard'>;
  readonly rules: readonly string[];
}

/** Calls that were counted and not recorded, by id; a second copy of one gets the same answer. */
const MOST_REMEMBERED = 20_000;

/** Builds the coalescer; `flush` is the caller's to schedule. */
export function createCoalescer(parts: CoalescerParts): Coalescer {
  const { clock, budget = createAppendBudget(clock) } = parts;
  const { flush, close, add } = createCounting<Kind>({
    ...parts,
    write: (counted, id) => write(parts, counted, id),
    various,
  });
  const taken = new BoundedMap<string, true>(MOST_REMEMBERED);

  function count(envelope: Envelope, { reason, guard }: Decision): void {
    const { call, verdicts } = envelope;
    const { tenant, subject } = call;
    const rules = verdicts.find((verdict) => verdict.guard === guard)?.rules ?? [];
    const kind = { tenant, subject, ...namesOf(envelope), decision: { reason, guard }, rules };
    const key = JSON.stringify([kind.upstream, kind.tool, reason, guard, rules]);
    add(subjectOf(call), key, { kind });
  }

  return {
    takes(envelope, decision) {
      const { call } = envelope;
      if (decision.effect !== 'deny') return false;
      if (taken.has(call.callId)) return true;
      if (budget(call)) return false;
      taken.set(call.callId, true);
      count(envelope, decision);
      return true;
    },
    count,
    flush,
    close,
  };
}

/**
 * Of what is not approved the client chose the name: each other one would be an event of its own. All resources of an upstream
 * have one name, and are a fact of the call only where the upstream offers any.
 */
function namesOf({ call, facts }: Envelope): { readonly upstream: string; readonly tool: string } {
  const { upstream, target, definition } = call;
  const isKnown = definition !== null || (target.kind === 'resource' && facts.resources.length > 0);
  return isKnown ? { upstream, tool: targetText(target) } : { upstream: '_unnamed', tool: '_unnamed' };
}

function various(kind: Kind): Kind {
  return { ...kind, upstream: VARIOUS, tool: VARIOUS, decision: { reason: VARIOUS, guard: VARIOUS }, rules: [] };
}

/** Of a refusal that was counted; the first of its kind stands with all of them. */
const MOST_RULES = 64;

async function write(parts: CoalescerParts, { kind, count, first, last }: Counted<Kind>, id: string): Promise<void> {
  const { tenant, subject, upstream, tool, decision, rules } = kind;
  const ref = await parts.directory.refOf(tenant, 'sub', personName(subject));
  await recordFact(parts, {
    id,
    type: 'call.refusals_coalesced',
    source: '/audit',
    data: {
      tenant,
      ...decision,
      rules: rules.slice(0, MOST_RULES),
      subject: { ref, issuer: subject.issuer },
      upstream,
      tool,
      count,
      first: new Date(first).toISOString(),
      last: new Date(last).toISOString(),
    },
  });
}
