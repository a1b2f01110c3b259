import { resolve } from 'node:path';
import type { DevelopmentUser } from '@sallyport/adapter-identity';
import type { Observer } from '@sallyport/contracts';
import { createLogger, type HealthChecks, type Logger, startService } from '@sallyport/service';
import { operatorToken } from '@sallyport/station-admin';
import { loadConfig, type LoadedConfig } from './config.ts';
import { type FileProblem, problemText } from './config-problems.ts';
import { type House, type HouseParts, openHouse, type Services } from './house.ts';
import { NotServed } from './not-served.ts';
import { observing } from './observing.ts';
import { houseMetrics, programModule, reportFindings } from './program.ts';
import { waitsForRestart } from './reload-everywhere.ts';
import { openStores, type Stores } from './stores.ts';
import { systemClock } from './system.ts';
import { loadUsers } from './users.ts';
import { watchFiles } from './watch-files.ts';

export interface ServeOptions {
  /** The configuration file; `sallyport.yaml` if absent. */
  readonly config?: string;
  readonly logger?: Logger;
  /** False when whoever called stops the service. */
  readonly signals?: boolean;
  /** Instead of the configured `listen`. */
  readonly listen?: string | undefined;
  readonly prepare?: OpenOptions['prepare'];
}

/** A house that serves. */
export interface Served {
  readonly url: string;
  readonly house: House;
  readonly stores: Stores;
  readonly loaded: LoadedConfig;
  /** The local operator's token for the admin API. */
  readonly operatorToken: string;
  readonly upstreams: readonly string[];
  /** Development users, whose tokens are no secrets; empty with real issuers. */
  readonly users: readonly DevelopmentUser[];
  /** Drains and closes; true when everything ended in order. */
  stop(): Promise<boolean>;
}

/** What a house stands on: its stores, its operator's token and, among services, the way to the others. */
export interface Ground {
  readonly stores: Stores;
  /** The local operator's token for the admin API. */
  readonly operatorToken: string;
  readonly services?: Services;
  /** What readiness asks beside the house. */
  readonly checks?: HealthChecks;
  /** How far this machine's clock is ahead of the one that services have in common; null while that is not known. */
  readonly clockSkewMs?: () => number | null;
}

export interface GroundParts {
  readonly loaded: LoadedConfig;
  readonly logger: Logger;
  readonly observer: Observer;
}

/** What an opened house is made of, for its doors. */
export interface Opened extends Ground {
  readonly loaded: LoadedConfig;
  readonly house: House;
  readonly observer: Observer;
  readonly metrics: ReturnType<typeof houseMetrics>;
  /** Ends the house, then closes the stores and sends what traces are left. */
  close(): Promise<void>;
}

export interface OpenOptions {
  readonly config?: string | undefined;
  readonly logger: Logger;
  /** Prepares what the house stands on; one data directory if absent. */
  readonly prepare?: ((parts: GroundParts) => Promise<Ground>) | undefined;
}

/**
 * Loads the configuration, prepares the ground and puts the house together, without doors.
 *
 * @throws NotServed for a configuration or policies that can't be used; what the stores throw
 */
export async function open({ config, logger, prepare = ownGround }: OpenOptions): Promise<Opened> {
  const answer = await loadConfig(config);
  if (!answer.ok) throw new NotServed(answer.problems);
  const { loaded } = answer;
  const current: { house: House | null } = { house: null };
  const metrics = houseMetrics(() => current.house);
  const { observer, shutdown } = await observing(metrics, logger);
  const ground = await orElse(prepare({ loaded, logger, observer }), shutdown);
  const { stores, services, clockSkewMs } = ground;
  if (clockSkewMs !== undefined) metrics.watchClock(clockSkewMs);
  const release = (): Promise<void> => stores.close().finally(shutdown);
  const house = await orElse(raiseHouse({ loaded, stores, services, logger, observer }), release);
  current.house = house;
  reportFindings(house, logger);
  // Stores are closed too where the house could not say good-bye: a lease that is kept keeps others out.
  return { ...ground, loaded, house, observer, metrics, close: () => house.close().finally(release) };
}

/** What is being opened; where that fails, lets go of what was open before. */
async function orElse<T>(opening: Promise<T>, release: () => Promise<void>): Promise<T> {
  try {
    return await opening;
  } catch (error) {
    await release();
    throw error;
  }
}

/** One process with one data directory. */
async function ownGround({ loaded }: GroundParts): Promise<Ground> {
  if (loaded.config.cluster !== undefined) throw new NotServed([ofServices(loaded)]);
  const stores = await openStores(loaded.data, systemClock);
  return { stores, operatorToken: await orElse(operatorToken(loaded.data), stores.close) };
}

function ofServices({ file }: LoadedConfig): FileProblem {
  const hint = 'Start the services (docker compose up), or remove `cluster:` to have everything in one process.';
  return { file, line: 1, column: 1, message: 'this is the configuration of a house of services', hint };
}

/** `openHouse`, with its problems thrown. */
export async function raiseHouse(parts: HouseParts): Promise<House> {
  const opened = await openHouse(parts);
  if (!opened.ok) throw new NotServed(opened.problems);
  return opened.house;
}

/**
 * Opens the house and its doors.
 *
 * @throws NotServed, ListenError, what the stores throw
 */
export async function serve({
  config,
  logger = createLogger(),
  signals = true,
  listen,
  prepare,
}: ServeOptions = {}): Promise<Served> {
  const opened = await open({ config, logger, prepare });
  const { house, stores, loaded } = opened;
  const stopWatching = watchHouse(house, logger);
  const close = async (): Promise<void> => {
    stopWatching();
    await opened.close();
  };
  try {
    const service = await startService({
      module: programModule(opened),
      listen: listen ?? loaded.config.listen,
      config: loaded.config,
      logger,
      onShutdown: [{ name: 'house', stage: 'release', run: close }],
      ...(signals ? {} : { signals: false }),
    });
    return {
      url: service.url,
      house,
      stores,
      loaded,
      operatorToken: opened.operatorToken,
      upstreams: Object.keys(loaded.config.upstreams),
      users: await usersOf(loaded),
      stop: () => service.stop(),
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function usersOf({ config, directory }: LoadedConfig): Promise<readonly DevelopmentUser[]> {
  const { development } = config.identity;
  if (development === undefined) return [];
  const answer = await loadUsers(resolve(directory, development.users));
  return answer.ok ? answer.users : [];
}

/** Configuration, users and policies are taken anew when they change; a bad edit is told, and the last good one stays. */
function watchHouse(house: House, logger: Logger): () => void {
  const started = house.standing().loaded;
  return watchFiles(started, async () => {
    try {
      const problems = await house.reload();
      if (problems.length === 0) logger.info('The configuration was taken anew.');
      else logger.error(`The last good configuration stays.\n${problems.map(problemText).join('\n')}`);
      const later = waitsForRestart(started.config, house.standing().loaded.config);
      if (later.length > 0) logger.warn(`These changes count after a restart: ${later.join(', ')}.`);
      reportFindings(house, logger);
    } catch (error) {
      logger.error('The configuration could not be taken anew.', { error });
    }
  });
}
