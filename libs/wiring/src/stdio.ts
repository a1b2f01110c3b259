import { duplexPair, type Readable, type Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { JournalLocked } from '@sallyport/adapter-sqlite';
import { type FileProblem, loadConfig, NotServed, problemText } from '@sallyport/config';
import { createLogger, ListenError, type Logger, type RunningService, startService } from '@sallyport/service';
import { createRelayedClient, type RelayedClient } from '@sallyport/endpoint-mcp';
import { CallerUnknown } from './caller-unknown.ts';
import { joinInstance } from './join-instance.ts';
import { lineEndpoint, type Streams } from './line-endpoint.ts';
import { type LocalSocket, openLocalSocket } from './local-socket.ts';
import { adminModule, reportFindings } from './program-module.ts';
import { open, type Opened } from './serve.ts';

/** For answers of the admin API when the client has gone: clients kill what has not ended within seconds. */
const STOP_MS = 500;
/** An instance that holds the data directory may be starting or ending; others wait this long for it. */
const LOCKED_MS = 20_000;
const LOOK_MS = 100;

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
 * can answer what it asks, and others can join it. Resolves when the client has gone and everything is recorded.
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
  let client: RelayedClient | null = null;
  while (client === null || !client.left) {
    const instance = await joinOrOpen({ config, token, logger });
    if ('runtime' in instance)
      return serveHere(instance, { token, logger, streams: client === null ? { input, output } : relayed(client) });
    client ??= createRelayedClient(input, output);
    await client.relay(instance);
    if (!client.left)
      logger.warn('the instance that served this client has ended; looking for another, or serving here');
  }
}

function relayed(client: RelayedClient): Streams {
  const [near, far] = duplexPair();
  void client.relay(near);
  return { input: far, output: far };
}

/** The instance that has the data directory, or one of our own. */
async function joinOrOpen({ config, token, logger }: Pick<StdioOptions, 'config' | 'token'> & { logger: Logger }) {
  const answer = await loadConfig(config);
  if (!answer.ok) throw new NotServed(answer.problems);
  for (const until = performance.now() + LOCKED_MS; ; await delay(LOOK_MS)) {
    const joined = await joinInstance(answer.loaded, token);
    if (joined !== null) return joined;
    try {
      return await open({ config, logger, anywhere: true });
    } catch (error) {
      if (!(error instanceof JournalLocked) || performance.now() > until) throw error;
    }
  }
}

interface Here {
  readonly token: string | undefined;
  readonly logger: Logger;
  readonly streams: Streams;
}

async function serveHere(opened: Opened, { token, logger, streams }: Here): Promise<void> {
  let admin: RunningService | null = null;
  let socket: LocalSocket | null = null;
  try {
    const principal = await opened.runtime.identity.authenticate(token ? `Bearer ${token}` : undefined);
    if ('status' in principal) throw new CallerUnknown(principal.description);
    admin = await serveAdmin(opened, logger);
    opened.servedAt(admin?.url ?? null);
    socket = await openLocalSocket(opened, { logger, closeMs: STOP_MS });
    void opened.runtime.meetUpstreams().then(tellProblems, tellProblems);
    await lineEndpoint(opened, principal, streams).closed;
  } finally {
    await socket?.close();
    await admin?.stop();
    await opened.close();
  }

  /** What is in force serves on: the client has begun. */
  function tellProblems(problems: unknown): void {
    const told = Array.isArray(problems) ? (problems as FileProblem[]).map(problemText) : [String(problems)];
    if (told.length > 0) logger.error(`policies do not fit what the servers offer\n${told.join('\n')}`);
    reportFindings(opened.runtime, logger);
  }
}

/** The admin API; null where another program has its address, which keeps no client from its tools. */
async function serveAdmin(opened: Opened, logger: Logger): Promise<RunningService | null> {
  const { config } = opened.loaded;
  try {
    const module = adminModule(opened);
    return await startService({ module, listen: config.listen, config, logger, signals: false, stepMs: STOP_MS });
  } catch (error) {
    if (!(error instanceof ListenError)) throw error;
    logger.warn(
      `no command reaches this process, so that only a client that shows forms is asked for a yes: ${error.message}`,
    );
    return null;
  }
}
