import { resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { DevelopmentUser } from '@sallyport/adapter-identity';
import { JournalLocked } from '@sallyport/adapter-sqlite';
import type { Observer } from '@sallyport/contracts';
import { createLogger, type HealthChecks, type Logger, type RunningService, startService } from '@sallyport/service';
import { commandText, type PrintCommand, type Reach } from '@sallyport/service/command';
import { operatorToken } from '@sallyport/endpoint-admin';
import {
  aboutFile,
  type FileProblem,
  loadConfig,
  type LoadedConfig,
  loadUsers,
  NotServed,
  problemText,
  watchFiles,
} from '@sallyport/config';
import { observing } from './observing.ts';
import { tellTools } from './tell-tools.ts';
import { runtimeMetrics, programModule } from './program-module.ts';
import {
  approveCommand,
  type ApproveWith,
  createRuntime,
  type Runtime,
  type RuntimeParts,
  type Services,
  type Stores,
  systemClock,
  waitsForRestart,
} from '@sallyport/runtime';
import { askToHandOver } from './join-instance.ts';
import { openStores } from './open-stores.ts';
import { type LocalSocket, openLocalSocket } from './local-socket.ts';

/** For calls of clients that joined, when this instance ends. */
const JOINED_MS = 5_000;
/** An instance that holds the data directory may be starting or ending; others wait this long for it. */
export const LOCKED_MS = 20_000;
export const LOOK_MS = 100;

export interface ServeOptions {
  /** The configuration file; `sallyport.yaml` if absent. */
  readonly config?: string;
  readonly logger?: Logger;
  /** False when the caller stops the service. */
  readonly signals?: boolean;
  /** Instead of the configured `listen`. */
  readonly listen?: string | undefined;
  readonly prepare?: OpenOptions['prepare'];
}

/** An instance that serves. */
export interface Served {
  readonly url: string;
  readonly runtime: Runtime;
  readonly stores: Stores;
  readonly loaded: LoadedConfig;
  /** Prints commands for this instance. */
  readonly command: PrintCommand;
  /** The local operator's token for the admin API. */
  readonly operatorToken: string;
  readonly upstreams: readonly string[];
  /** Development users, whose tokens are no secrets; empty with real issuers. */
  readonly users: readonly DevelopmentUser[];
  /** Drains and closes; true when everything ended in order. */
  stop(): Promise<boolean>;
}

/** What an instance stands on: its stores, its operator's token and, among services, the way to the others. */
export interface ProgramDependencies {
  readonly stores: Stores;
  /** The local operator's token for the admin API. */
  readonly operatorToken: string;
  readonly services?: Services;
  /** What readiness asks beside Sallyport. */
  readonly checks?: HealthChecks;
  /** How far this machine's clock is ahead of the one that services have in common; null while that is not known. */
  readonly clockSkewMs?: () => number | null;
}

export interface ProgramParts {
  readonly loaded: LoadedConfig;
  readonly logger: Logger;
  readonly observer: Observer;
}

/** An instance that was put together, for its endpoints. */
export interface Opened extends ProgramDependencies {
  readonly loaded: LoadedConfig;
  readonly runtime: Runtime;
  readonly observer: Observer;
  readonly metrics: ReturnType<typeof runtimeMetrics>;
  readonly approveWith: ApproveWith;
  /** Prints commands for this instance. */
  readonly command: PrintCommand;
  /** The command by which tools are approved, in every folder; null where no command reaches this process. */
  approveDefinitions(): string | null;
  /** Says where the admin API is served on this machine; null where it is not. */
  servedAt(url: string | null): void;
  /** Ends Sallyport, then closes the stores and sends what traces are left. */
  close(): Promise<void>;
}

export interface OpenOptions {
  readonly config?: string | undefined;
  /** Instead of the configured `listen`. */
  readonly listen?: string | undefined;
  readonly logger: Logger;
  /** Whether commands that are named must hold in every folder. */
  readonly anywhere?: boolean;
  /** Prepares what Sallyport stands on; one data directory if absent. */
  readonly prepare?: ((parts: ProgramParts) => Promise<ProgramDependencies>) | undefined;
}

/**
 * Loads the configuration, makes the dependencies and puts Sallyport together, without endpoints.
 *
 * @throws NotServed for a configuration or policies that can't be used; what the stores throw
 */
export async function open({
  config,
  listen,
  logger,
  anywhere = false,
  prepare = embeddedDependencies,
}: OpenOptions): Promise<Opened> {
  const answer = await loadConfig(config, { listen });
  if (!answer.ok) throw new NotServed(answer.problems);
  const { loaded } = answer;
  const current: { runtime: Runtime | null; approveWith?: ApproveWith; url: string | null } = {
    runtime: null,
    url: null,
  };
  const reach = (): Reach => ({ config: loaded.file, url: isSaid(loaded) ? undefined : (current.url ?? undefined) });
  const command: PrintCommand = (text, needs) => commandText(text, { ...reach(), ...needs, anywhere });
  const metrics = runtimeMetrics(() => current.runtime);
  const { observer, shutdown } = await observing(metrics, logger);
  const dependencies = await orElse(prepare({ loaded, logger, observer }), shutdown);
  const { stores, services, clockSkewMs } = dependencies;
  if (clockSkewMs !== undefined) metrics.watchClock(clockSkewMs);
  const release = (): Promise<void> => stores.close().finally(shutdown);
  const runtime = await orElse(
    requireRuntime({
      ...{ loaded, stores, services, logger, observer, command },
      approveWith: () => current.approveWith,
    }),
    release,
  );
  current.runtime = runtime;
  // Stores are closed even if closing the runtime failed: a lease that is kept keeps others out.
  return {
    ...{ ...dependencies, loaded, runtime, observer, metrics, command },
    approveWith: (approval) => current.approveWith?.(approval) ?? null,
    approveDefinitions: () =>
      current.url === null ? null : commandText('definitions approve', { ...reach(), anywhere: true }),
    servedAt(url) {
      current.url = url;
      const { config } = loaded;
      current.approveWith = (approval) => (url === null ? null : approveCommand(approval, { config, url, anywhere }));
    },
    close: () => runtime.close().finally(release),
  };
}

/** Whether the configuration's file says where the instance listens. */
function isSaid({ listen, config }: LoadedConfig): boolean {
  return listen === undefined && !config.listen.endsWith(':0');
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
async function embeddedDependencies({ loaded }: ProgramParts): Promise<ProgramDependencies> {
  if (loaded.config.cluster !== undefined) throw new NotServed([ofServices(loaded)]);
  const stores = await openStores(loaded.data, systemClock);
  return { stores, operatorToken: await orElse(operatorToken(loaded.data), stores.close) };
}

/** The same, after a program over standard streams that has the data directory has handed it over. */
async function dependenciesTakenOver(parts: ProgramParts): Promise<ProgramDependencies> {
  const { loaded, logger } = parts;
  for (const until = performance.now() + LOCKED_MS; ; await delay(LOOK_MS)) {
    try {
      return await embeddedDependencies(parts);
    } catch (error) {
      if (!(error instanceof JournalLocked) || performance.now() > until) throw error;
      if (await askToHandOver(loaded))
        logger.info('a program over standard streams hands over the data directory, and joins', { pid: error.pid });
    }
  }
}

function ofServices({ file }: LoadedConfig): FileProblem {
  const hint = 'Start the services (docker compose up), or remove `cluster:` to have everything in one process.';
  return aboutFile(file, 'this is the configuration of a distributed deployment', hint);
}

/** `createRuntime`, with its problems thrown. */
export async function requireRuntime(parts: RuntimeParts): Promise<Runtime> {
  const opened = await createRuntime(parts);
  if (!opened.ok) throw new NotServed(opened.problems);
  return opened.runtime;
}

/**
 * Opens Sallyport and its endpoints.
 *
 * @throws NotServed, ListenError, what the stores throw
 */
export async function serve({
  config,
  logger = createLogger(),
  signals = true,
  listen,
  prepare = dependenciesTakenOver,
}: ServeOptions = {}): Promise<Served> {
  const opened = await open({ config, listen, logger, prepare });
  const { runtime, stores, loaded } = opened;
  const stopWatching = reloadOnChange(runtime, logger);
  const stopTelling = tellTools(opened, logger);
  let socket: LocalSocket | null = null;
  let service: RunningService | null = null;
  const close = async (): Promise<void> => {
    stopWatching();
    stopTelling();
    await opened.close();
  };
  try {
    service = await startService({
      module: programModule(opened),
      listen: loaded.config.listen,
      config: loaded.config,
      logger,
      onShutdown: [
        { name: 'local socket', run: () => socket?.close({ withinMs: JOINED_MS }) },
        { name: 'runtime', stage: 'release', run: close },
      ],
      ...(signals ? {} : { signals: false }),
    });
    opened.servedAt(service.url);
    // Among services nobody has the data alone, and clients come over HTTP.
    if (loaded.config.cluster === undefined) socket = await openLocalSocket(opened, { logger });
    const problems = await runtime.meetUpstreams();
    if (problems.length > 0) throw new NotServed(problems);
    return {
      url: service.url,
      runtime,
      stores,
      loaded,
      command: opened.command,
      operatorToken: opened.operatorToken,
      upstreams: Object.keys(loaded.config.upstreams),
      users: await usersOf(loaded),
      stop: service.stop,
    };
  } catch (error) {
    await (service === null ? close() : service.stop());
    throw error;
  }
}

async function usersOf({ config, directory }: LoadedConfig): Promise<readonly DevelopmentUser[]> {
  const { development } = config.identity;
  if (development === undefined) return [];
  const answer = await loadUsers(resolve(directory, development.users));
  return answer.ok ? answer.users : [];
}

/** Configuration, users and policies are taken again when they change; a bad edit is told, and the last good one stays. */
function reloadOnChange(runtime: Runtime, logger: Logger): () => void {
  const started = runtime.activeConfig().loaded;
  return watchFiles(started, async () => {
    try {
      const problems = await runtime.reload();
      if (problems.length === 0) logger.info('configuration reloaded');
      else
        logger.error(
          `configuration not reloaded, the last good configuration stays\n${problems.map(problemText).join('\n')}`,
        );
      const later = waitsForRestart(started.config, runtime.activeConfig().loaded.config);
      if (later.length > 0) logger.warn(`these changes need a restart: ${later.join(', ')}`);
    } catch (error) {
      logger.error('configuration could not be reloaded', { error });
    }
  });
}
