import {
  type Directory,
  type EventData,
  type Journal,
  type SpentBudget,
  type StoredEvent,
  subjectIn,
  toolTarget,
} from '@sallyport/contracts';
import { createFollower, type Follower, lastSequence, readCloudEvent } from '@sallyport/journal';
import { windows } from './limit-checks.ts';
import { type Caller, limitKey } from './limit-key.ts';
import type { LimitConfig } from './limits.config.ts';

export interface BudgetLogParts {
  readonly journal: Pick<Journal, 'readAll'>;
  readonly directory: Pick<Directory, 'nameOf'>;
  readonly tenant: string;
  readonly limits: readonly LimitConfig[];
  /** Wall clock, milliseconds: windows that were over by then are not read. */
  readonly now: number;
}

/** What a tenant's record says of its budgets in the windows that run now. */
export interface BudgetLog {
  /** Reads what was written since the last time. */
  catchUp(): Promise<void>;
  readonly spent: readonly SpentBudget[];
  /** Wall clock, milliseconds: when something was spent last, -Infinity where nothing was. */
  readonly spentAt: number;
  /** Events read. */
  readonly read: number;
}

/** Times are those of the writer; the clocks of several writers differ by less than this. */
const SKEW_MS = 300_000;

type Decided = EventData['call.decided'];

/** Adds up what allowed calls took of budgets. Reads no further back than the longest window that is configured. */
export function createBudgetLog(parts: BudgetLogParts): BudgetLog {
  const budgets = new Map(parts.limits.flatMap((limit) => ('budget' in limit ? [[limit.id, limit] as const] : [])));
  const periods = [...budgets.values()].map(({ budget }) => windows[budget.window]);
  const since = Math.min(...periods.map((periodMs) => Math.floor(parts.now / periodMs) * periodMs));
  const sums = new Map<string, SpentBudget>();
  const callerOf = createCallers(parts);
  let follower: Follower | null = null;
  let spentAt = -Infinity;
  let read = 0;

  async function add({ type, bytes }: StoredEvent): Promise<void> {
    read += 1;
    if (type !== 'call.decided') return;
    const { data, time } = readCloudEvent<Decided>(bytes);
    if (data.decision !== 'allow') return;
    const at = Date.parse(time);
    for (const { id, amount } of data.verdicts.flatMap(({ spent = [] }) => spent)) {
      const limit = budgets.get(id);
      if (limit === undefined) continue;
      const periodMs = windows[limit.budget.window];
      const window = Math.floor(at / periodMs);
      spentAt = Math.max(spentAt, at);
      if (window < Math.floor(parts.now / periodMs)) continue;
      const key = limitKey(limit, await callerOf(data));
      // The last window wins where midnight passes while the record is read.
      const sum = sums.get(key);
      const before = sum?.window === window ? sum.amount : 0;
      if (sum === undefined || sum.window <= window) sums.set(key, { key, periodMs, window, amount: before + amount });
    }
  }

  return {
    async catchUp() {
      if (budgets.size === 0) return;
      const { journal, tenant } = parts;
      follower ??= createFollower({ journal, tenant, after: await lastBefore(parts, since - SKEW_MS), take: add });
      await follower.catchUp();
    },
    get spent() {
      return [...sums.values()];
    },
    get spentAt() {
      return spentAt;
    },
    get read() {
      return read;
    },
  };
}

/** Who made a recorded call, in the words that keys are made of. Each name is looked up once. */
function createCallers({ directory, tenant }: BudgetLogParts): (decided: Decided) => Promise<Caller> {
  const names = new Map<string, string | null>();

  async function nameOf(ref: string): Promise<string | null> {
    const known = names.get(ref);
    if (known !== undefined) return known;
    const name = await directory.nameOf(tenant, ref);
    names.set(ref, name);
    return name;
  }

  /** A person who was erased has no name, and so a counter that nobody comes to; what all share counts as before. */
  return async function callerOf({ subject, agent, upstream, tool, target = toolTarget(tool) }) {
    const name = await nameOf(subject.ref);
    const id = name === null ? null : subjectIn(name, subject.issuer);
    const agentName = agent.verified ? await nameOf(agent.ref) : null;
    return {
      subject: { issuer: subject.issuer, id: id ?? subject.ref },
      agent: { id: agentName ?? agent.ref, verified: agent.verified },
      upstream,
      target,
    };
  };
}

/** The sequence before the first event at or after a time: times grow with sequences. */
function lastBefore({ journal, tenant }: BudgetLogParts, time: number): Promise<number> {
  return lastSequence(journal, tenant, ({ bytes }) => Date.parse(readCloudEvent(bytes).time) < time);
}
