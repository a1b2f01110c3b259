import type { DecisionService, Finding, Gateway, Identity, OtherGateways } from '@sallyport/contracts';
import type { ReloadRound } from '@sallyport/transport';
import type { Definitions } from '@sallyport/definitions';
import type { BudgetKeeper } from '@sallyport/guards';
import { createAttempts, createOutcomeRecorder } from '@sallyport/pipeline';
import type { Tenants } from '@sallyport/tenants';
import { counted, derived, serialize } from '@sallyport/base';
import { type FileProblem, missingSecrets } from '@sallyport/config';
import type { ActiveConfig } from './active-config.ts';
import type { AdminActs } from './admin-acts.ts';
import { callRules, gatewayOf } from './call-gateway.ts';
import {
  type Approvals,
  createDependencies,
  type Dependencies,
  type DependenciesParts,
  systemTenant,
} from './dependencies.ts';
import { embeddedDecisions } from './embedded-decisions.ts';
import { faultsOf } from './faults.ts';
import { freshApprovals } from './fresh-approvals.ts';
import { createMeeting } from './meeting.ts';
import { createNotices } from './notices.ts';
import { createRefusalRecords } from './refusal-records.ts';
import { meetUpstreams, reload } from './reload.ts';
import { restoreBudgets } from './restore-budgets.ts';
import { runSelfCheck } from './run-self-check.ts';
import { followOthers, keepMaintained } from './runtime-maintenance.ts';
import { note, noteStart, sweepAll } from './system-events.ts';
import { unusableFindings } from './unusable-tools.ts';
import type { UpstreamSet } from './upstream-set.ts';

/** The command by which somebody answers a question; null where no command reaches this process. */
export type ApproveWith = (approval: string) => string | null;

/** Sallyport as a gateway knows it, put together and running, without its endpoints. */
export interface Runtime {
  readonly gateway: Gateway;
  readonly identity: Identity;
  readonly approvals: Approvals;
  readonly definitions: Definitions;
  readonly tenants: Tenants;
  readonly upstreams: UpstreamSet;
  readonly connections: Dependencies['connections'];
  readonly budgets: BudgetKeeper;
  readonly acts: Pick<AdminActs, 'record'>;
  readonly boot: string;
  activeConfig(): ActiveConfig;
  /**
   * Starts the upstreams, once the endpoints are open; resolves when they had their time to say what they offer, with why the
   * policies can't be used with that.
   */
  meetUpstreams(): Promise<readonly FileProblem[]>;
  /** What the last self-check found. */
  findings(): readonly Finding[];
  /** What came of telling people of questions (`approvals.notify`). */
  told(): readonly Finding[];
  /** Upstreams that can't be asked, and files that were not taken, and why. */
  faults(): readonly Finding[];
  /** Why files that changed are not in force. */
  notTaken(): readonly FileProblem[];
  /** The configured tools that are not served, and why. */
  notServed(): readonly Finding[];
  check(): Promise<readonly Finding[]>;
  /** Takes the files as they are now; on any problem the last good ones stay in force. */
  reload(): Promise<readonly FileProblem[]>;
  /** Ends upstreams and writes what is still counted; the stores are the caller's to close. */
  close(): Promise<void>;
}

/** What joins a gateway to the other services. */
export interface Services {
  readonly decisions: DecisionService;
  /** The gateway's name among them: releases are addressed to it. */
  readonly boot: string;
  /** Has every other program read its files again. */
  readonly reloadOthers: () => Promise<ReloadRound>;
  readonly others: OtherGateways;
}

export interface RuntimeParts extends Omit<DependenciesParts, 'boot'> {
  /** The transport of a distributed deployment; without it guards and audit are function calls in this process. */
  readonly services?: Services | undefined;
  /** The command that answers a question, null where none reaches this process; absent until it is served. */
  readonly approveWith?: (() => ApproveWith | undefined) | undefined;
}

export type RuntimeAnswer =
  { readonly ok: true; readonly runtime: Runtime } | { readonly ok: false; readonly problems: readonly FileProblem[] };

/** A switch that was thrown in another process counts here after this long. */
const switchesMs = 250;
/** Milliseconds that first uses and lists wait for upstreams. Among services audit records what they offer. */
const timeoutMs = 5_000;
const servicesTimeoutMs = 20_000;

/** Puts Sallyport together: journal first, then definitions, policies and guards, then the self-check. */
export async function createRuntime({ loaded, services, approveWith, ...parts }: RuntimeParts): Promise<RuntimeAnswer> {
  const missing = missingSecrets(loaded);
  if (missing.length > 0) return { ok: false, problems: missing };
  const dependencies = await createDependencies({ ...parts, loaded, boot: services?.boot });
  try {
    const answer = await startRuntime(dependencies, { loaded, services, approveWith });
    if (!answer.ok) await dependencies.upstreams.close();
    return answer;
  } catch (error) {
    await dependencies.upstreams.close();
    throw error;
  }
}

