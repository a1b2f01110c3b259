import { shareNext } from '@sallyport/base';
import { type ApprovalsParts, createApprovals } from '@sallyport/approvals';
import {
  type Config,
  type Counters,
  CountersUnavailable,
  type Digest,
  type Directory,
  type Envelope,
  type GuardPorts,
  type Journal,
  type Observer,
  type Station,
  type TenantList,
  type Texts,
} from '@sallyport/contracts';
import type { Definitions } from '@sallyport/definitions';
import { type BudgetKeeper, createBudgetKeeper } from '@sallyport/guards';
import { type BoundGuard, judge } from '@sallyport/pipeline';
import type { HealthCheck, Logger } from '@sallyport/service';
import { createTenants, type Tenants } from '@sallyport/tenants';
import { type FileProblem, type LoadedConfig, problemText } from '@sallyport/config';
import { systemTenant } from './dependencies.ts';
import { freshApprovals } from './fresh-approvals.ts';
import { approvedDefinitions } from './approved-definitions.ts';
import type { ActiveGuards, EdgeAnswer, GuardParts } from './active-config.ts';
import { type ActiveConfigs, createActiveConfigs } from './active-configs.ts';
import { systemClock, systemIds } from './system.ts';
import { noVault } from './no-vault.ts';
import { budgetsCheck } from './restore-budgets.ts';
import { configurationCheck } from './faults.ts';
import { guardsAt } from './station-guards.ts';

export interface StationRuntimeParts {
  readonly loaded: LoadedConfig;
  readonly journal: Journal;
  readonly directory: Directory;
  readonly tenants: TenantList;
  readonly texts: Texts;
  /** Null in a station that hosts no limits. */
  readonly counters: Counters | null;
  readonly logger: Logger;
  readonly observer: Observer;
}

/** Where a station's guards sit: the policies in force, the approved tools, and what people said. */
export interface StationRuntime {
  /** Asks the guards of one station. Never throws. */
  judge(station: Station, envelope: Envelope): Promise<Envelope>;
  /** Sees what others recorded; compiles the policies again when the approved tools are others than before. */
  follow(): Promise<void>;
  /** Whether the guards of a station are configured as a gateway has them. */
  has(station: Station, settings: Envelope['settings']): boolean;
  /** Takes a configuration and its policies; resolves with why they can't be used, which leaves the last good ones. */
  take(loaded: LoadedConfig): Promise<readonly FileProblem[]>;
  /** Notes why files could not even be tried, which leaves the last good ones. */
  reject(problems: readonly FileProblem[]): void;
  /** The policies in force; null before there are any. */
  policy(): Digest | null;
  checks(): readonly HealthCheck[];
}

/** Prepares a runtime. Policies that can't be compiled yet (no tool is approved in a new instance) refuse every call until they can. */
export async function createStationRuntime(parts: StationRuntimeParts): Promise<StationRuntime> {
  const { journal, logger, observer } = parts;
  const clock = systemClock;
  const ids = systemIds(clock);
  const definitions = approvedDefinitions(parts, ids);
  const tenants = createTenants({ journal, clock, ids, systemTenant });
  const config = (): Config => (activeConfigs.current()?.loaded ?? parts.loaded).config;
  const budgets = budgetsOf(parts, config);
  const refuseAgainFor = (): number => config().approvals.refuse_again_for;
  const counters = budgets?.counters ?? noCounters;
  const ports = guardPorts({ ...parts, counters, refuseAgainFor }, definitions, tenants);
  const edgeOf = (): Promise<EdgeAnswer<object>> => Promise.resolve({ ok: true, edge: {} });
  const activeConfigs = createActiveConfigs({ definitions, ports, observer, logger, edgeOf });
  const at = (station: Station): readonly BoundGuard[] => guardsAt(station, activeConfigs.current());
  let told = '';

  /** An instance that is new has no approved tools, and policies about them can't be compiled before. */
  function tellWaiting(): void {
    const text = waitingFor(activeConfigs) ?? '';
    if (text !== '' && text !== told) logger.info(`no call can be judged yet: ${text}`);
    told = text;
  }

  const follow = shareNext(async (): Promise<void> => {
    await tenants.catchUp();
    await definitions.catchUp();
    await activeConfigs.recompile();
    tellWaiting();
  });

  /** Whether a call was made for a definition that is not the one known here: a gateway may have heard of an approval first. */
  const isAhead = ({ call }: Envelope): boolean =>
    (definitions.catalog.find(call.upstream, call.target)?.digest ?? null) !== call.definition;

  activeConfigs.configure(parts.loaded);
  await definitions.catchUp();
  await tenants.catchUp();
  await activeConfigs.take(parts.loaded);
  tellWaiting();

  return {
    take: activeConfigs.take,
    reject: activeConfigs.reject,
    has: (station, wanted) => at(station).every(({ id, settings }) => settings === wanted[id]),
    async judge(station, envelope) {
      // Where the record can't be read now, the call is judged by what is known.
      if (isAhead(envelope)) await follow().catch(() => undefined);
      return judge(at(station), envelope, { observer });
    },
    follow,
    policy: () => activeConfigs.current()?.active.policies.digest ?? null,
    checks: () => checksOf(activeConfigs, budgets),
  };
}

/** Why no call can be judged; null when calls can. */
function waitingFor({ current, problems }: Pick<ActiveConfigs<ActiveGuards>, 'current' | 'problems'>): string | null {
  if (current() !== null) return null;
  return problems().map(problemText).join('\n') || 'the policies have not been compiled yet';
}

function checksOf(activeConfigs: ActiveConfigs<ActiveGuards>, budgets: BudgetKeeper | null): readonly HealthCheck[] {
  const problem = waitingFor(activeConfigs);
  const policies = { name: 'policies', ok: problem === null, detail: problem ?? 'in force' };
  // While none is in force, `policies` says why.
  const files = problem === null ? [configurationCheck(activeConfigs.problems())] : [];
  return [policies, ...files, ...(budgets === null ? [] : [budgetsCheck(budgets)])];
}

/** What guards are made with. What people said is read again for each call that is held. */
function guardPorts(
  parts: Omit<StationRuntimeParts, 'counters'> & Pick<GuardPorts, 'counters'> & Pick<ApprovalsParts, 'refuseAgainFor'>,
  { catalog }: Definitions,
  tenants: Tenants,
): GuardParts {
  const clock = systemClock;
  const ids = systemIds(clock);
  const approvals = freshApprovals(createApprovals({ ...parts, vault: noVault, clock, ids }));
  const { counters } = parts;
  // Judged at gateways alone.
  const signIns = { isConnected: () => Promise.resolve(false) };
  return { catalog, signIns, switches: tenants, quotas: tenants, counters, approvals, clock, ids };
}

/** What is spent of budgets, kept where this station hosts limits. */
function budgetsOf(parts: StationRuntimeParts, config: () => Config): BudgetKeeper | null {
  const { counters, loaded } = parts;
  const settledMs = decidedWithin(loaded);
  return counters && createBudgetKeeper({ ...parts, counters, clock: systemClock, config, settledMs });
}

/** Milliseconds after which no call is allowed any more that was charged before, with what a commit may take. */
function decidedWithin({ config: { cluster } }: LoadedConfig): number {
  return (cluster?.decision_timeout ?? 0) + 1_000;
}

const noCounters: Counters = {
  reserve() {
    throw new CountersUnavailable('this station has no counters');
  },
  settle: () => undefined,
  restore: () => undefined,
};
