import { type ApprovalsParts, createApprovals } from '@sallyport/approvals';
import {
  type Config,
  type Counters,
  CountersUnavailable,
  type Digest,
  type Directory,
  type Envelope,
  type GuardPorts,
  type Ids,
  type Journal,
  type Observer,
  type Station,
  type TenantList,
} from '@sallyport/contracts';
import {
  compileToolSchemas,
  createDefinitions,
  declaredProblem,
  type Definitions,
  valuesOf,
} from '@sallyport/definitions';
import { type BudgetKeeper, createBudgetKeeper } from '@sallyport/guards';
import { judge } from '@sallyport/pipeline';
import type { HealthCheck, Logger } from '@sallyport/service';
import { createTenants, type Tenants } from '@sallyport/tenants';
import { serialize } from '@sallyport/base';
import { type FileProblem, type LoadedConfig, problemText } from '@sallyport/config';
import { systemTenant } from './dependencies.ts';
import { freshApprovals } from './fresh-approvals.ts';
import { compileFiles } from './active-policies.ts';
import { type ActiveGuards, guardsFor, createActiveGuards } from './active-config.ts';
import { systemClock, systemIds } from './system.ts';
import { configuredProblems } from './unusable-tools.ts';
import { noVault } from './no-vault.ts';
import { budgetsCheck } from './restore-budgets.ts';
import { createStationGuards } from './station-guards.ts';
import { declaredIn } from './declared.ts';

export interface StationRuntimeParts {
  readonly loaded: LoadedConfig;
  readonly journal: Journal;
  readonly directory: Directory;
  readonly tenants: TenantList;
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
  /** The policies in force; null before there are any. */
  policy(): Digest | null;
  checks(): readonly HealthCheck[];
}

/** Prepares a runtime. Policies that can't be compiled yet (no tool is approved in a new instance) refuse every call until they can. */
export async function createStationRuntime(parts: StationRuntimeParts): Promise<StationRuntime> {
  const { journal, logger, observer } = parts;
  const clock = systemClock;
  const ids = systemIds(clock);
  const definitions = approvedDefinitions(journal, ids);
  const tenants = createTenants({ journal, clock, ids, systemTenant });
  const turn = serialize();
  let { loaded } = parts;
  const budgets = budgetsOf(parts, () => loaded.config);
  const refuseAgainFor = (): number => loaded.config.approvals.refuse_again_for;
  const counters = budgets?.counters ?? noCounters;
  const ports = guardPorts({ ...parts, counters, refuseAgainFor }, definitions, tenants);
  const stationGuards = createStationGuards();
  let problem = 'the policies have not been compiled yet';
  /** The catalogue that was compiled against last, with whatever success: against the same one it would be no other. */
  let tried = -1;

  async function take(next: LoadedConfig): Promise<readonly FileProblem[]> {
    definitions.configure(declaredIn(next.config));
    tried = definitions.catalog.version;
    const problems = configuredProblems(definitions, next);
    const made =
      problems.length > 0 ? { ok: false as const, problems } : await createActiveGuards(next, ports, observer);
    if (made.ok) {
      stationGuards.sit(made.activeGuards);
      loaded = next;
      return [];
    }
    problem = made.problems.map(problemText).join('\n');
    if (stationGuards.activeGuards !== null) definitions.configure(declaredIn(loaded.config));
    return made.problems;
  }

  /** An instance that is new has no approved tools, and policies about them can't be compiled before. */
  async function begin(): Promise<void> {
    if ((await take(loaded)).length > 0) logger.info(`no call can be judged yet: ${problem}`);
  }

  /** The last good policies against other tools than before; not what lies on disk, which may be a bad edit. */
  function recompile({ active, loaded: under }: ActiveGuards): void {
    tried = definitions.catalog.version;
    const { config } = under;
    const made = compileFiles(active.files, { config, catalog: definitions.catalog, observer });
    if (made.ok) stationGuards.sit(guardsFor(under, made.active, ports));
    else logger.error(`the last good policies stay\n${made.problems.map(problemText).join('\n')}`);
  }

  definitions.configure(declaredIn(loaded.config));
  await definitions.catchUp();
  await tenants.catchUp();
  await begin();

  return {
    take: (next) => turn(() => take(next)),
    has: (station, wanted) => stationGuards.at(station).every(({ id, settings }) => settings === wanted[id]),
    judge: (station, envelope) => judge(stationGuards.at(station), envelope, { observer }),
    async follow() {
      await tenants.catchUp();
      await definitions.catchUp();
      if (tried === definitions.catalog.version) return;
      if (stationGuards.activeGuards === null) await turn(begin);
      else recompile(stationGuards.activeGuards);
    },
    policy: () => stationGuards.activeGuards?.active.policies.digest ?? null,
    checks: () => checksOf(stationGuards.activeGuards === null ? problem : null, budgets),
  };
}

function checksOf(problem: string | null, budgets: BudgetKeeper | null): readonly HealthCheck[] {
  const policies = { name: 'policies', ok: problem === null, detail: problem ?? 'in force' };
  return budgets === null ? [policies] : [policies, budgetsCheck(budgets)];
}

/** What guards are made with. What people said is read again for each call that is held. */
function guardPorts(
  parts: Omit<StationRuntimeParts, 'counters'> & Pick<GuardPorts, 'counters'> & Pick<ApprovalsParts, 'refuseAgainFor'>,
  { catalog }: Definitions,
  tenants: Tenants,
): Omit<GuardPorts, 'policies'> {
  const clock = systemClock;
  const ids = systemIds(clock);
  const approvals = freshApprovals(createApprovals({ ...parts, vault: noVault, clock, ids }));
  const { counters } = parts;
  return { catalog, switches: tenants, quotas: tenants, counters, approvals, clock, ids };
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

/** Approved tools as the record has them; what is offered only a gateway knows. */
function approvedDefinitions(journal: Journal, ids: Ids): Definitions {
  return createDefinitions({
    journal,
    clock: systemClock,
    ids,
    compile: compileToolSchemas,
    declaredProblem,
    valuesOf,
    systemTenant,
    assumeOffered: true,
  });
}

const noCounters: Counters = {
  reserve() {
    throw new CountersUnavailable('this station has no counters');
  },
  settle: () => undefined,
  restore: () => undefined,
};
