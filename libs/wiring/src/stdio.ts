import type { Principal } from '@sallyport/contracts';
import { createLogger, ListenError, type Logger, type RunningService, startService } from '@sallyport/service';
import { createStdioEndpoint } from '@sallyport/endpoint-mcp';
import { adminModule } from './program-module.ts';
import { open, type Opened } from './serve.ts';
import { systemClock, systemIds, version } from '@sallyport/runtime';

/** For answers of the admin API when the client has gone: clients kill what has not ended within seconds. */
const STOP_MS = 500;

export interface StdioOptions {
  readonly config?: string;
  /** Whose calls these are: a development user's token, or a token of a configured issuer. */
  readonly token: string | undefined;
  readonly input?: NodeJS.ReadStream;
  readonly output?: NodeJS.WriteStream;
}

/** Thrown when nobody can be made out who calls. */
export class CallerUnknown extends Error {
  readonly code = 'nobody_there';
}

/**
 * MCP over standard input and output, for clients that start a program; the admin API at `listen`, so that people can answer what
 * it asks. Resolves when the client has gone and everything is recorded.
 *
 * @throws NobodyThere without a usable token; what `open` throws
 */
export async function stdio({
  config,
  token,
  input = process.stdin,
  output = process.stdout,
}: StdioOptions): Promise<void> {
  const logger = createLogger({ level: 'warn' });
  const opened = await open({ config, logger, anywhere: true });
  const { runtime, stores, observer, loaded, close } = opened;
  let admin: RunningService | null = null;
  try {
    const principal = await runtime.identity.authenticate(token ? `Bearer ${token}` : undefined);
    if ('status' in principal)
      throw new CallerUnknown(`${principal.description} Give a token with --token or SALLYPORT_TOKEN.`);
    admin = await serveAdmin(opened, logger);
    opened.servedAt(admin?.url ?? null);
    await serveStreams(principal);
  } finally {
    await admin?.stop();
    await close();
  }

  async function serveStreams(principal: Principal): Promise<void> {
    const { keys } = stores;
    const endpoint = createStdioEndpoint({
      gateway: runtime.gateway,
      principal,
      input,
      output,
      clock: systemClock,
      ids: systemIds(),
      keys,
      observer,
      version,
      approveWith: opened.approveWith,
      maxBytes: loaded.config.max_request_bytes,
    });
    await endpoint.closed;
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
