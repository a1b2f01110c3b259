import { type Observer, publicBase } from '@sallyport/contracts';
import { connectLink, type SignInAt, whomOf } from '@sallyport/endpoint-mcp';
import { type HealthChecks, listenAddress, type Logger } from '@sallyport/service';
import { commandText, type PrintCommand, type Reach } from '@sallyport/service/command';
import { operatorToken } from '@sallyport/endpoint-admin';
import { aboutFile, type FileProblem, loadConfig, type LoadedConfig, NotServed } from '@sallyport/config';
import {
  approveCommand,
  type ApproveWith,
  createRuntime,
  type Runtime,
  type RuntimeParts,
  type Services,
  type Stores,
  systemClock,
} from '@sallyport/runtime';
import { observing } from './observing.ts';
import { createRunningCalls } from './running-calls.ts';
import { openStores } from './open-stores.ts';
import { runtimeMetrics } from './program-module.ts';

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
  /** The calls that upstreams have in hand, as `upstream/tool`. */
  readonly runningCalls: () => readonly string[];
  readonly metrics: ReturnType<typeof runtimeMetrics>;
  readonly approveWith: ApproveWith;
  readonly signInAt: SignInAt;
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
 * @throws NotServed for a configuration or policies that can't be used; ListenError for a `listen` that is no address; what
 * the stores throw
 */
export async function open({
  config,
  listen,
  logger,
  anywhere = false,
  prepare = embeddedDependencies,
}: OpenOptions): Promise<Opened> {
  // Said of the option itself: the configuration's file has no place for it.
  if (listen !== undefined) listenAddress(listen);
  const answer = await loadConfig(config, { listen });
  if (!answer.ok) throw new NotServed(answer.problems);
  const { loaded } = answer;
  let running: Runtime | null = null;
  let adminUrl: string | null = null;
  let approveWith: ApproveWith | undefined;
  const reach = (): Reach => ({ config: loaded.file, url: isSaid(loaded) ? undefined : (adminUrl ?? undefined) });
  const command: PrintCommand = (text, needs) => commandText(text, { ...reach(), ...needs, anywhere });
  const metrics = runtimeMetrics(() => running);
  const calls = createRunningCalls();
  const { observer, shutdown } = await observing([metrics.observer, calls.observer], logger);
  const dependencies = await orElse(prepare({ loaded, logger, observer }), shutdown);
  const { stores, services, clockSkewMs } = dependencies;
  if (clockSkewMs !== undefined) metrics.watchClock(clockSkewMs);
  const release = (): Promise<void> => stores.close().finally(shutdown);
  const runtime = await orElse(
    requireRuntime({
      loaded,
      stores,
      services,
      logger,
      observer,
      command,
      approveWith: () => approveWith,
    }),
    release,
  );
  running = runtime;
  // Stores are closed even if closing the runtime failed: a lease that is kept keeps others out.
  return {
    ...dependencies,
    loaded,
    runtime,
    observer,
    metrics,
    command,
    runningCalls: calls.names,
    approveWith: (approval) => approveWith?.(approval) ?? null,
    signInAt(upstream, principal) {
      const base = publicBase(loaded.config.public_url) ?? adminUrl;
      return base === null ? null : connectLink(base, upstream, whomOf(stores.keys, principal));
    },
    approveDefinitions: () =>
      adminUrl === null ? null : commandText('definitions approve', { ...reach(), anywhere: true }),
    servedAt(url) {
      adminUrl = url;
      const { config } = loaded;
      approveWith = (approval) => (url === null ? null : approveCommand(approval, { config, url, anywhere }));
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
export async function embeddedDependencies({ loaded, observer }: ProgramParts): Promise<ProgramDependencies> {
  if (loaded.config.cluster !== undefined) throw new NotServed([ofServices(loaded)]);
  const stores = await openStores(loaded.data, systemClock, observer);
  return { stores, operatorToken: await orElse(operatorToken(loaded.data), stores.close) };
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
