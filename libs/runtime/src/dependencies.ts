import { createNonces } from '@sallyport/adapter-identity';
import { createApprovals } from '@sallyport/approvals';
import { type Config, type Finding, namedIssuers, type Observer } from '@sallyport/contracts';
import {
  compileToolSchemas,
  createDefinitions,
  declaredProblem,
  type Definitions,
  valuesOf,
} from '@sallyport/definitions';
import { type BudgetKeeper, createBudgetKeeper } from '@sallyport/guards';
import { createGrowth } from '@sallyport/journal';
import type { RecordParts } from '@sallyport/pipeline';
import type { Logger } from '@sallyport/service';
import { commandText, type PrintCommand } from '@sallyport/service/command';
import { createTenants, type Tenants } from '@sallyport/tenants';
import type { LoadedConfig } from '@sallyport/config';
import type { ConnectionsPort } from '@sallyport/endpoint-admin';
import { createEdges, type EdgeParts, type GuardParts } from './active-config.ts';
import { type ActiveConfigs, createActiveConfigs } from './active-configs.ts';
import { createConnectionSeal } from './connections/connection-seal.ts';
import { createKeptConnections } from './connections/kept-connections.ts';
import { connectionBooks, signInsOf } from './connections/sign-ins.ts';
import { runSelfCheck } from './run-self-check.ts';
import type { Stores } from './stores.ts';
import { createStrayRequestRecord, type StrayRequestRecord } from './stray-requests.ts';
import { machineClock, systemClock, systemIds } from './system.ts';
import { version } from './version.ts';
import { createUpstreamSet, type UpstreamSet } from './upstream-set.ts';

/** The tenant whose log holds what concerns the whole system: definitions, policies, starts and stops. */
export const systemTenant = '_system';

export type Approvals = ReturnType<typeof createApprovals>;

/** What stays the same over reloads, with what holds the configuration in force, and what the last check found. */
export interface Dependencies {
  readonly stores: Stores;
  readonly logger: Logger;
  readonly observer: Observer;
  /** Prints commands for this instance. */
  readonly command: PrintCommand;
  readonly boot: string;
  readonly records: RecordParts;
  readonly definitions: Definitions;
  readonly approvals: Approvals;
  /** Sees what others wrote of approvals, of any tenant. */
  readonly catchUpApprovals: () => Promise<void>;
  readonly tenants: Tenants;
  readonly upstreams: UpstreamSet;
  readonly connections: ConnectionsPort;
  readonly strays: StrayRequestRecord;
  readonly ports: GuardParts;
  /** What was spent of budgets before this process began. */
  readonly budgets: BudgetKeeper;
  readonly activeConfigs: ActiveConfigs;
  /** Whether it is a dry run: what upstreams offer counts as approved. */
  readonly dryRun: boolean;
  findings: readonly Finding[];
  /** Whether upstreams were given their time to say what they offer. */
  met: boolean;
}

export interface DependenciesParts {
  readonly stores: Stores;
  /** The configuration at start; `activeConfigs` holds those that follow. */
  readonly loaded: LoadedConfig;
  readonly logger: Logger;
  readonly observer: Observer;
  /** If absent, commands are printed without an address. */
  readonly command?: PrintCommand | undefined;
  /** Names this process; random where the caller has none. */
  readonly boot?: string | undefined;
  readonly dryRun?: Dependencies['dryRun'] | undefined;
}

/** Builds the dependencies and takes up what the journal remembers. Nothing is started. */
export async function createDependencies(parts: DependenciesParts): Promise<Dependencies> {
  const { stores, loaded, logger, observer, boot, dryRun = false } = parts;
  const { command = (text) => commandText(text, { config: loaded.file }) } = parts;
  const clock = systemClock;
  const ids = systemIds(clock);
  const records: RecordParts = { clock, ids, keys: stores.keys, directory: stores.directory, code: version };
  const definitions = createDefinitions({
    ...{ journal: stores.journal, texts: stores.texts, clock, ids, systemTenant, declaredProblem, valuesOf },
    compile: compileToolSchemas,
    trustsWarned: dryRun,
  });
  const current = (): Config | null => activeConfigs.current()?.loaded.config ?? null;
  const inForce = (): LoadedConfig => activeConfigs.current()?.loaded ?? loaded;
  const refuseAgainFor = (): number => inForce().config.approvals.refuse_again_for;
  const approvals = createApprovals({ ...records, journal: stores.journal, vault: stores.vault, refuseAgainFor });
  const growth = createGrowth(stores.tenants);
  const catchUpApprovals = (): Promise<void> => growth.each((tenant) => approvals.catchUp([tenant]));
  const configured = (): string[] => current()?.identity.issuers.map(({ issuer }) => issuer) ?? [];
  const namedUrls = (): readonly string[] => namedIssuers(inForce().config);
  const { journal } = stores;
  const tenants = createTenants({ journal, clock, ids, systemTenant, configured, named: namedUrls });
  async function onCatalog(isFirst: boolean): Promise<void> {
    await activeConfigs.recompile();
    if (isFirst && dependencies.met) await runSelfCheck(dependencies);
  }
  const named = boot ?? ids.random(9);
  const strays = createStrayRequestRecord({ clock, ids, journal, observer, systemTenant, boot: named });
  const keeping = { ...records, ...stores, seal: createConnectionSeal(records, inForce) };
  const upstreams = createUpstreamSet({
    ...{ definitions, clock, logger, observer, command, onCatalog },
    ...{ strayRefused: strays.note, bookOf: connectionBooks(keeping) },
  });
  const connections = createKeptConnections({ ...keeping, upstreams });
  // The counters are lost with the process, and so are the calls that were under way.
  const budgets = createBudgetKeeper({ ...stores, clock, observer, config: current, settledMs: 0 });
  const [{ catalog }, { counters }] = [definitions, budgets];
  const register = { switches: tenants, quotas: tenants };
  const ports = { clock, ids, catalog, counters, approvals, signIns: signInsOf(upstreams), ...register };
  const activeConfigs = createActiveConfigs({
    ...{ definitions, ports, observer, logger },
    edgeOf: createEdges(edgeParts(stores, tenants), observer),
    taken: (next) => upstreams.apply(next),
  });
  const dependencies: Dependencies = {
    stores,
    logger,
    observer,
    command,
    boot: named,
    records,
    ...{ definitions, approvals, catchUpApprovals, tenants, upstreams, connections, strays },
    ports,
    budgets,
    activeConfigs,
    ...{ dryRun, findings: [], met: false },
  };
  await definitions.catchUp();
  await tenants.catchUp();
  await catchUpApprovals();
  return dependencies;
}

/** All gateways have the same key, and so each knows the nonces of all. */
function edgeParts({ usedIds, keys }: Stores, register: Tenants): EdgeParts {
  return { register, usedIds, nonces: createNonces(keys.sealKey(systemTenant), machineClock) };
}
