import type { Corridor, Finding, Identity, Observer, Passage } from '@sallyport/contracts';
import type { ReloadRound } from '@sallyport/corridor';
import type { Definitions } from '@sallyport/definitions';
import type { BudgetKeeper } from '@sallyport/guards';
import { createAttempts, createOutcomeRecorder } from '@sallyport/pipeline';
import type { Logger } from '@sallyport/service';
import type { Tenants } from '@sallyport/tenants';
import type { AdminActs } from './admin-acts.ts';
import { checkHouse } from './check-house.ts';
import { loadConfig, type LoadedConfig } from './config.ts';
import type { FileProblem } from './config-problems.ts';
import { embeddedCorridor } from './embedded.ts';
import { freshDesk } from './fresh-desk.ts';
import { type Desk, type Frame, houseTenant, raiseFrame } from './frame.ts';
import { followOthers, keepHouse } from './house-chores.ts';
import { note, notePolicies, noteStart, sweepAll } from './house-notes.ts';
import { inTurn } from './in-turn.ts';
import { createPassage } from './passage.ts';
import { createRefusalRecords } from './refusal-records.ts';
import { refusedClientRequests } from './refused-client-requests.ts';
import { restoreBudgets } from './restore-budgets.ts';
import { missingSecrets } from './secrets.ts';
import { makeStanding, type Standing, type StandingAnswer } from './standing.ts';
import type { Stores } from './stores.ts';
import { configuredProblems, unusableFindings } from './unusable-tools.ts';
import type { UpstreamSet } from './upstream-set.ts';

/** The house as a gateway knows it, put together and running, without its doors. */
export interface House {
  readonly passage: Passage;
  readonly identity: Identity;
  readonly desk: Desk;
  readonly definitions: Definitions;
  readonly tenants: Tenants;
  readonly upstreams: UpstreamSet;
  readonly budgets: BudgetKeeper;
  readonly acts: Pick<AdminActs, 'record'>;
  readonly boot: string;
  standing(): Standing;
  /** What the last self-check found. */
  findings(): readonly Finding[];
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
  readonly corridor: Corridor;
  readonly walkMs: number;
  /** The gateway's name among them: releases are addressed to it. */
  readonly boot: string;
  /** Has every other program read its files again. */
  readonly reloadOthers: () => Promise<ReloadRound>;
}

export interface HouseParts {
  readonly loaded: LoadedConfig;
  readonly stores: Stores;
  readonly logger: Logger;
  readonly observer: Observer;
  /** The corridor of a house of services; without it guards and audit are function calls in this process. */
  readonly services?: Services | undefined;
  /** Whether it is put together to be looked at: what upstreams offer counts as approved. */
  readonly rehearsal?: boolean;
}

export type HouseAnswer =
  { readonly ok: true; readonly house: House } | { readonly ok: false; readonly problems: readonly FileProblem[] };

/** A switch that was thrown in another process counts here after this long. */
const switchesMs = 250;
/** Milliseconds to wait for upstreams before the doors open without them. Among services audit records what they offer. */
const patienceMs = 5_000;
const patienceAmongServicesMs = 20_000;
/** Milliseconds to wait for a decision before the call is refused and its walk closed. */
const walkMs = 10_000;

/** Puts the house together: journal first, then definitions, policies and guards, then the self-check. */
export async function openHouse({ loaded, services, ...parts }: HouseParts): Promise<HouseAnswer> {
  const missing = missingSecrets(loaded);
  if (missing.length > 0) return { ok: false, problems: missing };
  const frame = await raiseFrame({ ...parts, loaded, boot: services?.boot });
  try {
    const answer = await moveIn(frame, { loaded, services });
    if (!answer.ok) await frame.upstreams.close();
    return answer;
  } catch (error) {
    await frame.upstreams.close();
    throw error;
  }
}

async function moveIn(
  frame: Frame,
  { loaded, services }: Pick<HouseParts, 'loaded' | 'services'>,
): Promise<HouseAnswer> {
  await meetUpstreams(frame, loaded, services === undefined ? patienceMs : patienceAmongServicesMs);
  const made = await standingOf(frame, loaded);
  if (!made.ok) return made;
  frame.standing = made.standing;
  if (services === undefined) await restoreBudgets(frame);
  const house = await furnish(frame, made.standing, services);
  try {
    await checkHouse(frame);
    await noteStart(frame, made.standing);
  } catch (error) {
    // It could not say that it began, so that it need not say that it ended.
    await house.close().catch(() => undefined);
    throw error;
  }
  // Goes on beside the first calls; what closes the stores waits for its last commit. Of services, audit sweeps.
  const swept = services === undefined ? sweepAll(frame, made.standing) : Promise.resolve();
  return { ok: true, house: { ...house, close: () => swept.then(() => house.close()) } };
}