async function startRuntime(
  dependencies: Dependencies,
  { loaded, services, approveWith }: Pick<RuntimeParts, 'loaded' | 'services' | 'approveWith'>,
): Promise<RuntimeAnswer> {
  const problems = await dependencies.activeConfigs.take(loaded);
  const first = dependencies.activeConfigs.current();
  if (first === null) return { ok: false, problems };
  if (services === undefined) await restoreBudgets(dependencies);
  const { observer, stores, approvals } = dependencies;
  observer.watched?.('spool', () => stores.spool.size);
  observer.watched?.('holds', () => approvals.waiting().length);
  const runtime = await prepare(dependencies, first, { services, approveWith });
  try {
    await runSelfCheck(dependencies);
    await noteStart(dependencies, first);
  } catch (error) {
    // It could not say that it began, so it does not have to say that it ended.
    await runtime.close().catch(() => undefined);
    throw error;
  }
  // Goes on beside the first calls; what closes the stores waits for its last commit. Of services, audit sweeps.
  const swept = services === undefined ? sweepAll(dependencies, first) : Promise.resolve();
  return { ok: true, runtime: { ...runtime, close: () => swept.then(() => runtime.close()) } };
}

async function prepare(
  dependencies: Dependencies,
  first: ActiveConfig,
  { services, approveWith }: Pick<RuntimeParts, 'services' | 'approveWith'>,
): Promise<Runtime> {
  const { records, stores, observer, approvals, upstreams, connections, definitions, tenants, boot } = dependencies;
  const activeConfig = (): ActiveConfig => dependencies.activeConfigs.current() ?? first;
  const attempts = createAttempts(records.clock, () => activeConfig().loaded.config.floods.attempts);
  const refused = createRefusalRecords(dependencies, attempts);
  const outcomes = createOutcomeRecorder({ ...records, journal: stores.journal, spool: stores.spool, observer });
  const decisionsOf =
    services === undefined ? embeddedDecisions(dependencies, refused.coalescer) : () => services.decisions;
  const rules = derived(activeConfig, (inForce) => callRules(dependencies, inForce, decisionsOf(inForce)));
  const gateway = gatewayOf(dependencies, { attempts, refusals: refused.requests, outcomes, rules }, services?.others);
  // What can't be brought now is brought later: a journal that is slow must not keep Sallyport shut.
  const spooled = await outcomes.drain().catch((error: unknown) => {
    observer.incident('maintenance_failed', String(error));
    return 0;
  });
  if (spooled > 0) dependencies.logger.info(`${counted(spooled, 'spooled outcome')} committed to the journal`);
  const notices = createNotices({
    ...{ waiting: approvals.waiting, loaded: () => activeConfig().loaded, observer, clock: records.clock },
    approveWith: (approval) => approveWith?.()?.(approval) ?? null,
  });
  // Among services audit tells, and reports what comes of it.
  const told = services === undefined ? notices.findings : () => [];
  const stopMaintenance = keepMaintained(dependencies, async () => {
    await refused.flush();
    if (services !== undefined) return followOthers(dependencies, outcomes);
    await approvals.expireDue();
    if (approveWith?.() !== undefined) notices.round();
  });
  const turn = serialize();
  const stopFollowing = tenants.follow(switchesMs, (error) => observer.incident('switches_not_read', String(error)));
  const meeting = createMeeting(definitions);
  const waitMs = services === undefined ? timeoutMs : servicesTimeoutMs;
  return {
    gateway: { ...gateway, heard: meeting.heard },
    meetUpstreams: () => meetUpstreams(dependencies, waitMs).finally(meeting.end),
    identity: activeIdentity(activeConfig),
    approvals: services === undefined ? approvals : freshApprovals(approvals),
    definitions,
    tenants,
    ...{ upstreams, connections },
    budgets: dependencies.budgets,
    acts: refused.acts,
    boot,
    activeConfig,
    ...reportsOf(dependencies, told),
    reload: () => turn(() => reload(dependencies, activeConfig().loaded)),
    async close() {
      stopMaintenance();
      notices.stop();
      stopFollowing();
      // Programs may take seconds to end, and who waits for us may not.
      await refused.flush();
      await upstreams.close();
      await gateway.settled?.();
      await refused.close();
      await note(dependencies, 'gateway.stopped', { tenant: systemTenant, boot });
    },
  };
}

/** What an instance says of itself. */
function reportsOf(
  dependencies: Dependencies,
  told: Runtime['told'],
): Pick<Runtime, 'findings' | 'told' | 'faults' | 'notTaken' | 'notServed' | 'check'> {
  const notServed = (): readonly Finding[] => unusableFindings(dependencies.definitions, dependencies.command);
  const faults = (): readonly Finding[] => faultsOf(dependencies);
  return {
    findings: () => dependencies.findings,
    told,
    faults,
    notTaken: dependencies.activeConfigs.problems,
    notServed,
    check: async () => [...(await runSelfCheck(dependencies)), ...notServed(), ...told(), ...faults()],
  };
}

/** That of the configuration in force. */
function activeIdentity(activeConfig: () => Pick<ActiveConfig, 'identity'>): Identity {
  return {
    authenticate: (...asked) => activeConfig().identity.authenticate(...asked),
    nonce: () => activeConfig().identity.nonce?.() ?? null,
  };
}
