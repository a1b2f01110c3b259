import {
  type Call,
  type Clock,
  type Decision,
  type Directory,
  type Envelope,
  type Ids,
  type Journal,
  type Observer,
  personName,
} from '@sallyport/contracts';
import { newEvent } from './records.ts';

export interface CoalescerParts {
  readonly journal: Journal;
  readonly directory: Directory;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly observer: Observer;
  /** Over-limit refusals a tenant may have recorded one by one in a second. */
  readonly perSecond?: number;
}

/** Keeps a flood of identical refusals from filling the log. Nothing but what is over a limit is ever coalesced. */
export interface Coalescer {
  /** True when this refusal is only counted, and will be recorded as part of one event with the count. */
  takes(envelope: Envelope, decision: Decision): boolean;
  /** Counts a refusal that there is no room to judge: recorded as part of one event with the count. */
  count(envelope: Envelope, decision: Decision): void;
  /** Writes what is counted so far; called once a second and before the process ends. */
  flush(): Promise<void>;
}

interface Counted {
  readonly envelope: Envelope;
  readonly decision: Decision;
  readonly rules: readonly string[];
  count: number;
  readonly first: number;
  last: number;
}

const coalesced: ReadonlySet<string> = new Set([
  'limit_exceeded',
  'budget_exceeded',
  'too_many_in_flight',
  'repeated_call',
]);

/** Builds the coalescer; `flush` is the caller's to schedule. */
export function createCoalescer(parts: CoalescerParts): Coalescer {
  const { clock, perSecond = 50 } = parts;
  const counted = new Map<string, Counted>();
  const written = new Map<string, number>();
  let second = 0;

  function overBudget(tenant: string): boolean {
    const now = Math.floor(clock.monotonic() / 1000);
    if (now !== second) written.clear();
    second = now;
    const already = written.get(tenant) ?? 0;
    written.set(tenant, already + 1);
    return already >= perSecond;
  }

  function count(envelope: Envelope, decision: Decision): void {
    const { tenant, subject } = envelope.call;
    const rules = envelope.verdicts.find(({ guard }) => guard === decision.guard)?.rules ?? [];
    const { upstream, tool } = namesOf(envelope.call);
    const key = JSON.stringify([tenant, subject.issuer, subject.id, upstream, tool, decision.reason, rules]);
    const known = counted.get(key) ?? { envelope, decision, rules, count: 0, first: clock.now(), last: 0 };
    known.count += 1;
    known.last = clock.now();
    counted.set(key, known);
  }

  return {
    takes(envelope, decision) {
      if (decision.effect !== 'deny' || !coalesced.has(decision.reason)) return false;
      if (!overBudget(envelope.call.tenant)) return false;
      count(envelope, decision);
      return true;
    },
    count,
    async flush() {
      const due = [...counted.values()];
      counted.clear();
      for (const one of due) {
        await write(parts, one).catch((error: unknown) => parts.observer.trouble('audit_unavailable', String(error)));
      }
    },
  };
}

/** Of a tool that the house does not know the client chose the name: each other one would be an event of its own. */
function namesOf({ upstream, tool, definition }: Call): { readonly upstream: string; readonly tool: string } {
  return definition === null ? { upstream: '_unnamed', tool: '_unnamed' } : { upstream, tool };
}

async function write(parts: CoalescerParts, { envelope, decision, rules, count, first, last }: Counted): Promise<void> {
  const { tenant, subject } = envelope.call;
  const ref = await parts.directory.refOf(tenant, 'sub', personName(subject));
  const event = newEvent(parts, {
    type: 'call.refusals_coalesced',
    source: '/audit',
    data: {
      tenant,
      reason: decision.reason,
      guard: decision.guard,
      rules: [...rules],
      subject: { ref, issuer: subject.issuer },
      ...namesOf(envelope.call),
      count,
      first: new Date(first).toISOString(),
      last: new Date(last).toISOString(),
    },
  });
  await parts.journal.commit({
    tenant,
    commandId: `coalesced/${event.id}`,
    writes: [{ stream: `tenant/${tenant}`, expectedVersion: 'any', events: [event] }],
  });
}