/** What a configuration asks for, once it fits the definitions that are approved. */
async function standingOf(frame: Frame, loaded: LoadedConfig): Promise<StandingAnswer> {
  const problems = configuredProblems(frame.definitions, loaded);
  return problems.length > 0 ? { ok: false, problems } : makeStanding(loaded, frame.ports, frame.observer);
}

async function meetUpstreams(
  { definitions, upstreams, logger, observer }: Frame,
  loaded: LoadedConfig,
  waitMs: number,
): Promise<void> {
  definitions.configure(loaded.config);
  upstreams.apply(loaded);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => (timer = setTimeout(resolve, waitMs, null)));
  await Promise.race([upstreams.refresh(), late]);
  clearTimeout(timer);
  await settleDefinitions({ definitions, upstreams, observer });
  const silent = upstreams.unlisted();
  if (silent.length > 0) logger.warn(`not answering yet: ${silent.join(', ')}. Their tools are hidden until they do.`);
}

/** First uses wait no longer for upstreams that say nothing. What can't be recorded now is offered again soon. */
async function settleDefinitions({
  definitions,
  upstreams,
  observer,
}: Pick<Frame, 'definitions' | 'upstreams' | 'observer'>): Promise<void> {
  await definitions.settle().catch((error: unknown) => observer.trouble('definitions_unsettled', String(error)));
  upstreams.tellWaiting();
}

async function furnish(frame: Frame, first: Standing, services: HouseParts['services']): Promise<House> {
  const { records, stores, observer, desk, upstreams, definitions, tenants, boot } = frame;
  const standing = (): Standing => frame.standing ?? first;
  const attempts = createAttempts(records.clock, () => standing().loaded.config.floods.attempts);
  const refused = createRefusalRecords(frame, attempts);
  const outcomes = createOutcomeRecorder({ ...records, journal: stores.journal, spool: stores.spool, observer });
  const passage = createPassage({
    ...records,
    attempts,
    refusals: refused.requests,
    stores,
    catalog: definitions.catalog,
    upstreams,
    approvals: desk,
    outcomes,
    observer,
    clientRefused: refusedClientRequests(frame.logger),
    boot,
    standing,
    corridor: services === undefined ? embeddedCorridor(frame, refused.coalescer) : () => services.corridor,
    walkMs: services?.walkMs ?? walkMs,
  });
  // What can't be brought now is brought later: a journal that is slow must not keep the house shut.
  const spooled = await outcomes.drain().catch((error: unknown) => {
    observer.trouble('chores_failed', String(error));
    return 0;
  });
  if (spooled > 0) frame.logger.info(`${spooled} outcomes that were spooled are in the journal now`);
  const stopChores = keepHouse(frame, async () => {
    await refused.flush();
    await (services === undefined ? desk.expireDue() : followOthers(frame, outcomes));
  });
  const turn = inTurn();
  const stopFollowing = tenants.follow(switchesMs, (error) => observer.trouble('switches_not_read', String(error)));
  return {
    passage,
    identity: { authenticate: (authorization) => standing().identity.authenticate(authorization) },
    desk: services === undefined ? desk : freshDesk(desk),
    definitions,
    tenants,
    upstreams,
    budgets: frame.budgets,
    acts: refused.acts,
    boot,
    standing,
    findings: () => frame.findings,
    notServed: () => unusableFindings(definitions),
    check: async () => [...(await checkHouse(frame)), ...unusableFindings(definitions)],
    reload: () => turn(() => reload(frame, standing())),
    async close() {
      stopChores();
      stopFollowing();
      await upstreams.close();
      await refused.close();
      await note(frame, 'gateway.stopped', { tenant: houseTenant, boot });
    },
  };
}

async function reload(frame: Frame, before: Standing): Promise<readonly FileProblem[]> {
  const answer = await loadConfig(before.loaded.file);
  if (!answer.ok) return answer.problems;
  const { loaded } = answer;
  const missing = missingSecrets(loaded);
  if (missing.length > 0) return missing;
  frame.definitions.configure(loaded.config);
  const next = await standingOf(frame, loaded);
  if (!next.ok) {
    frame.definitions.configure(before.loaded.config);
    await settleDefinitions(frame);
    return next.problems;
  }
  frame.standing = next.standing;
  frame.upstreams.apply(loaded);
  await note(frame, 'config.reloaded', { tenant: houseTenant, boot: frame.boot, config: loaded.digest });
  await notePolicies(frame, next.standing.active.policies.digest, before.active.policies.digest);
  await frame.upstreams.refresh();
  await settleDefinitions(frame);
  await checkHouse(frame);
  return [];
}
