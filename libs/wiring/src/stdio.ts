import type { Principal } from '@sallyport/contracts';
import { createLogger } from '@sallyport/service';
import { createStdioDoor } from '@sallyport/station-gateway';
import { open } from './serve.ts';
import { systemClock, systemIds } from './system.ts';
import { version } from './version.ts';

export interface StdioOptions {
  readonly config?: string;
  /** Whose calls these are: a development user's token, or a token of a configured issuer. */
  readonly token: string | undefined;
  readonly input?: NodeJS.ReadStream;
  readonly output?: NodeJS.WriteStream;
}

/** Thrown when nobody can be made out who calls. */
export class NobodyThere extends Error {
  readonly code = 'nobody_there';
}

/**
 * MCP over standard input and output, for clients that start a program. Resolves when the client has gone and
 * everything is recorded.
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
  const { house, stores, observer, loaded, close } = await open({ config, logger });
  try {
    const principal = await house.identity.authenticate(token ? `Bearer ${token}` : undefined);
    if ('status' in principal)
      throw new NobodyThere(`${principal.description} Give a token with --token or SALLYPORT_TOKEN.`);
    await serveStreams(principal);
  } finally {
    await close();
  }

  async function serveStreams(principal: Principal): Promise<void> {
    const { keys } = stores;
    const door = createStdioDoor({
      passage: house.passage,
      principal,
      input,
      output,
      clock: systemClock,
      ids: systemIds(),
      keys,
      observer,
      version,
      maxBytes: loaded.config.max_request_bytes,
    });
    await door.closed;
  }
}
