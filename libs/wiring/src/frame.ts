import { createApprovals } from '@sallyport/approvals';
import { type Config, type Finding, namedIssuers, type Observer } from '@sallyport/contracts';
import { createDefinitions, type Definitions } from '@sallyport/definitions';
import { type BudgetKeeper, createBudgetKeeper } from '@sallyport/guards';
import type { RecordParts } from '@sallyport/pipeline';
import { compileToolSchemas, declaredProblem, valuesOf } from '@sallyport/schemas';
import type { Logger } from '@sallyport/service';
import { createTenants, type Tenants } from '@sallyport/tenants';
import type { LoadedConfig } from './config.ts';
import { compileFiles } from './policies.ts';
import { type Standing, type StandingPorts, withPolicies } from './standing.ts';
import type { Stores } from './stores.ts';
import { createStrayRequestRecord, type StrayRequestRecord } from './stray-requests.ts';
import { systemClock, systemIds } from './system.ts';
import { createUpstreamSet, type UpstreamSet } from './upstream-set.ts';

/** The tenant whose log holds what concerns the whole house: definitions, policies, starts and stops. */
export const houseTenant = '_house';

export type Desk = ReturnType<typeof createApprovals>;

/** What stays the same over reloads, and the two things that change: what stands, and what the last check found. */
export interface Frame {
  readonly stores: Stores;
  readonly logger: Logger;
  readonly observer: Observer;
  readonly boot: string;
  readonly records: RecordParts;
  readonly definitions: Definitions;
  readonly desk: Desk;
  readonly tenants: Tenants;
  readonly upstreams: UpstreamSet;
  readonly strays: StrayRequestRecord;
  readonly ports: StandingPorts;
  /** What was spent of budgets before this process began. */
  readonly budgets: BudgetKeeper;
  standing: Standing | null;
  findings: readonly Finding[];
}

export interface FrameParts {
  readonly stores: Stores;
  /** The configuration at start; the frame holds those that follow. */
  readonly loaded: LoadedConfig;
  readonly logger: Logger;
  readonly observer: Observer;
  /** Names this process; random where the caller has none. */
  readonly boot?: string | undefined;
  /** Whether it is a rehearsal: what upstreams offer counts as approved. */
  readonly rehearsal?: boolean | undefined;
}

/** Builds the frame and takes up what the journal remembers. Nothing is started. */
export async function raiseFrame({ stores, loaded, logger, observer, boot, rehearsal }: FrameParts): Promise<Frame> {
  const clock = systemClock;
  const ids = systemIds(clock);
  const records: RecordParts = { clock, ids, keys: stores.keys, directory: stores.directory };
  const definitions = createDefinitions({
    journal: stores.journal,
    clock,
    ids,
    compile: compileToolSchemas,
    declaredProblem,
    valuesOf,
    house: houseTenant,
    trustsWarned: rehearsal === true,
  });
  const refuseAgainFor = (): number => (frame.standing?.loaded ?? loaded).config.approvals.refuse_again_for;
  const desk = createApprovals({ ...records, journal: stores.journal, vault: stores.vault, refuseAgainFor });
  const configured = (): string[] => frame.standing?.loaded.config.identity.issuers.map(({ issuer }) => issuer) ?? [];
  const namedUrls = (): readonly string[] =>
    frame.standing === null ? [] : namedIssuers(frame.standing.loaded.config);
  const tenants = createTenants({
    journal: stores.journal,
    clock,
    ids,
    house: houseTenant,
    configured,
    named: namedUrls,
  });
  const onCatalog = (): void => void (frame.standing = recompile(frame));
  const named = boot ?? ids.random(9);
  const { journal } = stores;
  const strays = createStrayRequestRecord({ clock, ids, journal, observer, house: houseTenant, boot: named });
  const upstreams = createUpstreamSet({ definitions, clock, logger, observer, onCatalog, strayRefused: strays.note });
  const asked = { register: tenants, switches: tenants, quotas: tenants };
  const limits = (): Config['limits'] => frame.standing?.loaded.config.limits ?? [];
  // The counters are lost with the process, and so are the calls that were under way.
  const budgets = createBudgetKeeper({ ...stores, clock, observer, limits, settledMs: 0 });
  const ports = { catalog: definitions.catalog, counters: budgets.counters, approvals: desk, clock, ids, ...asked };
  const frame: Frame = {
    stores,
    logger,
    observer,
    boot: named,
    records,
    definitions,
    desk,
    tenants,
    upstreams,
    strays,
    ports,
    budgets,
    standing: null,
    findings: [],
  };
  await definitions.catchUp();
  await tenants.catchUp();
  await desk.catchUp(await stores.tenants.tenants());
  return frame;
}

/** The catalogue changed: policies are compiled against it anew. What can't be compiled leaves the last good ones. */
export function recompile({ standing, definitions, observer, logger, ports }: Frame): Standing | null {
  const { catalog } = definitions;
  if (standing === null || standing.active.catalogVersion === catalog.version) return standing;
  const made = compileFiles(standing.active.files, { config: standing.loaded.config, catalog, observer });
  if (made.ok) return withPolicies(standing, made.active, ports);
  for (const { file, line, message } of made.problems)
    logger.error(`policies kept as they were: ${file}:${line} ${message}`);
  return standing;
}
