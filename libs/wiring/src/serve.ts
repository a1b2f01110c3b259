import { resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { DevelopmentUser } from '@sallyport/adapter-identity';
import { JournalLocked } from '@sallyport/adapter-sqlite';
import { GatewayModule } from '@sallyport/endpoint-mcp';
import { createLogger, type Logger, type RunningService, startService } from '@sallyport/service';
import type { PrintCommand } from '@sallyport/service/command';
import { type LoadedConfig, loadUsers, NotServed, watchFiles } from '@sallyport/config';
import { notReloaded, type Runtime, type Stores, waitsForRestart } from '@sallyport/runtime';
import { askToHandOver } from './join-instance.ts';
import { type LocalSocket, openLocalSocket } from './local-socket.ts';
import { embeddedDependencies, open, type OpenOptions, type ProgramDependencies, type ProgramParts } from './open.ts';
import { programModule } from './program-module.ts';
import { tellTools } from './tell-tools.ts';

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
      direct: (app) => GatewayModule.direct(app),
      listen: loaded.config.listen,
      config: loaded.config,
      logger,
      waitsFor: opened.runningCalls,
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

/** One data directory, after a program over standard streams that has it has handed it over. */
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
      else logger.error(notReloaded(problems));
      const later = waitsForRestart(started.config, runtime.activeConfig().loaded.config);
      if (later.length > 0) logger.warn(`these changes need a restart: ${later.join(', ')}`);
    } catch (error) {
      logger.error('configuration could not be reloaded', { error });
    }
  });
}
