import { type Duplex, duplexPair, type Readable, type Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { JournalLocked } from '@sallyport/adapter-sqlite';
import { type FileProblem, loadConfig, NotServed, problemText } from '@sallyport/config';
import { createLogger, ListenError, type Logger, type RunningService, startService } from '@sallyport/service';
import { createRelayedClient, type RelayedClient } from '@sallyport/endpoint-mcp';
import { CallerUnknown } from './caller-unknown.ts';
import { joinInstance } from './join-instance.ts';
import { type Closing, type LocalSocket, openLocalSocket } from './local-socket.ts';
import { localModule } from './program-module.ts';
import { open, type Opened } from './open.ts';
import { LOCKED_MS, LOOK_MS } from './serve.ts';

/** For answers of the admin API when the client has gone: clients kill what has not ended within seconds. */
const STOP_MS = 500;
/** How long clients wait for a `serve` that was made room for, before they serve themselves. */
const HANDED_OVER_MS = 10_000;
const HANDED_OVER: Closing = { withinMs: 5_000, handedOver: true };

export interface StdioOptions {
  readonly config?: string | undefined;
  /** Whose calls these are: a development user's token, or a token of a configured issuer. */
  readonly token: string | undefined;
  readonly input?: Readable;
  readonly output?: Writable;
}

/**
 * MCP over standard input and output, for clients that start a program. Where an instance has the data directory already, the
 * client joins that one, and is served here when it ends; otherwise this process has the admin API at `listen`, so that people
 * can answer what it asks, and others can join it. A `serve` that starts later gets the data directory, and its client joins
 * that. Resolves when the client has gone and everything is recorded.
 *
 * @throws CallerUnknown without a usable token; JoinRefused; what `open` throws
 */
export async function stdio({
  config,
  token,
  input = process.stdin,
  output = process.stdout,
}: StdioOptions): Promise<void> {
  const logger = createLogger({ level: 'warn' });
  let client: RelayedClient | undefined;
  // Read only when somebody can serve it: what prevents that ends this process.
  const connect = (): RelayedClient => (client ??= createRelayedClient(input, output));
  for (;;) {
    const instance = await joinOrOpen({ config, token, logger, client });
    if (instance === null) return;
    if ('runtime' in instance) await serveHere(instance, { token, logger, connect });
    else await connect().relay(instance);
    const { left, handedOver } = connect();
    if (left) return;
    const next = handedOver
      ? 'made room for `sallyport serve`; joining that'
      : 'ended; looking for another, or serving here';
    logger.warn(`the instance that served this client has ${next}`);
  }
}

interface Joining extends Pick<StdioOptions, 'config' | 'token'> {
  readonly logger: Logger;
  readonly client: RelayedClient | undefined;
}

/** The instance that has the data directory, or one of our own; null when the client has gone meanwhile. */
async function joinOrOpen({ config, token, logger, client }: Joining): Promise<Duplex | Opened | null> {
  const answer = await loadConfig(config);
  if (!answer.ok) throw new NotServed(answer.problems);
  const began = performance.now();
  const waitedMs = (): number => performance.now() - began;
  for (; client?.left !== true; await delay(LOOK_MS)) {
    const joined = await joinInstance(answer.loaded, token);
    if (joined !== null) return joined;
    if (client?.handedOver === true && waitedMs() < HANDED_OVER_MS) continue;
    const opened = await open({ config, logger, anywhere: true }).catch((error: unknown) => {
      if (error instanceof JournalLocked && waitedMs() < LOCKED_MS) return null;
      throw error;
    });
    if (opened !== null) return opened;
  }
  return null;
}

interface Here {
  readonly token: string | undefined;
  readonly logger: Logger;
  connect(): RelayedClient;
}

async function serveHere(opened: Opened, { token, logger, connect }: Here): Promise<void> {
  let admin: RunningService | null = null;
  let socket: LocalSocket | null = null;
  const { promise: asked, resolve: handOver } = Promise.withResolvers<typeof HANDED_OVER>();
  let closing: Closing = { withinMs: STOP_MS };
  try {
    const principal = await opened.runtime.identity.authenticate(token ? `Bearer ${token}` : undefined);
    if ('status' in principal) throw new CallerUnknown(principal.description);
    admin = await serveAdmin(opened, logger);
    opened.servedAt(admin?.url ?? null);
    socket = await openLocalSocket(opened, { logger, handOver: () => handOver(HANDED_OVER) });
    void opened.runtime.meetUpstreams().then(tellProblems, tellProblems);
    const [near, far] = duplexPair();
    void socket.serve(far, principal);
    if ((await Promise.race([connect().relay(near), asked])) === HANDED_OVER) closing = HANDED_OVER;
  } finally {
    await socket?.close(closing);
    await admin?.stop();
    await opened.close();
  }

  /** What is in force serves on: the client has begun. */
  function tellProblems(problems: unknown): void {
    const told = Array.isArray(problems) ? (problems as FileProblem[]).map(problemText) : [String(problems)];
    if (told.length > 0) logger.error(`policies do not fit what the servers offer\n${told.join('\n')}`);
  }
}

/** The admin API; null where another program has its address, which keeps no client from its tools. */
async function serveAdmin(opened: Opened, logger: Logger): Promise<RunningService | null> {
  const { config } = opened.loaded;
  try {
    const module = localModule(opened);
    return await startService({ module, listen: config.listen, config, logger, signals: false, stepMs: STOP_MS });
  } catch (error) {
    if (!(error instanceof ListenError)) throw error;
    logger.warn(
      `no command reaches this process, so that only a client that shows forms is asked for a yes: ${error.message}`,
    );
    return null;
  }
}
