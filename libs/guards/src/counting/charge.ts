import {
  BudgetsUnknown,
  type Call,
  type Config,
  CountersUnavailable,
  type GuardPorts,
  type LimitCheck,
  type PassVerdict,
} from '@sallyport/contracts';
import type { LimitStatus } from '@sallyport/contracts';
import { isAbout } from './limit-key.ts';
import { checkOf } from './limit-checks.ts';
import { createLocalCounters, type LocalCounters } from './local-counters.ts';
import type { LimitConfig } from './limits.config.ts';

/** What came of charging a call to the limits that are about it. */
export type Charge =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'charged';
      readonly statuses: readonly LimitStatus[];
      readonly spent?: NonNullable<PassVerdict['spent']>;
      readonly degraded?: 'allow' | 'local';
    }
  /** The call does not say how much it spends of this budget. */
  | { readonly kind: 'priceless'; readonly limit: LimitConfig }
  | {
      readonly kind: 'refused';
      readonly limit: LimitConfig;
      readonly retryMs: number | null;
      readonly statuses: readonly LimitStatus[];
      readonly earlier?: string;
      readonly degraded?: 'local';
    }
  | {
      readonly kind: 'unavailable';
      readonly limits: readonly LimitConfig[];
      /** The counters are there, and what was spent of these budgets is not known yet. */
      readonly unknown?: { readonly retryMs: number | null };
    };

/** A limit and what it takes of the call at hand. */
interface Priced {
  readonly limit: LimitConfig;
  readonly check: LimitCheck;
}

/**
 * Charges a call to all limits of a list that are about it, in one reservation: all or none. Where the store of the counters
 * can't be reached, each limit says what happens, and one that says `deny` decides for all.
 *
 * @param limitsOf all limits that count for a call's tenant
 * @param guard names the reservation, `<callId>/<guard>`, by which audit settles it
 */
export function createCharger(
  guard: string,
  limitsOf: (call: Call) => readonly LimitConfig[],
  { counters, clock }: Pick<GuardPorts, 'counters' | 'clock'>,
  config: Pick<Config, 'call_timeout'>,
): (call: Call) => Promise<Charge> | Charge {
  const local = createLocalCounters(clock);
  return function charge(call) {
    const about = limitsOf(call).filter((limit) => isAbout(limit, call));
    if (about.length === 0) return { kind: 'none' };
    const priced: Priced[] = [];
    for (const limit of about) {
      const check = checkOf(limit, call, config);
      if (check === null) return { kind: 'priceless', limit };
      priced.push({ limit, check });
    }
    return reserve(counters, local, { id: `${call.callId}/${guard}`, tenant: call.tenant, priced });
  };
}

interface Request {
  readonly id: string;
  readonly tenant: string;
  readonly priced: readonly Priced[];
}

/** What is taken of budgets is said also where the store is away: the record tells later what was spent. */
async function reserve(counters: GuardPorts['counters'], local: LocalCounters, request: Request): Promise<Charge> {
  const charge = await reserved(counters, local, request);
  if (charge.kind !== 'charged') return charge;
  const spent = request.priced.filter(isBudget).map(({ limit: { id }, check: { cost } }) => ({ id, amount: cost }));
  return spent.length === 0 ? charge : { ...charge, spent };
}

async function reserved(counters: GuardPorts['counters'], local: LocalCounters, request: Request): Promise<Charge> {
  const { id, tenant, priced } = request;
  try {
    const answer = await counters.reserve({ tenant, id, limits: priced.map(({ check }) => check) });
    const statuses = answer.statuses.map((status, at) => ({ ...status, ...askedOf(priced[at]) }));
    if (answer.ok) return { kind: 'charged', statuses };
    const { refusedBy, retryMs, earlier } = answer;
    return { ...refusedAt(priced, refusedBy), retryMs, statuses, ...(earlier === undefined ? {} : { earlier }) };
  } catch (error) {
    if (error instanceof BudgetsUnknown) return withoutBudgets(counters, local, { ...request, error });
    if (error instanceof CountersUnavailable) return withoutStore(local, request);
    throw error;
  }
}

/** What was asked of a limit, for the record. */
function askedOf(one: Priced | undefined): Pick<LimitStatus, 'check'> {
  if (one === undefined) return {};
  const { key, kind, max, periodMs, cost } = one.check;
  return { check: { key, kind, max, periodMs, cost } };
}

/** Each budget does what it says for a store that is away; all other limits are charged in the store as ever. */
async function withoutBudgets(
  counters: GuardPorts['counters'],
  local: LocalCounters,
  { error, priced, ...request }: Request & { readonly error: BudgetsUnknown },
): Promise<Charge> {
  const budgets = withoutStore(local, { ...request, priced: priced.filter(isBudget) });
  if (budgets.kind === 'unavailable') return { ...budgets, unknown: { retryMs: error.retryAfterMs } };
  const others = priced.filter((one) => !isBudget(one));
  if (budgets.kind !== 'charged' || others.length === 0) return budgets;
  const charge = await reserved(counters, local, { ...request, priced: others });
  return charge.kind === 'charged' ? { ...budgets, statuses: charge.statuses } : charge;
}

function isBudget({ limit }: Priced): boolean {
  return 'budget' in limit;
}

function withoutStore(local: LocalCounters, { tenant, priced }: Request): Charge {
  const strict = priced.filter(({ limit }) => limit.store_down === 'deny');
  if (strict.length > 0) return { kind: 'unavailable', limits: strict.map(({ limit }) => limit) };
  const counted = priced.filter(({ limit }) => limit.store_down === 'local');
  if (counted.length === 0) return { kind: 'charged', statuses: [], degraded: 'allow' };
  const full = local.take(
    tenant,
    counted.map(({ check }) => check),
  );
  if (full === null) return { kind: 'charged', statuses: [], degraded: 'local' };
  return { ...refusedAt(counted, full.refusedBy), retryMs: full.retryMs, statuses: [], degraded: 'local' };
}

function refusedAt(priced: readonly Priced[], at: number): { kind: 'refused'; limit: LimitConfig } {
  const found = priced[at];
  if (found === undefined) throw new RangeError('the counters refused by a limit that they were not asked about');
  return { kind: 'refused', limit: found.limit };
}
